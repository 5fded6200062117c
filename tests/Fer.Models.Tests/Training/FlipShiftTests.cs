using Fer.Models.Data;
using Fer.Models.Randomness;
using Fer.Models.Training;
using Xunit;

namespace Fer.Models.Tests.Training;

public class FlipShiftTests
{
    private const int Size = 5;
    private static readonly Address Here = Address.Of(7);

    // Each pixel's value names its channel, row and column.
    private static readonly ImageSet Images = new(
        new LabelSpace(["a"]), 2, Size, Size, [new ImageRow("x", 0, "x", "test")],
        [.. Enumerable.Range(0, 2 * Size * Size).Select(p => (byte)(100 * (p / 25) + 10 * (p / 5 % 5) + p % 5))]);

    private static MixExample At(long ordinal, bool extra = false) => new(0, extra, ordinal, 1);

    [Fact]
    public void Without_flip_and_shift_pixels_stay() =>
        Assert.Equal(Images.Pixels, new FlipShift(flip: false, shift: 0, Here).Assemble(Images, [At(0)]));

    [Fact]
    public void A_flip_mirrors_columns_for_about_half_of_the_images()
    {
        var flips = new FlipShift(flip: true, shift: 0, Here);
        var mirrored = 0;
        for (var i = 0; i < 1000; i++)
        {
            var pixels = flips.Assemble(Images, [At(i)]);
            if (pixels[0] != 0)
            {
                mirrored++;
                Assert.Equal([4, 3, 2, 1, 0, 14, 13, 12, 11, 10], pixels[..10]);
                Assert.Equal(104, pixels[25]);
            }
        }

        Assert.InRange(mirrored, 440, 560);
    }

    [Fact]
    public void A_shift_repeats_the_edge_and_reaches_every_offset()
    {
        var shifts = new FlipShift(flip: false, shift: 2, Here);
        var seen = new HashSet<(int, int)>();
        for (var i = 0; i < 1000; i++)
        {
            var pixels = shifts.Assemble(Images, [At(i)]);
            // What the middle pixel shows tells the offset.
            var (down, right) = (2 - pixels[12] / 10, 2 - pixels[12] % 10);
            seen.Add((down, right));
            for (var p = 0; p < pixels.Length; p++)
            {
                var (plane, y, x) = (p / 25, Math.Clamp(p / 5 % 5 - down, 0, 4), Math.Clamp(p % 5 - right, 0, 4));
                Assert.Equal(100 * plane + 10 * y + x, pixels[p]);
            }
        }

        Assert.Equal(25, seen.Count);
    }

    [Fact]
    public void An_image_is_changed_the_same_way_whatever_else_stands_in_its_batch()
    {
        var both = new FlipShift(flip: true, shift: 2, Here);
        var alone = both.Assemble(Images, [At(42)]);
        var among = both.Assemble(Images, [At(3), At(42, extra: true), At(42)]);
        Assert.Equal(alone, among[^alone.Length..]);
    }
}
