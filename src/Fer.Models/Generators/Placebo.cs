using Fer.Models.Data;
using Fer.Models.Randomness;
using Fer.Models.Training;

namespace Fer.Models.Generators;

/// <summary>
/// Pictures that cannot help a classifier, in the place of kept ones: whatever comparison finds a gain in them is broken. Makes the files of
/// <see cref="SampleAndFilter"/> (<c>kept</c>, and <c>rejected</c> and <c>drawn</c> with no image) and its figures <c>drawn</c> and <c>kept</c>.
/// </summary>
public static class Placebo
{
    /// <summary>Source of its rows.</summary>
    public const string Source = "placebo";

    public const string Noise = "noise";

    public const string Copies = "copies";

    /// <param name="kind"><see cref="Noise"/>: every pixel drawn evenly from 0 … 255. <see cref="Copies"/>: training faces of the class, by chance.</param>
    /// <param name="train">The real faces.</param>
    /// <param name="class">The class that they are labelled as.</param>
    /// <param name="count">How many.</param>
    /// <param name="seed">The step's seed.</param>
    /// <param name="idPrefix">What image ids begin with; must differ between rounds and classes.</param>
    public static WorkResult Make(string kind, ImageSet train, string @class, int count, long seed, string idPrefix)
    {
        var label = train.Labels.IndexOf(@class);
        var faces = train.IndicesOf(label);
        if (label < 0 || (kind == Copies && faces.Length == 0))
        {
            throw new BadInputException($"There is no training face of the class '{@class}' to copy.");
        }

        var address = Address.Of(seed).At("placebo").At(@class);
        var pixels = new byte[(long)count * train.ImageBytes];
        for (var i = 0; i < count; i++)
        {
            var image = pixels.AsSpan(i * train.ImageBytes, train.ImageBytes);
            if (kind == Copies)
            {
                train.Image(faces[(int)(address.Uniform(i) * faces.Length)]).CopyTo(image);
                continue;
            }

            var own = address.At(i);
            for (var p = 0; p < image.Length; p++)
            {
                image[p] = (byte)own.Bits(p);
            }
        }

        var rows = Enumerable.Range(0, count).Select(i => FormattableString.Invariant($"{idPrefix}{i}")).Select(id => new ImageRow(id, label, id, Source));
        var none = new ImageSet(train.Labels, train.Channels, train.Height, train.Width, [], []).ToBytes();
        var kept = new ImageSet(train.Labels, train.Channels, train.Height, train.Width, rows, pixels);
        return WorkResult.Of([("kept", kept.ToBytes()), ("rejected", none), ("drawn", none)], [("drawn", count), ("kept", count)]);
    }
}
