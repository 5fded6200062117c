using System.Collections.Immutable;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Fer.Actors.Storage;
using Fer.Models;
using Fer.Models.Data;
using Fer.Models.Evaluation;
using Fer.Models.Training;

namespace Fer.Actors.Jobs.Refinement;

/// <summary>What a refinement run does; all of it decides results.</summary>
public sealed record RefinementSettings
{
    public DataSettings Data { get; init; } = new();

    public ClassifierSettings Classifier { get; init; } = new();

    public GanSettings Gan { get; init; } = new();

    public FilterSettings Filter { get; init; } = new();

    public LoopSettings Loop { get; init; } = new();

    /// <summary>Throws <see cref="BadInputException"/> where settings contradict each other.</summary>
    public void Check()
    {
        if (Loop.Control == "soft" && Filter.CrossFit == 1)
        {
            throw new BadInputException("fer.loop.control is soft and fer.filter.cross-fit is 1: that one teacher has seen the very faces that it would label; expected fer.filter.cross-fit of 2 or more, or another control.");
        }

        if (Loop.StepFactors.IsEmpty)
        {
            throw new BadInputException("fer.loop.step-factors is empty: expected at least one multiple, such as [1].");
        }

        if (Loop.SyntheticShare > 0 && Loop.Sampling == "balanced")
        {
            throw new BadInputException(string.Create(CultureInfo.InvariantCulture, $"fer.loop.synthetic-share is {Loop.SyntheticShare} and fer.loop.sampling is balanced, which counts every image once to make classes equal: expected fer.loop.sampling = natural, or fer.loop.synthetic-share = 0."));
        }

        CheckMoved();
    }

    // What would change nothing was hardly meant: whoever asked for it would read the result as its.
    private void CheckMoved()
    {
        if (Gan.FeedbackStop > 0 && Gan.Feedback == "0")
        {
            throw new BadInputException(string.Create(CultureInfo.InvariantCulture, $"fer.gan.feedback-stop is {Gan.FeedbackStop}, which ends feedback, and fer.gan.feedback is 0, so there is none: expected fer.gan.feedback = 0.25 or all, or fer.gan.feedback-stop = 0."));
        }

        if (Gan.FeedbackStop > 0 && Loop.Rounds <= 2)
        {
            throw new BadInputException(string.Create(CultureInfo.InvariantCulture, $"fer.gan.feedback-stop is {Gan.FeedbackStop}, which can first change the third round, and fer.loop.rounds is {Loop.Rounds}: expected fer.loop.rounds of 3 or more, or fer.gan.feedback-stop = 0."));
        }

        if (Filter.NearCopy == FilterSettings.AndFeatures && Filter.Rule == FilterSettings.Everything)
        {
            throw new BadInputException("fer.filter.near-copy is pixels-and-features and fer.filter.rule is none, by which near copies are kept, too: expected another fer.filter.rule, or fer.filter.near-copy = pixels.");
        }

        if (Filter.Diversity == FilterSettings.AllRounds && Loop.Rounds == 1)
        {
            throw new BadInputException("fer.filter.diversity is all-rounds, which looks at what earlier rounds kept, and fer.loop.rounds is 1: expected fer.loop.rounds of 2 or more, or fer.filter.diversity = round.");
        }
    }
}

/// <summary>The loop around generator, filter and classifier (HOCON <c>loop</c>).</summary>
public sealed record LoopSettings
{
    [Description("Rounds of training the GAN, filtering its images, and retraining the classifier; at most so many.")]
    [Range(1, 1000)]
    public int Rounds { get; init; } = 2;

    [Description("The loop ends early after so many rounds in a row whose gain in macro F1 on validation B is under one bootstrap standard error.")]
    [Range(1, 1000)]
    public int Patience { get; init; } = 2;

    [Description("How often everything is repeated, each time with other faces (where data.fraction leaves some out), another GAN and other classifiers. Two or more give an interval for the method; one speaks of one GAN run.")]
    [Range(1, 1000)]
    public int Loops { get; init; } = 1;

    [Description("Classifiers trained afresh for each arm of the final comparison, each from its own first weights.")]
    [Range(1, 100)]
    public int Seeds { get; init; } = 3;

    [Description("Arms of the comparison: main (real, control, refined) or all (with unfiltered, refined by the other kind of labels, and oracle, where faces were held back).")]
    [AllowedValues("main", "all")]
    public string Arms { get; init; } = "all";

    [Description("Recipe of the control, real faces only: natural, balanced (oversampled), weighted (by class), soft (balanced, with the teachers' probabilities as labels; needs filter.cross-fit of 2 or more), or best (the best of them on validation B).")]
    [AllowedValues("best", "natural", "balanced", "weighted", "soft")]
    public string Control { get; init; } = "best";

    [Description("Labels of kept images in the arm refined: hard (the intended class) or soft (the teacher's calibrated probabilities).")]
    [AllowedValues("hard", "soft")]
    public string Labels { get; init; } = "hard";

    [Description("How arms with synthetic or extra faces see their classes: natural (as they come) or balanced (each equally often).")]
    [AllowedValues("natural", "balanced")]
    public string Sampling { get; init; } = "natural";

    [Description("Multiples of classifier.steps that every arm is tried with; the best on validation B is taken, each arm its own.")]
    [AllowedValues("0.25", "0.5", "1", "2", "4")]
    public ImmutableArray<string> StepFactors { get; init; } = ["1"];

    [Description("Share of a classifier's steps, at the end, that see real faces alone and as they come, in arms with synthetic ones.")]
    [Range(0.0, 0.9)]
    public double RealTail { get; init; }

