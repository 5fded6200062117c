using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Fer.Models.Data;

/// <summary>What was found in a source and how it was divided. Plain data: it goes into reports as JSON. Names no place on the machine.</summary>
public sealed record DataReport
{
    /// <summary><c>SketchFaces</c>, <c>FER2013 csv</c> or <c>class folders</c>.</summary>
    public required string Source { get; init; }

    public required ImmutableArray<string> Classes { get; init; }

    /// <summary>Images of <c>train</c>, <c>validation A</c>, <c>validation B</c> and <c>test</c> by class.</summary>
    public required ImmutableArray<SplitCount> Splits { get; init; }

    /// <summary>Pictures of the chosen classes that could be read.</summary>
    public required int Read { get; init; }

    /// <summary>Groups of two or more pixel-identical images among those.</summary>
    public required int TwinGroups { get; init; }

    /// <summary>Images in such groups.</summary>
    public required int TwinImages { get; init; }

    /// <summary>Test images with a twin on the training side of the source. The test set keeps them.</summary>
    public required int StraddlingTestImages { get; init; }

    /// <summary>Images taken out of training and validation because their group is in the test set, or in the source's own validation split.</summary>
    public required int Excluded { get; init; }

    /// <summary>The first of those, by id.</summary>
    public required ImmutableArray<string> ExcludedIds { get; init; }

    /// <summary>The source's own splits were set aside (<see cref="DataSettings.Pool"/>).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Pooled { get; init; }

    /// <summary>Test images with a twin that the first loop trains or validates on, where twins are as they come; null where they stand together, and none has.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? LeakedTestImages { get; init; }

    /// <summary>Groups of twins whose labels differ. They stay as they are.</summary>
    public required int ConflictingGroups { get; init; }

    /// <summary>Files that hold no readable image; they were skipped.</summary>
    public required int Broken { get; init; }

    /// <summary>The first of those.</summary>
    public required ImmutableArray<BrokenImage> BrokenImages { get; init; }

    /// <summary>SHA-256 (hex) over split, class and decoded 8-bit pixels of every image read, in order.</summary>
    public required string ContentHash { get; init; }
}

/// <summary>Images of one split by class, in the order of the report's classes.</summary>
public sealed record SplitCount(string Split, ImmutableArray<int> ByClass)
{
    public int Total() => ByClass.Sum();
}

/// <summary>A picture that cannot be used, and why.</summary>
/// <param name="Id">Its path below the source, or its row of the csv.</param>
/// <param name="Reason">What is wrong with it, to be read after its name: <c>is a truncated JPEG</c>.</param>
public sealed record BrokenImage(string Id, string Reason);

/// <summary>How far a load has come.</summary>
public readonly record struct DataProgress(string Stage, int Done, int Total);

/// <summary>What one loop learns from and chooses by. The sets share no group with each other, with the test set or the judge's fold, unless twins are as they come.</summary>
/// <param name="Train">Faces that networks learn from.</param>
/// <param name="ValidationA">Calibrates and sets thresholds.</param>
/// <param name="ValidationB">Chooses training length, rounds and settings.</param>
/// <param name="HeldBack">Training faces outside the fraction in use; may be none. What as many more real faces would have brought, and what generated ones are compared with.</param>
public sealed record TrainingSide(ImageSet Train, ImageSet ValidationA, ImageSet ValidationB, ImageSet HeldBack);

/// <summary>A divided source.</summary>
/// <param name="Loops">The training side, drawn anew for each loop; at least one.</param>
/// <param name="Judge">The fold of judge and auditor, used for nothing else; null where none was asked for.</param>
/// <param name="Test">Behind its wall; read once, by the final evaluation.</param>
/// <param name="Report">What was found; its splits are the first loop's.</param>
public sealed record LoadedData(ImmutableArray<TrainingSide> Loops, ImageSet? Judge, TestSet Test, DataReport Report)
{
    public ImageSet Train => Loops[0].Train;

    public ImageSet ValidationA => Loops[0].ValidationA;

    public ImageSet ValidationB => Loops[0].ValidationB;

    public ImageSet HeldBack => Loops[0].HeldBack;
}
