using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Fer.Models.Data.Sources;

namespace Fer.Models.Data;

/// <summary>What a source holds, before anything is divided or left out.</summary>
public sealed record InspectionReport
{
    /// <summary><c>SketchFaces</c>, <c>FER2013 csv</c> or <c>class folders</c>.</summary>
    public required string Source { get; init; }

    public required ImmutableArray<string> Classes { get; init; }

    /// <summary>Images of the source's own splits by class: <c>train</c>, <c>validation</c>, <c>test</c>, those that it has.</summary>
    public required ImmutableArray<SplitCount> Splits { get; init; }

    /// <summary>How many images have which size, the most frequent first.</summary>
    public required ImmutableArray<SizeCount> Sizes { get; init; }

    /// <summary>Groups of two or more images with the same pixels (at the settings' size), and the images in them.</summary>
    public required int TwinGroups { get; init; }

    public required int TwinImages { get; init; }

    /// <summary>Groups of twins with images in more than one split, and the images of the test split in them.</summary>
    public required int StraddlingGroups { get; init; }

    public required int StraddlingTestImages { get; init; }

    /// <summary>Groups of twins whose labels differ, and the first of them.</summary>
    public required int ConflictingGroups { get; init; }

    public required ImmutableArray<ConflictingGroup> Conflicts { get; init; }

    /// <summary>Pictures or rows that cannot be read, and the first of them.</summary>
    public required int Broken { get; init; }

    public required ImmutableArray<BrokenImage> BrokenImages { get; init; }

    /// <summary>As in <see cref="DataReport.ContentHash"/>.</summary>
    public required string ContentHash { get; init; }

    /// <summary>A PNG with a row of samples of each class, from outside the test split.</summary>
    [JsonIgnore]
    public ReadOnlyMemory<byte> Sheet { get; init; }
}

/// <summary>Number of images with one size in pixels.</summary>
public sealed record SizeCount(int Width, int Height, int Count);

/// <summary>Images with the same pixels and different labels.</summary>
public sealed record ConflictingGroup(ImmutableArray<LabelledImage> Images);

/// <summary>An image's id and its class by name.</summary>
public sealed record LabelledImage(string Id, string Class);

/// <summary>Looks at a source without using it.</summary>
public static class DataInspection
{
    private const int Listed = 50;
    private const int SamplesPerClass = 12;

    /// <summary>
    /// Reads all classes of <paramref name="path"/> ("": SketchFaces) and counts what a user should know before training.
    /// Broken images and rows are listed, not refused.
    /// </summary>
    /// <exception cref="BadInputException">There is nothing to inspect at the path.</exception>
    public static InspectionReport Inspect(string path, DataSettings settings, IProgress<DataProgress>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(settings);
        settings = settings with { Path = path, Classes = [] };
        var content = SourceReader.Read(settings, [], forgiving: true, progress);
        var twins = Twins.Find(content.Images);
        var table = new Table(content, twins.Groups, settings);
        var straddling = twins.TwinGroups.Where(g => g.Select(i => content.Images[i].Split).Distinct().Skip(1).Any()).ToList();
        var conflicting = twins.TwinGroups.Where(g => g.Select(i => table.Labels[i]).Distinct().Skip(1).Any()).ToList();
        return new InspectionReport
        {
            Source = content.Kind,
            Classes = content.Classes,
            Splits = [.. Enum.GetValues<Split>().Select(s => (Split: s, Places: table.Of(s))).Where(p => p.Places.Length > 0).Select(p => new SplitCount(Word(p.Split), table.CountByClass(p.Places)))],
            Sizes = [.. content.Images.CountBy(i => (i.Width, i.Height)).OrderByDescending(c => c.Value).ThenBy(c => c.Key).Select(c => new SizeCount(c.Key.Width, c.Key.Height, c.Value))],
            TwinGroups = twins.TwinGroups.Count,
            TwinImages = twins.TwinGroups.Sum(g => g.Length),
            StraddlingGroups = straddling.Count,
            StraddlingTestImages = straddling.Sum(g => g.Count(i => content.Images[i].Split == Split.Test)),
            ConflictingGroups = conflicting.Count,
            Conflicts = [.. conflicting.Take(Listed).Select(g => new ConflictingGroup([.. g.Select(i => new LabelledImage(content.Images[i].Id, content.Images[i].Class))]))],
            Broken = content.Broken.Count,
            BrokenImages = [.. content.Broken.Take(Listed)],
            ContentHash = content.ContentHash(),
            Sheet = Samples(table),
        };
    }

    private static string Word(Split split) => split switch { Split.Train => "train", Split.Validation => "validation", _ => "test" };

    /// <summary>Evenly spaced images of each class; faces that the source keeps for testing are not shown.</summary>
    private static byte[] Samples(Table table)
    {
        var places = table.Of(Split.Train);
        var shown = Enumerable.Range(0, table.Content.Classes.Length).SelectMany(label =>
        {
            var own = places.Where(i => table.Labels[i] == label).ToArray();
            return Enumerable.Range(0, SamplesPerClass).Select(k => k < own.Length ? own[own.Length <= SamplesPerClass ? k : (long)k * own.Length / SamplesPerClass] : -1);
        }).ToArray();
        var used = shown.Where(i => i >= 0).ToArray();
        return Data.Sheet.Png(table.Set(used), [.. shown.Select(i => Array.IndexOf(used, i))], SamplesPerClass);
    }
}
