using Fer.Models.Data;
using Fer.Models.Randomness;

namespace Fer.Models.Training;

/// <summary>
/// Augmentation of 8-bit training images: a mirror image by chance, and a shift of up to so many pixels each way with the edge
/// pixels repeated. Each example's draw is at the address of its stream and ordinal, so a real image is changed in
/// the same way in every arm, whatever else stands in the batch.
/// </summary>
public sealed class FlipShift(bool flip, int shift, Address address)
{
    /// <summary>The examples' pixels, <c>[B, C, H, W]</c>, 0 … 255.</summary>
    public byte[] Assemble(ImageSet images, ReadOnlySpan<MixExample> examples)
    {
        var bytes = new byte[examples.Length * images.ImageBytes];
        for (var i = 0; i < examples.Length; i++)
        {
            var draw = address.At(examples[i].Extra ? 1 : 0).At(examples[i].Ordinal);
            var mirrored = flip && draw.Bits(0) >> 63 == 1;
            var (down, right) = (Offset(draw, 1), Offset(draw, 2));
            Copy(images, images.Image(examples[i].Index), bytes.AsSpan(i * images.ImageBytes, images.ImageBytes), mirrored, down, right);
        }

        return bytes;
    }

    private int Offset(Address draw, int index) => (int)(draw.Bits(index) % (ulong)(2 * shift + 1)) - shift;

    private static void Copy(ImageSet set, ReadOnlySpan<byte> from, Span<byte> to, bool mirrored, int down, int right)
    {
        if (!mirrored && down == 0 && right == 0)
        {
            from.CopyTo(to);
            return;
        }

        Span<int> columns = stackalloc int[set.Width];
        for (var x = 0; x < set.Width; x++)
        {
            var source = Math.Clamp(x - right, 0, set.Width - 1);
            columns[x] = mirrored ? set.Width - 1 - source : source;
        }

        for (var row = 0; row < set.Channels * set.Height; row++)
        {
            var (plane, y) = (row / set.Height, row % set.Height);
            var source = from.Slice((plane * set.Height + Math.Clamp(y - down, 0, set.Height - 1)) * set.Width, set.Width);
            var target = to.Slice(row * set.Width, set.Width);
            for (var x = 0; x < target.Length; x++)
            {
                target[x] = source[columns[x]];
            }
        }
    }
}
