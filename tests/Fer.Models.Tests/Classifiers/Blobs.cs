using Fer.Models.Data;
using Fer.Models.Randomness;

namespace Fer.Models.Tests.Classifiers;

/// <summary>Tiny pictures that a network learns in a few steps: the class is the height of the light.</summary>
internal static class Blobs
{
    public static LabelSpace Labels { get; } = new(["high", "middle", "low"]);

    public static ImageSet Make(int[] countByClass, long seed, int size = 16, int channels = 1, double noise = 25, string prefix = "blob")
    {
        var rows = new List<ImageRow>();
        var pixels = new List<byte>();
        for (var label = 0; label < countByClass.Length; label++)
        {
            for (var i = 0; i < countByClass[label]; i++)
            {
                var address = Address.Of(seed).At(label).At(i);
                var id = $"{prefix}-{label}-{i}";
                rows.Add(new ImageRow(id, label, id, "blobs"));
                var centre = (label + 0.5) * size / countByClass.Length + address.At("place").Normal() * 0.4;
                var column = size * (0.3 + 0.4 * address.At("column").Uniform());
                for (var p = 0; p < channels * size * size; p++)
                {
                    var (y, x) = (p / size % size, p % size);
                    var light = 130 * Math.Exp(-((y - centre) * (y - centre) + (x - column) * (x - column) * 0.3) / (0.03 * size * size));
                    pixels.Add((byte)Math.Clamp(60 + light + noise * address.Normal(p), 0, 255));
                }
            }
        }

        return new ImageSet(Labels, channels, size, size, rows, [.. pixels]);
    }

    public static ImageSet Make(int each, long seed, int size = 16, string prefix = "blob") => Make([each, each, each], seed, size, prefix: prefix);
}
