using Fer.Models.Data;

namespace Fer.Host.Tests.Reports;

/// <summary>Small drawn faces for pages and exports: a disc, eyes, and a mouth that bends by class; every one different.</summary>
internal static class SampleFaces
{
    public const int Size = 32;

    public static ImageSet Draw(LabelSpace labels, IEnumerable<ImageRow> rows, int channels = 1)
    {
        ImageRow[] table = [.. rows];
        var pixels = new byte[table.Length * channels * Size * Size];
        for (var i = 0; i < table.Length; i++)
        {
            for (var c = 0; c < channels; c++)
            {
                Face(pixels.AsSpan((i * channels + c) * Size * Size, Size * Size), table[i].Label, Hash(table[i].Id), c);
            }
        }

        return new ImageSet(labels, channels, Size, Size, table, pixels);
    }

    private static void Face(Span<byte> into, int label, uint seed, int channel)
    {
        var random = new Random((int)(seed & 0x7fffffff));
        double tone = 120 + random.Next(90), back = 20 + random.Next(60), tilt = (random.NextDouble() - 0.5) * 0.3, bend = (label - 2) * 2.2;
        for (var y = 0; y < Size; y++)
        {
            for (var x = 0; x < Size; x++)
            {
                double u = x - 15.5 + tilt * (y - 15.5), v = y - 15.5;
                var value = u * u / 110 + v * v / 190 < 1 ? tone - 25 * channel : back + 20 * channel;
                if (Math.Abs(Math.Abs(u) - 4.5) < 1.6 && Math.Abs(v + 3) < 1.3)
                {
                    value = 30;
                }

                if (Math.Abs(u) < 6 && Math.Abs(v - 7 + bend * (u * u / 36 - 0.5) * 0.8) < 1.1)
                {
                    value = 40;
                }

                into[y * Size + x] = (byte)Math.Clamp(value + random.Next(-12, 13), 0, 255);
            }
        }
    }

    private static uint Hash(string text) => text.Aggregate(2166136261u, (h, c) => (h ^ c) * 16777619u);
}
