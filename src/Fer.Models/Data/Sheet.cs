namespace Fer.Models.Data;

/// <summary>Many images side by side as one picture.</summary>
public static class Sheet
{
    private const int Gap = 1;
    private const byte Paper = 255;

    /// <summary>A PNG of the images at these places, row after row of <paramref name="columns"/>, each pixel <paramref name="scale"/> pixels wide; −1 leaves a place empty.</summary>
    public static byte[] Png(ImageSet set, IReadOnlyList<int> indices, int columns, int scale = 1)
    {
        ArgumentNullException.ThrowIfNull(set);
        ArgumentNullException.ThrowIfNull(indices);
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(scale, 1);
        var rows = Math.Max(1, (indices.Count + columns - 1) / columns);
        var (cellWidth, cellHeight) = (set.Width * scale + Gap, set.Height * scale + Gap);
        var (width, height) = (columns * cellWidth - Gap, rows * cellHeight - Gap);
        var sheet = new byte[set.Channels * width * height];
        Array.Fill(sheet, Paper);
        for (var i = 0; i < indices.Count; i++)
        {
            if (indices[i] < 0)
            {
                continue;
            }

            var image = set.Image(indices[i]);
            var (left, top) = (i % columns * cellWidth, i / columns * cellHeight);
            for (var c = 0; c < set.Channels; c++)
            {
                for (var y = 0; y < set.Height * scale; y++)
                {
                    var from = image.Slice((c * set.Height + y / scale) * set.Width, set.Width);
                    var to = sheet.AsSpan((c * height + top + y) * width + left, set.Width * scale);
                    for (var x = 0; x < to.Length; x++)
                    {
                        to[x] = from[x / scale];
                    }
                }
            }
        }

        return PngFile.Encode(sheet, set.Channels, height, width);
    }
}
