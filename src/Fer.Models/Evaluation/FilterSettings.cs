using System.Collections.Immutable;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace Fer.Models.Evaluation;

/// <summary>Which generated images are kept.</summary>
public sealed record FilterSettings
{
    /// <summary>Values of <see cref="Rule"/>.</summary>
    public const string ByQuantile = "quantile", Everything = "none", RightClass = "top", Band = "band";

    /// <summary>A value of <see cref="Realism"/>.</summary>
    public const string Reject = "reject";

    /// <summary>A value of <see cref="NearCopy"/>.</summary>
    public const string AndFeatures = "pixels-and-features";

    /// <summary>A value of <see cref="Diversity"/>.</summary>
    public const string AllRounds = "all-rounds";

    /// <summary>Values of <see cref="Allocate"/>.</summary>
    public const string ByTarget = "balance", ByNeed = "need";

    [Description("What a generated image must be like: quantile (likeliest in its class, and as surely as quantile says), top (likeliest in its class), band (also, and its lead over the next class between the 20th and 80th percentile of real faces'), or none (anything is kept as it comes, near copies too).")]
    [AllowedValues(ByQuantile, Everything, RightClass, Band)]
    public string Rule { get; init; } = ByQuantile;

    [Description("By the rule quantile a generated image needs at least the confidence below which this share of the rightly named real faces of its class lies.")]
    [Range(0.0, 1.0)]
    public double Quantile { get; init; } = 0.3;

    [Description("A generated image is a near copy when it is nearer to a training face than this share of the held-out real faces are.")]
    [Range(0.0, 1.0)]
    public double NearCopyQuantile { get; init; } = 0.001;

    [OmittedAt("pixels")]
    [Description("Where near copies are looked for: pixels (contrast-normalised 16×16), or pixels-and-features (also the middle layer of a network that is trained for nothing else, and is another than teacher, judge and auditor).")]
    [AllowedValues("pixels", AndFeatures)]
    public string NearCopy { get; init; } = "pixels";

    [Description("Images to keep of each class: balance (up to the size of the largest class), or a number.")]
    public string Target { get; init; } = "balance";

    [OmittedAt(ByTarget)]
    [Description("How the images to keep are spread over classes: balance (to each what target says), or need (as many in all, each class in proportion to the share of its faces that the round before, at first the baseline, names wrongly on validation B).")]
    [AllowedValues(ByTarget, ByNeed)]
    public string Allocate { get; init; } = ByTarget;

    [Description("Accepted images to choose each kept one from, for variety: too similar ones are dropped, then those are taken that lie near the most real faces. 1 keeps what comes first.")]
    [Range(1, 10)]
    public int Pool { get; init; } = 1;

    [Description("What of a pool can be told from real faces: off (nothing is done about it) or reject (thrown away by its odds, before pool chooses; needs a pool of 2 or more).")]
    [AllowedValues("off", Reject)]
    public string Realism { get; init; } = "off";

    [OmittedAt("off")]
    [Description("What classifiers see of a pool: off (the same kept images in every epoch) or on (in every epoch as many, but the next ones of all that were accepted and are unlike each other; needs a pool of 2 or more).")]
    [AllowedValues("off", "on")]
    public string Fresh { get; init; } = "off";

    [OmittedAt("round")]
    [Description("What the images chosen from a pool are to differ from: round (each other) or all-rounds (also those that earlier rounds kept; needs a pool of 2 or more).")]
    [AllowedValues("round", AllRounds)]
    public string Diversity { get; init; } = "round";

    [Description("Images drawn at most for each one to keep.")]
    [Range(1, 100_000)]
    public int MaxDrawsPerKept { get; init; } = 20;

    [Description("The classifier that judges: real-only (the baseline, trained on real faces) or latest (the last round's, the study's way, which confirms itself).")]
    [AllowedValues("real-only", "latest")]
    public string Teacher { get; init; } = "real-only";

    [Description("Classifiers whose mean is the real-only teacher, each trained without one part of the training faces; 1: the baseline alone, trained on all of them.")]
    [Range(1, 10)]
    public int CrossFit { get; init; } = 3;

    /// <summary>Refuses settings that contradict each other, with a <see cref="BadInputException"/> that names the keys.</summary>
    public void Check()
    {
        if (Realism == Reject && Pool == 1)
        {
            throw new BadInputException("fer.filter.realism is reject, which throws away a part of a pool, and fer.filter.pool is 1: expected fer.filter.pool of 2 or more, or fer.filter.realism = off.");
        }

        if (Diversity == AllRounds && Pool == 1)
        {
            throw new BadInputException("fer.filter.diversity is all-rounds, by which a pool is chosen from, and fer.filter.pool is 1: expected fer.filter.pool of 2 or more, or fer.filter.diversity = round.");
        }

        if (Fresh == "on" && Pool == 1)
        {
            throw new BadInputException("fer.filter.fresh is on, which shows other images of a pool in each epoch, and fer.filter.pool is 1: expected fer.filter.pool of 2 or more, or fer.filter.fresh = off.");
        }
    }

    /// <summary>Images that each class may come to: by need, one might get all of them.</summary>
    public ImmutableArray<int> Most(IReadOnlyList<int> realByClass)
    {
        var targets = Targets(realByClass);
        return Allocate == ByNeed ? [.. targets.Select(_ => targets.Sum())] : targets;
    }

    /// <summary>Images to keep of each class, given its real images, unless they are spread by need. Throws <see cref="BadInputException"/> for a target that is neither.</summary>
    public ImmutableArray<int> Targets(IReadOnlyList<int> realByClass)
    {
        if (Target == "balance")
        {
            return [.. realByClass.Select(count => realByClass.Max() - count)];
        }

        return int.TryParse(Target, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? [.. realByClass.Select(_ => number)]
            : throw new BadInputException($"fer.filter.target is '{Target}', expected balance or a whole number of images.");
    }
}
