using System.Collections.Immutable;
using System.Security.Cryptography;
using Fer.Models.Data.Sources;

namespace Fer.Models.Data;

/// <summary>What became of a source that is only evaluated on.</summary>
/// <param name="Used">Images in the set.</param>
/// <param name="LeftOut">Images of classes that the run does not have, by the source's class name.</param>
/// <param name="Broken">Files that hold no readable image.</param>
/// <param name="Seen">Images of the set with the same pixels as one that the run trained or validated on.</param>
/// <param name="Tested">Images of the set with the same pixels as one of the run's test set.</param>
public sealed record ForeignReport(int Used, ImmutableSortedDictionary<string, int> LeftOut, int Broken, int Seen, int Tested);

/// <summary>Reads a source that had no part in a run, in the run's classes and image size, to evaluate stored classifiers on it.</summary>
public static class ForeignSet
{
    /// <param name="settings">The run's, with the path of the other source. Its test split is taken where it has one, else everything.</param>
    /// <param name="labels">The run's classes.</param>
    /// <param name="map">Class name in the source → class of the run; a class that is not named here keeps its name.</param>
    /// <param name="seen">What the run trained and validated on, to count what is not new.</param>
    /// <param name="test">The run's test set, to count what the run has been measured on already; it stays behind its wall.</param>
    /// <exception cref="BadInputException">The source cannot be read, the map names a class that the run lacks, or nothing is left.</exception>
    public static (TestSet Set, ForeignReport Report) Load(DataSettings settings, LabelSpace labels, IReadOnlyDictionary<string, string> map, IEnumerable<ImageSet> seen, TestSet test)
    {
        foreach (var (from, to) in map.Where(m => labels.IndexOf(m.Value) < 0))
        {
            throw new BadInputException($"The label map sends '{from}' to '{to}', which the run does not have: expected one of {labels}.");
        }

        var content = SourceReader.Read(settings with { Classes = [] }, [], forgiving: true, progress: null);
        var hasTest = content.Images.Any(i => i.Split == Split.Test);
        var offered = content.Images.Where(i => !hasTest || i.Split == Split.Test).ToList();
        var used = new List<(SourceImage Image, int Label)>();
        var leftOut = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (var image in offered)
        {
            var label = labels.IndexOf(map.GetValueOrDefault(image.Class, image.Class));
            if (label >= 0)
            {
                used.Add((image, label));
            }
            else
            {
                leftOut[image.Class] = leftOut.GetValueOrDefault(image.Class) + 1;
            }
        }

        if (used.Count == 0)
        {
            throw new BadInputException($"{settings.Path} has no image of the run's classes: it has {string.Join(", ", content.Classes)}, the run has {labels}; --map names a file that says which is which.");
        }

        var known = Hashes(seen);
        var tested = Hashes([test.Images]);
        var images = used.Select(u => u.Image).ToList();
        var groups = Twins.Find(images).Groups;
        var rows = used.Select((u, i) => new ImageRow(u.Image.Id, u.Label, groups[i], content.Source));
        var set = new ImageSet(labels, settings.Channels, settings.ImageSize, settings.ImageSize, rows, [.. images.SelectMany(i => i.Pixels)]);
        return (new TestSet(set), new ForeignReport(used.Count, leftOut.ToImmutableSortedDictionary(StringComparer.Ordinal), content.Broken.Count, images.Count(i => known.Contains(i.PixelHash)), images.Count(i => tested.Contains(i.PixelHash))));
    }

    private static HashSet<string> Hashes(IEnumerable<ImageSet> sets) =>
        sets.SelectMany(s => Enumerable.Range(0, s.Count).Select(i => Convert.ToHexStringLower(SHA256.HashData(s.Image(i))))).ToHashSet(StringComparer.Ordinal);
}