    [Description("Also measure one classifier of each arm on test faces with noise, blur, less contrast, and parts covered.")]
    public bool Robustness { get; init; } = true;

    [Description("A test of the machinery: kept images are noise, or copies of training faces, and must not come out as a gain; no GAN is trained. off for a real run.")]
    [AllowedValues("off", "noise", "copies")]
    public string Placebo { get; init; } = "off";

    [OmittedAt("test")]
    [Description("What the run ends with: test (the test set is read, once, and there is a verdict) or validation (control and refined on validation B alone, the test set never read: for choosing settings, as a sweep does).")]
    [AllowedValues("test", OnValidation)]
    public string Verdict { get; init; } = "test";

    /// <summary>The value of <see cref="Verdict"/> with which the test set is never read.</summary>
    public const string OnValidation = "validation";

    [Description("Root of every random draw of the run.")]
    public long Seed { get; init; } = 1;

    [Description("Weight of a kept image in a classifier's loss, beside 1 for a real one.")]
    [Range(0.001, 10.0)]
    public double SyntheticWeight { get; init; } = 1;

    [OmittedAt(0.0)]
    [Description("Share of each batch that synthetic images take in arms that have some, at equal steps; 0: they are mixed in as they come.")]
    [Range(0.0, 0.9)]
    public double SyntheticShare { get; init; }
}

/// <summary>A refinement run's settings in its journal: what was asked for, and what the data turned out to be, so that the plan stays pure.</summary>
/// <param name="Classes">Class names, in label order.</param>
/// <param name="TrainCounts">Training faces by class, in label order, of the first loop.</param>
public sealed record RefinementRun(RefinementSettings Settings, ImmutableArray<string> Classes, ImmutableArray<int> TrainCounts)
{
    /// <summary>The same of the second loop and those after it.</summary>
    public ImmutableArray<ImmutableArray<int>> MoreTrainCounts { get; init; } = [];

    /// <summary>Faces held back by class, of each loop; empty in journals of before they were counted.</summary>
    public ImmutableArray<ImmutableArray<int>> HeldBackCounts { get; init; } = [];

    /// <summary>
    /// What a journal says of its run. One without arms is of a version that knew three, a balanced control and one teacher: it keeps that meaning, whatever the defaults are now.
    /// </summary>
    public static RefinementRun Read(string json)
    {
        var run = Json.Read<RefinementRun>(json);
        using var document = JsonDocument.Parse(json);
        var isOf = document.RootElement.TryGetProperty(nameof(Settings), out var settings) && settings.TryGetProperty(nameof(RefinementSettings.Loop), out var loop) && !loop.TryGetProperty(nameof(LoopSettings.Arms), out _);
        return !isOf ? run : run with
        {
            Settings = run.Settings with
            {
                Filter = run.Settings.Filter with { CrossFit = 1 },
                Loop = run.Settings.Loop with { Arms = "main", Control = "balanced", Robustness = false },
            },
        };
    }

    // Below so many, the validation faces say more.
    private const int EnoughHeldBack = 50;

    /// <summary>Whether generated images of a loop are compared with the faces held back rather than with the validation faces.</summary>
    public bool ComparesWithHeldBack(int loop) => HeldBackCounts.Length < loop || MeasureQuality.Comparable(TrainCountsOf(loop), HeldBackCounts[loop - 1]) >= EnoughHeldBack;

    /// <summary>Extra real faces of a class that the oracle gets where refined got so many: as many, as far as they were held back.</summary>
    public int ExtraOf(int label, int loop, int kept) => HeldBackCounts.Length < loop ? kept : Math.Min(kept, HeldBackCounts[loop - 1][label]);

    /// <summary>Kept images that a class may get in the end in a loop (1, 2 …): what it lacks to the largest class, or the number asked for; spread by need, it might get all of them.</summary>
    public int TargetOf(int label, int loop = 1) => Settings.Filter.Most(TrainCountsOf(loop))[label];

    /// <summary>Kept images that all classes together may get in the end in a loop.</summary>
    public int TotalOf(int loop) => Settings.Filter.Targets(TrainCountsOf(loop)).Sum();

    private ImmutableArray<int> TrainCountsOf(int loop) => loop == 1 ? TrainCounts : MoreTrainCounts[loop - 2];

    /// <summary>One generator for all classes, or one each.</summary>
    [JsonIgnore]
    public ImmutableArray<string> Generators => Settings.Gan.Kind == "conditional" ? ["all"] : Classes;

    /// <summary>What the control is tried as. A single teacher has seen the very faces that it would label.</summary>
    [JsonIgnore]
    public ImmutableArray<string> ControlRecipes => Settings.Loop.Control != "best" ? [Settings.Loop.Control]
        : Settings.Filter.CrossFit == 1 ? ["natural", "balanced", "weighted"]
        : ["natural", "balanced", "weighted", "soft"];

    /// <summary>Whether the test set is never read.</summary>
    [JsonIgnore]
    public bool EndsOnValidation => Settings.Loop.Verdict == LoopSettings.OnValidation;

    /// <summary>The arms of a loop, in the order of reports.</summary>
    /// <param name="hasHeldBack">Whether faces were held back, without which there is no oracle.</param>
    public ImmutableArray<string> Arms(bool hasHeldBack) => EndsOnValidation
        ? [Names.Control, Names.Refined]
        : Settings.Loop.Arms == "main"
        ? [Names.Real, Names.Control, Names.Refined]
        : [Names.Real, Names.Control, Names.Unfiltered, Names.Refined, Settings.Loop.Labels == "hard" ? Names.RefinedSoft : Names.RefinedHard, .. hasHeldBack ? new[] { Names.Oracle } : []];
}
