using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Fer.Models;
using Fer.Models.Evaluation;
using Fer.Models.Generators;
using Fer.Models.Training;

namespace Fer.Actors.Jobs.Refinement;

// What each kind of step is told beside its inputs; written as JSON into its spec, so these shapes decide step hashes.

/// <param name="Sampling"><c>natural</c>, <c>balanced</c> (every class as often as any other) or <c>weighted</c>.</param>
internal sealed record ClassifierStep(ClassifierSettings Classifier, string Sampling, double SyntheticWeight)
{
    /// <summary>Whether images that have a teacher's probabilities are learned by those.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Soft { get; init; }

    /// <summary>Step from which on real faces alone are seen; 0: none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long RealFrom { get; init; }

    /// <summary>Share of each batch that synthetic images take; 0: as many as come.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public double SyntheticShare { get; init; }

    /// <summary>Extra real faces of each class taken from those held back, in label order.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int[]? Extra { get; init; }

    /// <summary>Generated or extra images of each class in an epoch, in label order, where more are given than that: in every epoch the next ones of all; null: all of them.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int[]? AnEpoch { get; init; }

    /// <summary>Folds of the training faces, where one is left out; 0: none is.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Folds { get; init; }

    /// <summary>The one left out.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Fold { get; init; }
}

/// <param name="OnlyClass">Label of the class of a GAN for one class; null for all.</param>
/// <param name="StartStep">Generator steps that earlier rounds have made.</param>
internal sealed record GanStep(GanSettings Gan, int? OnlyClass, long StartStep);

internal sealed record FilterStep(FilterSettings Filter);

internal sealed record SampleStep(SampleRequest Request);

/// <param name="Images">Images on each side of a distance, at most.</param>
internal sealed record QualityStep(int Images)
{
    /// <summary>What latents are multiplied by.</summary>
    [OmittedAt(1.0)]
    public double Psi { get; init; } = 1;
}

/// <param name="Robust">Classifiers that are measured on corrupted pictures, too; the rest would cost an hour and say the same.</param>
internal sealed record TestStep(ImmutableArray<string> Robust);

/// <param name="Seeds">Classifiers an arm in each loop.</param>
/// <param name="Loops">Repeats of everything.</param>
/// <param name="Arms">The arms there are.</param>
internal sealed record VerdictStep(int Seeds, int Loops, ImmutableArray<string> Arms)
{
    /// <summary>Whether the oracle got fewer faces than refined: then no share of what it brought means anything.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool OracleIsShort { get; init; }
}

/// <param name="Kind"><c>noise</c> or <c>copies</c> of training faces.</param>
/// <param name="IdPrefix">As of <see cref="SampleRequest"/>.</param>
internal sealed record PlaceboStep(string Kind, string Class, int Count, string IdPrefix);
