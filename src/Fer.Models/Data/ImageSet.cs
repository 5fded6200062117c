using System.Collections.Immutable;
using System.Text.Json;
using Fer.Models.Files;
using TorchSharp;
using static TorchSharp.torch;

namespace Fer.Models.Data;

/// <summary>
/// Pictures at one size held in memory: a table of rows and their 8-bit pixels, <c>[N, C, H, W]</c>. What is scored,
/// trained on, hashed, shown and exported are these bytes.
/// </summary>
public sealed class ImageSet
{
    internal const string WallMark = "test-set";

    public ImageSet(LabelSpace labels, int channels, int height, int width, IEnumerable<ImageRow> rows, byte[] pixels)
    {
        Labels = labels;
        Channels = channels;
        Height = height;
        Width = width;
        Rows = [.. rows];
        Pixels = pixels;
        if (pixels.LongLength != (long)Rows.Length * ImageBytes)
        {
            throw new ArgumentException($"{Rows.Length} images of {channels}×{height}×{width} need {(long)Rows.Length * ImageBytes} bytes, got {pixels.LongLength}.", nameof(pixels));
        }
    }

    public LabelSpace Labels { get; }

    public int Channels { get; }

    public int Height { get; }

    public int Width { get; }

    public ImmutableArray<ImageRow> Rows { get; }

    /// <summary>All pixels, image after image, channel planes of rows of pixels, 0 … 255. Not to be written to.</summary>
    public byte[] Pixels { get; }

    public int Count => Rows.Length;

    public int ImageBytes => Channels * Height * Width;

    public ReadOnlySpan<byte> Image(int index) => Pixels.AsSpan(index * ImageBytes, ImageBytes);

    /// <summary>Images per class, in label order.</summary>
    public int[] CountByClass()
    {
        var counts = new int[Labels.Count];
        foreach (var row in Rows)
        {
            counts[row.Label]++;
        }

        return counts;
    }

    public int[] IndicesOf(int label) => [.. Enumerable.Range(0, Count).Where(i => Rows[i].Label == label)];

    /// <summary>The rows at these places, in this order, with their pixels.</summary>
    public ImageSet Select(IReadOnlyList<int> indices)
    {
        var pixels = new byte[(long)indices.Count * ImageBytes];
        for (var i = 0; i < indices.Count; i++)
        {
            Image(indices[i]).CopyTo(pixels.AsSpan(i * ImageBytes));
        }

        return new ImageSet(Labels, Channels, Height, Width, indices.Select(i => Rows[i]), pixels);
    }

    /// <summary>These images followed by those of the others; label space and size must be equal.</summary>
    public ImageSet Concat(params IEnumerable<ImageSet> others)
    {
        ImageSet[] all = [this, .. others];
        if (all.Any(s => !s.Labels.Equals(Labels) || s.Channels != Channels || s.Height != Height || s.Width != Width))
        {
            throw new ArgumentException("Image sets of other classes or another size cannot be joined.", nameof(others));
        }

        var pixels = new byte[all.Sum(s => s.Pixels.LongLength)];
        var at = 0;
        foreach (var set in all)
        {
            set.Pixels.CopyTo(pixels, at);
            at += set.Pixels.Length;
        }

        return new ImageSet(Labels, Channels, Height, Width, all.SelectMany(s => s.Rows), pixels);
    }

    /// <summary>The images at these places as floats in [−1, 1], <c>[B, C, H, W]</c>, on the CPU, in the caller's dispose scope.</summary>
    public Tensor Batch(IReadOnlyList<int> indices)
    {
        var bytes = new byte[indices.Count * ImageBytes];
        for (var i = 0; i < indices.Count; i++)
        {
            Image(indices[i]).CopyTo(bytes.AsSpan(i * ImageBytes));
        }

        return EightBit.ToFloat(tensor(bytes, [indices.Count, Channels, Height, Width]));
    }

    /// <summary>The labels at these places, <c>[B]</c> of Int64.</summary>
    public Tensor LabelsOf(IReadOnlyList<int> indices) => tensor(indices.Select(i => (long)Rows[i].Label).ToArray());

    public byte[] ToBytes() => ToBytes(mark: null);

    internal byte[] ToBytes(string? mark)
    {
        using var file = new SafeTensors();
        using (NewDisposeScope())
        {
            file.Add("pixels", tensor(Pixels, [Count, Channels, Height, Width]));
            file.Add("labels", tensor(Rows.Select(r => (long)r.Label).ToArray()));
        }

        file.Metadata["classes"] = JsonSerializer.Serialize(Labels.Names);
        file.Metadata["rows"] = JsonSerializer.Serialize(Rows);
        if (mark is not null)
        {
            file.Metadata[mark] = "true";
        }

        return file.ToBytes();
    }

    /// <summary>Reads what <see cref="ToBytes()"/> wrote. A test set's file is refused: it opens as a <see cref="TestSet"/> only.</summary>
    public static ImageSet Read(ReadOnlySpan<byte> file, string name) => Read(file, name, walled: false);

    internal static ImageSet Read(ReadOnlySpan<byte> file, string name, bool walled)
    {
        using var content = SafeTensors.Read(file, name);
        if (content.Metadata.ContainsKey(WallMark) != walled)
        {
            throw new BadInputException(walled ? $"{name} is no test set." : $"{name} is a test set: nothing but the final evaluation may read it.");
        }

        var pixels = content["pixels"];
        var labels = new LabelSpace(JsonSerializer.Deserialize<string[]>(content.Metadata["classes"])!);
        var rows = JsonSerializer.Deserialize<ImageRow[]>(content.Metadata["rows"])!;
        return new ImageSet(labels, (int)pixels.shape[1], (int)pixels.shape[2], (int)pixels.shape[3], rows, pixels.bytes.ToArray());
    }
}
