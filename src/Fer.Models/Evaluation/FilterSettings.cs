using System.Collections.Immutable;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace Fer.Models.Evaluation;

/// <summary>Which generated images are kept.</summary>
public sealed record FilterSettings
{
    [Description("A generated image needs at least the confidence below which this share of the rightly named real faces of its class lies.")]
    [Range(0.0, 1.0)]
    public double Quantile { get; init; } = 0.3;

    [Description("A generated image is a near copy when it is nearer to a training face than this share of the held-out real faces are.")]
    [Range(0.0, 1.0)]
    public double NearCopyQuantile { get; init; } = 0.001;

    [Description("Images to keep of each class: balance (up to the size of the largest class), or a number.")]
    public string Target { get; init; } = "balance";

    [Description("Images drawn at most for each one to keep.")]
    [Range(1, 100_000)]
    public int MaxDrawsPerKept { get; init; } = 20;

    [Description("The classifier that judges: real-only (the baseline, trained on real faces) or latest (the last round's, the study's way, which confirms itself).")]
    [AllowedValues("real-only", "latest")]
    public string Teacher { get; init; } = "real-only";

    /// <summary>Images to keep of each class, given its real images. Throws <see cref="BadInputException"/> for a target that is neither.</summary>
    public ImmutableArray<int> Targets(IReadOnlyList<int> realByClass)
    {
        if (Target == "balance")
        {
            return [.. realByClass.Select(count => realByClass.Max() - count)];
        }

        return int.TryParse(Target, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? [.. realByClass.Select(_ => number)]
            : throw new BadInputException($"filter.target is '{Target}', expected balance or a whole number of images.");
    }
}
