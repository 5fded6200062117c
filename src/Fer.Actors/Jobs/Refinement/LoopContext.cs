using System.Collections.Immutable;
using System.Globalization;
using Fer.Actors.Runs;
using Fer.Models.Classifiers;
using Fer.Models.Evaluation;

namespace Fer.Actors.Jobs.Refinement;

/// <summary>
/// One loop of what <paramref name="run"/> asks for: its names, its inputs, its seeds, and the steps that several parts of the plan ask for. Steps
/// and decisions stand below <paramref name="prefix"/>, inputs do not: a plan may walk one loop several times, with other settings under other names.
/// </summary>
internal sealed class LoopContext(PlanBuilder plan, RefinementRun run, string prefix, int loop, int urgency)
{
    /// <summary>Images drawn and judged in a batch.</summary>
    public const int DrawnAtOnce = 64;

    /// <summary>Weight of synthetic images where there are none: whatever was asked for, the classifier is the same one, and so should its step be.</summary>
    public const double OfRealFacesAlone = 1;

    // The loop chooses rounds by its own classifiers, and its teacher picks images: were one of them an arm's, too, the
    // arm would have been chosen by the luck of its first weights. Arms' seeds are 0 to 99.
    private const int LoopSeed = 400;

    public int Loop => loop;

    public RefinementRun Run => run;

    public RefinementSettings Settings => run.Settings;

    private ImmutableArray<string> Classes => run.Classes;

    public StepState? Need(StepSpec spec, int priority) => plan.Need(spec, priority + urgency);

    public StepState? Completed(string name) => plan.State.Completed(Named(name));

    public string Decide(string question, string answer, string because) => plan.Decide(Named(question), answer, because);

    public bool HasDecided(string question) => plan.State.Decisions.ContainsKey(Named(question));

    private string Named(string name) => prefix + Names.InLoop(loop, name);

    /// <summary>Hash of one of this loop's own inputs.</summary>
    public string Input(string name) => plan.State.Inputs[Names.InLoop(loop, name)];

    public bool HasInput(string name) => plan.State.Inputs.ContainsKey(Names.InLoop(loop, name));

    public StepSpec Spec(string name, string kind, ImmutableSortedDictionary<string, string>.Builder inputs, object settings, long seed) =>
        PlanBuilder.Spec(Named(name), kind, inputs, settings, seed);

    /// <summary>Seeds of one loop's steps lie apart; classifiers of equal number start alike in every arm.</summary>
    public long Seed(int of) => unchecked((Settings.Loop.Seed + (loop - 1) * 1_000_003L) * 1000 + of);

    /// <summary>Of the loop's own classifiers, which choose rounds, recipes and images; no arm's.</summary>
    public long OwnSeed => Seed(LoopSeed);

    public long GanSeed(string generator) => Seed(500 + (OnlyClass(generator) ?? 99));

    public long FilterSeed(int round) => Seed(600 + round);

    public long SampleSeed(int round) => Seed(700 + round);

    /// <summary>What a round's image ids begin with; no two loops, rounds, classes or kinds share one.</summary>
    public string IdPrefix(string kind, int round, int label) => loop == 1
        ? string.Create(CultureInfo.InvariantCulture, $"{kind}-{Classes[label]}-r{round}-")
        : string.Create(CultureInfo.InvariantCulture, $"{kind}-{Classes[label]}-l{loop}-r{round}-");

    public int? OnlyClass(string generator) => run.Generators.Length == 1 && Settings.Gan.Kind == "conditional" ? null : Classes.IndexOf(generator);

    /// <summary>Images kept of a class in a round.</summary>
    public int Kept(int round, int label) => (int)(Completed(Names.Sample(round, Classes[label]))?.Figures["kept"] ?? 0);

    /// <summary>Images that a classifier sees of those in turn: what was kept, and what the pool left over where classifiers are to see it, too.</summary>
    public int Seen(int round, int label) => SeenOf(Completed(Names.Sample(round, Classes[label])));

    /// <summary>The same of a sampling; null: none.</summary>
    public static int SeenOf(StepState? sample) => (int)(sample?.Figures["kept"] ?? 0) is var kept and > 0 ? kept + (int)sample!.Figures.GetValueOrDefault("spare") : 0;

    public void AddKept(ImmutableSortedDictionary<string, string>.Builder inputs, int rounds, int? onlyClass) => AddImages(inputs, rounds, onlyClass, Names.Sample);

    public void AddImages(ImmutableSortedDictionary<string, string>.Builder inputs, int rounds, int? onlyClass, Func<int, string, string> step)
    {
        for (var round = 1; round <= rounds; round++)
        {
            for (var label = 0; label < Classes.Length; label++)
            {
                if ((onlyClass is null || onlyClass == label) && Completed(step(round, Classes[label])) is { } sample && sample.Figures["kept"] > 0)
                {
                    inputs.Add(string.Create(CultureInfo.InvariantCulture, $"kept/{round:000}/{Classes[label]}"), sample.Files["kept"]);
                }
            }
        }
    }

