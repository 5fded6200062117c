using Fer.Actors.Devices;
using Fer.Models.Data;
using Fer.Models.Evaluation;
using Fer.Models.Files;
using Fer.Models.Generators;
using Fer.Models.Training;

namespace Fer.Actors.Jobs.Refinement;

/// <summary>The refinement job's kinds of steps, wired to Fer.Models.</summary>
internal static class StepKinds
{
    public const string Classifier = "classifier";
    public const string Filter = "filter";
    public const string WarmUp = "warm-up";
    public const string Gan = "gan";
    public const string Sample = "sample";
    public const string Validate = "validate";
    public const string Test = "test";
    public const string Verdict = "verdict";

    public static IReadOnlyList<StepKind> All { get; } =
    [
        new(Classifier, 1, OpenClassifier),
        new(Filter, 1, c => new FilterFitting(c.Settings<FilterStep>().Filter, c.Read("teacher"), Images(c, Names.ValidationA), Images(c, Names.Train), c.Compute, c.Checkpoint)),
        new(WarmUp, 1, OpenWarmUp),
        new(Gan, 1, OpenGan),
        new(Sample, 1, OpenSample),
        new(Validate, 1, c => new ImmediateWork(() => Comparisons.Round(Table(c, "baseline"), Table(c, "best"), Table(c, "round"), c.Spec.Seed))),
        new(Test, 1, c => new EvaluateTest([.. c.Roles("").Where(r => r != Names.Test).Select(r => (r, c.Read(r)))], TestSet.Read(c.Read(Names.Test), Names.Test), c.Compute, c.Checkpoint)),
        new(Verdict, 1, c => new ImmediateWork(() => Comparisons.Arms(ByArm(c), Names.Refined, Names.Control, Names.Real, c.Spec.Seed))),
    ];

    public static int VersionOf(string kind) => All.First(k => k.Kind == kind).Version;

    private static ClassifierTraining OpenClassifier(StepContext c)
    {
        var step = c.Settings<ClassifierStep>();
        var mix = new TrainingMix(Images(c, Names.Train), c.Roles("kept/").Select(r => Images(c, r)), step.SyntheticWeight, step.Sampling);
        return new ClassifierTraining(step.Classifier, mix, Images(c, Names.ValidationB), c.Spec.Seed, c.Compute, c.Adjustments, c.Checkpoint);
    }

    private static WarmUp OpenWarmUp(StepContext c)
    {
        var step = c.Settings<GanStep>();
        var weights = c.Spec.Inputs.ContainsKey("weights") ? c.Read("weights") : null;
        return new WarmUp(step.Gan, Images(c, Names.Train), step.OnlyClass, c.Spec.Seed, weights, c.Compute, c.Adjustments, c.Checkpoint);
    }

    private static GanTraining OpenGan(StepContext c)
    {
        var step = c.Settings<GanStep>();
        var kept = c.Roles("kept/").Select(r => Images(c, r)).ToList();
        return new GanTraining(
            step.Gan, Images(c, Names.Train), kept.Count == 0 ? null : kept[0].Concat(kept.Skip(1)), step.OnlyClass, c.Spec.Seed, step.StartStep,
            c.Spec.Inputs.ContainsKey("state") ? c.Read("state") : null, c.Compute, c.Adjustments, c.Checkpoint);
    }

    private static OwningWork OpenSample(StepContext c)
    {
        var train = Images(c, Names.Train);
        var filter = new CandidateFilter(c.Read("filter"), c.Read("teacher"), train, c.Compute);
        var work = new SampleAndFilter(c.Settings<SampleStep>().Request, c.Read("generator"), c.Spec.Inputs["generator"], filter, train.Labels, c.Compute, c.Checkpoint);
        return new OwningWork(work, filter);
    }

    private static ImageSet Images(StepContext c, string role) => ImageSet.Read(c.Read(role), role);

    private static Predictions Table(StepContext c, string role) => Predictions.Read(c.Read(role), role);

    private static Dictionary<string, IReadOnlyList<Predictions>> ByArm(StepContext c)
    {
        var seeds = c.Settings<VerdictStep>().Seeds;
        return Names.Arms.ToDictionary(arm => arm, arm => (IReadOnlyList<Predictions>)[.. Enumerable.Range(0, seeds).Select(s => Table(c, Names.TestFile(arm, s)))]);
    }
}
