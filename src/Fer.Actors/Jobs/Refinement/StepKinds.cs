using Fer.Actors.Devices;
using Fer.Models.Data;
using Fer.Models.Evaluation;
using Fer.Models.Files;
using Fer.Models.Generators;
using Fer.Models.Randomness;
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

    public const string Soft = "soft-labels";
    public const string Placebo = "placebo";
    public const string Quality = "quality";
    public const string Audit = "audit";

    /// <summary>What a classifier's predictions say of each class; only asked for where the plan goes by it.</summary>
    public const string Recalls = "recalls";

    // Of the set alone, so that every teacher leaves out another part.
    internal static readonly Address FoldsAt = Address.Of(0).At("cross-fit");

    public static IReadOnlyList<StepKind> All { get; } =
    [
        new(Classifier, 3, OpenClassifier),
        new(Filter, 2, c => new FilterFitting(c.Settings<FilterStep>().Filter, Teachers(c), Images(c, Names.ValidationA), Images(c, Names.Train), c.Compute, c.Checkpoint, Optional(c, LoopContext.WitnessRole))),
        new(Soft, 1, OpenSoft),
        new(WarmUp, 2, OpenWarmUp),
        new(Gan, 2, OpenGan),
        new(Sample, 3, OpenSample),
        new(Placebo, 1, OpenPlacebo) { IsPlain = true },
        new(Validate, 1, c => new ImmediateWork(() => Comparisons.Round(Table(c, "baseline"), Table(c, "best"), Table(c, "round"), c.Spec.Seed))) { IsPlain = true },
        new(Recalls, 1, c => new ImmediateWork(() => WorkResult.Of([], Metrics.Of(Table(c, "predictions")).Classes.Select(m => (Names.RecallOf(m.Name), m.Recall))))) { IsPlain = true },
        new(Quality, 2, OpenQuality),
        new(Audit, 1, c => new AuditKept(c.Read("auditor"), c.Roles("kept/").Select(r => Images(c, r)), c.Roles("rejected/").Select(r => Images(c, r)), HeldOut(c), c.Compute, c.Checkpoint)),
        new(Test, 2, OpenTest),
        new(Verdict, 3, c => new ImmediateWork(() => Comparisons.Arms(ByArm(c), Names.ForComparison, c.Spec.Seed, c.Settings<VerdictStep>().OracleIsShort))) { IsPlain = true },
    ];

    public static int VersionOf(string kind) => All.First(k => k.Kind == kind).Version;

    private static ClassifierTraining OpenClassifier(StepContext c)
    {
        var step = c.Settings<ClassifierStep>();
        var real = Images(c, Names.Train);
        if (step.Folds > 0)
        {
            real = CrossFit.Without(real, step.Folds, step.Fold, FoldsAt);
        }

        IEnumerable<ImageSet> extra = c.Roles("kept/").Select(r => Images(c, r)), spare = c.Roles("spare/").Select(r => Images(c, r));
        if (step.Extra is { } counts)
        {
            var heldBack = Images(c, Names.HeldBack);
            extra = extra.Append(heldBack.Select([.. counts.SelectMany((count, label) => heldBack.IndicesOf(label).Take(count)).Order()]));
        }

        if (step.AnEpoch is { } most)
        {
            (extra, spare) = Divided(real.Select([]).Concat(extra), most);
        }

        var mix = new TrainingMix(real, extra, step.SyntheticWeight, step.Sampling, step.RealFrom > 0 ? step.RealFrom : long.MaxValue, spare, step.SyntheticShare);
        return new ClassifierTraining(step.Classifier, mix, Images(c, Names.ValidationB), c.Spec.Seed, c.Compute, c.Adjustments, c.Checkpoint, step.Soft);
    }

    // The first so many of each class, and the rest, which takes turns with them.
    private static (ImageSet[] First, ImageSet[] Others) Divided(ImageSet images, int[] counts)
    {
        var first = counts.SelectMany((count, label) => images.IndicesOf(label).Take(count)).ToHashSet();
        var sides = Enumerable.Range(0, images.Count).ToLookup(first.Contains);
        return ([images.Select([.. sides[true]])], [images.Select([.. sides[false]])]);
    }

    private static SoftLabels OpenSoft(StepContext c)
    {
        var (train, teachers) = (Images(c, Names.Train), Teachers(c));
        var folds = CrossFit.Folds(train, teachers.Length, FoldsAt);
        return new SoftLabels(train, [.. teachers.Select((t, fold) => (t, (IReadOnlyList<int>)folds[fold]))], c.Compute, c.Checkpoint);
    }

    private static ImmediateWork OpenPlacebo(StepContext c)
    {
        var step = c.Settings<PlaceboStep>();
        return new ImmediateWork(() => Fer.Models.Generators.Placebo.Make(step.Kind, Images(c, Names.Train), step.Class, step.Count, c.Spec.Seed, step.IdPrefix));
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
        var filter = new CandidateFilter(c.Read("filter"), Teachers(c), train, c.Compute, Optional(c, LoopContext.WitnessRole));
        ImageSet[] earlier = [.. c.Roles(EarlierRole).Select(r => Images(c, r))];
        var work = new SampleAndFilter(
            c.Settings<SampleStep>().Request, c.Read("generator"), c.Spec.Inputs["generator"], filter, train.Labels, c.Compute, c.Checkpoint, earlier.Length == 0 ? null : earlier[0].Concat(earlier[1..]));
        return new OwningWork(work, filter);
    }

    private static ImageSet Images(StepContext c, string role) => ImageSet.Read(c.Read(role), role);

    private static Predictions Table(StepContext c, string role) => Predictions.Read(c.Read(role), role);

    // One step reads the test set, however many ways it is looked at.
    private static WorksInTurn OpenTest(StepContext c)
    {
        var test = TestSet.Read(c.Read(Names.Test), Names.Test);
        (string, byte[])[] all = [.. c.Roles("").Where(r => r != Names.Test).Select(r => (r, c.Read(r)))];
        (string Name, byte[])[] robust = [.. all.Where(a => c.Settings<TestStep>().Robust.Contains(a.Item1))];
        List<(long, Func<byte[]?, IWork>)> works = [((long)all.Length * Evaluator.Batches(test.Count), checkpoint => new EvaluateTest(all, test, c.Compute, checkpoint))];
        if (robust.Length > 0)
        {
            works.Add((MeasureRobustness.LengthOf(robust.Length, test.Count), checkpoint => new MeasureRobustness(robust, test, c.Spec.Seed, c.Compute, checkpoint)));
        }

        return new WorksInTurn("batches", works, c.Checkpoint);
    }

    private static MeasureQuality OpenQuality(StepContext c)
    {
        (string?, byte[])[] generators = [.. c.Roles(GeneratorRole).Select(r => (r.Length > GeneratorRole.Length ? r[GeneratorRole.Length..] : null, c.Read(r)))];
        var step = c.Settings<QualityStep>();
        return new MeasureQuality(Optional(c, "judge"), generators, Images(c, Names.Train), HeldOut(c), step.Images, c.Spec.Seed, c.Compute, c.Checkpoint, step.Psi);
    }

    /// <summary>Begins the role of a generator; its class follows where it has one.</summary>
    public const string GeneratorRole = "generator/";

    /// <summary>Begins the roles of a class's images that earlier rounds kept, which a pool is to differ from.</summary>
    public const string EarlierRole = "earlier/";

    private static ImageSet HeldOut(StepContext c)
    {
        var sets = c.Roles(HeldOutRole).Select(r => Images(c, r)).ToArray();
        return sets[0].Concat(sets[1..]);
    }

    /// <summary>Begins the roles of real faces that no generator has learned from.</summary>
    public const string HeldOutRole = "held-out/";

    private static byte[]? Optional(StepContext c, string role) => c.Spec.Inputs.ContainsKey(role) ? c.Read(role) : null;

    private static byte[][] Teachers(StepContext c) => [.. c.Roles(LoopContext.TeacherRole).Select(c.Read)];

    private static Dictionary<string, IReadOnlyList<IReadOnlyList<Predictions>>> ByArm(StepContext c)
    {
        var step = c.Settings<VerdictStep>();
        return step.Arms.ToDictionary(
            arm => arm,
            arm => (IReadOnlyList<IReadOnlyList<Predictions>>)[.. Enumerable.Range(1, step.Loops).Select(loop =>
                (IReadOnlyList<Predictions>)[.. Enumerable.Range(0, step.Seeds).Select(seed => Table(c, Names.InLoop(loop, Names.TestFile(arm, seed))))])]);
    }
}
