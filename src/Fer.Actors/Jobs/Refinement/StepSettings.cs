using Fer.Models.Evaluation;
using Fer.Models.Generators;
using Fer.Models.Training;

namespace Fer.Actors.Jobs.Refinement;

// What each kind of step is told beside its inputs; written as JSON into its spec, so these shapes decide step hashes.

/// <param name="Sampling"><c>natural</c> or <c>balanced</c> (every class as often as any other).</param>
internal sealed record ClassifierStep(ClassifierSettings Classifier, string Sampling, double SyntheticWeight);

/// <param name="OnlyClass">Label of the class of a GAN for one class; null for all.</param>
/// <param name="StartStep">Generator steps that earlier rounds have made.</param>
internal sealed record GanStep(GanSettings Gan, int? OnlyClass, long StartStep);

internal sealed record FilterStep(FilterSettings Filter);

internal sealed record SampleStep(SampleRequest Request);

/// <param name="Seeds">Classifiers an arm.</param>
internal sealed record VerdictStep(int Seeds);
