using System.Collections.Immutable;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
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

    [Description("Classifiers trained afresh for each arm of the final comparison, each from its own first weights.")]
    [Range(1, 100)]
    public int Seeds { get; init; } = 3;

    [Description("Root of every random draw of the run.")]
    public long Seed { get; init; } = 1;

    [Description("Weight of a kept image in a classifier's loss, beside 1 for a real one.")]
    [Range(0.001, 10.0)]
    public double SyntheticWeight { get; init; } = 1;
}

/// <summary>A refinement run's settings in its journal: what was asked for, and what the data turned out to be, so that the plan stays pure.</summary>
/// <param name="Classes">Class names, in label order.</param>
/// <param name="TrainCounts">Training faces by class, in label order.</param>
public sealed record RefinementRun(RefinementSettings Settings, ImmutableArray<string> Classes, ImmutableArray<int> TrainCounts)
{
    /// <summary>Kept images that a class may get in the end: what it lacks to the largest class, or the number asked for.</summary>
    public int TargetOf(int label) => Settings.Filter.Targets(TrainCounts)[label];

    /// <summary>One generator for all classes, or one each.</summary>
    [JsonIgnore]
    public ImmutableArray<string> Generators => Settings.Gan.Kind == "conditional" ? ["all"] : Classes;
}
