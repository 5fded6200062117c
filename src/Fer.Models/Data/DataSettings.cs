using System.Collections.Immutable;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Fer.Models.Data;

/// <summary>Which faces an experiment uses, and how they are divided.</summary>
public sealed record DataSettings
{
    [Description("A folder with one folder a class (or train, test and validation folders of them), a FER2013 csv, or a zip of either; empty: SketchFaces, drawn faces that need no download.")]
    public string Path { get; init; } = "";

    [Description("The classes to use, in this order; empty: all that the source has, in alphabetical order.")]
    public ImmutableArray<string> Classes { get; init; } = [];

    [Description("Width and height of the images that the networks see, in pixels.")]
    [Range(8, 256)]
    public int ImageSize { get; init; } = 48;

    [Description("1 for grey images, 3 for colour.")]
    [AllowedValues(1, 3)]
    public int Channels { get; init; } = 1;

    [Description("Share of the training faces to use, 0 to 1, drawn stratified by group; validation faces come out of this share.")]
    [Range(0.0001, 1.0)]
    public double Fraction { get; init; } = 1;

    [Description("Share of the training faces that judge and auditor are trained on, and nothing else; 0: no judge, so no Fréchet distance.")]
    [Range(0.0, 0.5)]
    public double JudgeFraction { get; init; }

    [Description("Share of the training faces held back as validation, 0 to 1, where the source has no validation split of its own; half of it calibrates, the other half chooses.")]
    [Range(0.01, 0.9)]
    public double ValidationFraction { get; init; } = 0.2;

    [Description("Share of all faces held back as the test set, 0 to 1, where the source has no test split of its own.")]
    [Range(0.01, 0.9)]
    public double TestFraction { get; init; } = 0.2;

    [OmittedAt(false)]
    [Description("Forget the source's own splits: all that it has is one pool, divided by test-fraction and validation-fraction, as the published study did.")]
    public bool Pool { get; init; }

    [OmittedAt("together")]
    [Description("Pixel-identical images: together (on one side of every split; training ones whose twin is in the test set are left out) or as-they-come (each by itself, so that a face may be trained on and tested with, as in the published study; every figure is then flattered, and the report says so).")]
    [AllowedValues("together", "as-they-come")]
    public string Twins { get; init; } = "together";

    [Description("Seed of every draw that divides the faces.")]
    public long Seed { get; init; } = 1;

    [Description("Refuse a source with a broken image instead of skipping and counting it.")]
    public bool Strict { get; init; }

    [Description("Kernel that brings images of another size to image-size.")]
    [AllowedValues("area", "linear", "cubic", "lanczos")]
    public string Resample { get; init; } = "area";

    [Description("Fewest training faces a class may have.")]
    [Range(1, 1_000_000)]
    public int MinPerClass { get; init; } = 3;

    [Description("SketchFaces: number of faces drawn for training and validation together.")]
    [Range(1, 1_000_000)]
    public int SketchCount { get; init; } = 1400;

    [Description("SketchFaces: number of faces drawn for the test set.")]
    [Range(1, 1_000_000)]
    public int SketchTestCount { get; init; } = 1400;

    [Description("SketchFaces: seed of the people and their expressions.")]
    public long SketchSeed { get; init; } = 1;
}