    /// <summary>What the pools left over of the same rounds and classes, where classifiers are to see it, too.</summary>
    public void AddSpare(ImmutableSortedDictionary<string, string>.Builder inputs, int rounds)
    {
        for (var round = 1; round <= rounds; round++)
        {
            foreach (var name in Classes)
            {
                if (Completed(Names.Sample(round, name)) is { } sample && sample.Figures.GetValueOrDefault("kept") > 0 && sample.Figures.GetValueOrDefault("spare") > 0)
                {
                    inputs.Add(string.Create(CultureInfo.InvariantCulture, $"spare/{round:000}/{name}"), sample.Files["spare"]);
                }
            }
        }
    }

    public void AddRejected(ImmutableSortedDictionary<string, string>.Builder inputs, int rounds)
    {
        for (var round = 1; round <= rounds; round++)
        {
            foreach (var name in Classes)
            {
                if (Completed(Names.Sample(round, name)) is { } sample)
                {
                    inputs.Add(string.Create(CultureInfo.InvariantCulture, $"rejected/{round:000}/{name}"), sample.Files["rejected"]);
                }
            }
        }
    }

    /// <summary>Real faces that no generator of this loop has learned from: those held back, or the validation faces where those are too few.</summary>
    public ImmutableSortedDictionary<string, string>.Builder HeldOut() => HasInput(Names.HeldBack) && run.ComparesWithHeldBack(loop)
        ? PlanBuilder.Inputs((StepKinds.HeldOutRole + "1", Input(Names.HeldBack)))
        : PlanBuilder.Inputs((StepKinds.HeldOutRole + "1", Input(Names.ValidationA)), (StepKinds.HeldOutRole + "2", Input(Names.ValidationB)));

    /// <summary>Judge or auditor: the same for all loops, so it has no loop's name. Its figures are of the first loop's validation B.</summary>
    public StepSpec Judge(string network) => PlanBuilder.Spec(
        network == ClassifierFactory.Judge ? Names.Judge : Names.Auditor, StepKinds.Classifier,
        PlanBuilder.Inputs((Names.Train, plan.State.Inputs[Names.JudgeFaces]), (Names.ValidationB, plan.State.Inputs[Names.ValidationB])),
        new ClassifierStep(Judges.Settings(network, Settings.Classifier.Steps), "natural", 1), unchecked(Settings.Loop.Seed * 1000 + (network == ClassifierFactory.Judge ? 420 : 421)));

    /// <summary>The loop's own classifier before any round.</summary>
    public StepSpec Baseline() => Spec(Names.Baseline, StepKinds.Classifier, RealInputs(), new ClassifierStep(Settings.Classifier, "natural", OfRealFacesAlone), OwnSeed);

    /// <summary>One of the filter's teachers: trained on real faces without one fold.</summary>
    public StepSpec Teacher(int fold) => Spec(
        Names.Teacher(fold), StepKinds.Classifier, RealInputs(),
        new ClassifierStep(Settings.Classifier, "natural", OfRealFacesAlone) { Folds = Settings.Filter.CrossFit, Fold = fold }, Seed(410 + fold));

    /// <summary>The network whose middle layer near copies are looked for in: of the other architecture than the teachers', with a seed of its own.</summary>
    public StepSpec Witness()
    {
        // The network comes with a rate that both can take.
        var other = Settings.Classifier.Network == ClassifierFactory.Study ? ClassifierFactory.Default : ClassifierFactory.Study;
        var settings = Settings.Classifier with { Network = other, LearningRate = 0.001 };
        return Spec(Names.Witness, StepKinds.Classifier, RealInputs(), new ClassifierStep(settings, "natural", OfRealFacesAlone), Seed(430));
    }

    public StepSpec FilterFit(string name, ImmutableArray<string> teachers, FilterSettings settings, long seed, string? witness = null)
    {
        var inputs = PlanBuilder.Inputs((Names.ValidationA, Input(Names.ValidationA)), (Names.Train, Input(Names.Train)));
        AddTeachers(inputs, teachers);
        if (witness is not null)
        {
            inputs.Add(WitnessRole, witness);
        }

        return Spec(name, StepKinds.Filter, inputs, new FilterStep(settings), seed);
    }

    public ImmutableSortedDictionary<string, string>.Builder SampleInputs(StepState generator, StepState filter)
    {
        var inputs = PlanBuilder.Inputs(("generator", generator.Files["generator"]), ("filter", filter.Files["filter"]), (Names.Train, Input(Names.Train)));
        inputs.AddRange(filter.Spec.Inputs.Where(i => i.Key == WitnessRole || i.Key.StartsWith(TeacherRole, StringComparison.Ordinal)));
        return inputs;
    }

    public static void AddTeachers(ImmutableSortedDictionary<string, string>.Builder inputs, ImmutableArray<string> teachers)
    {
        for (var i = 0; i < teachers.Length; i++)
        {
            inputs.Add(teachers.Length == 1 ? TeacherRole : string.Create(CultureInfo.InvariantCulture, $"{TeacherRole}-{i}"), teachers[i]);
        }
    }

    public ImmutableSortedDictionary<string, string>.Builder RealInputs() => PlanBuilder.Inputs((Names.Train, Input(Names.Train)), (Names.ValidationB, Input(Names.ValidationB)));

    public const string TeacherRole = "teacher";

    public const string WitnessRole = "witness";
}
