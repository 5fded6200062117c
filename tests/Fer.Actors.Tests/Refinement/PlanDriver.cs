using System.Collections.Immutable;
using System.Text.Json;
using Fer.Actors.Jobs;
using Fer.Actors.Jobs.Refinement;
using Fer.Actors.Runs;
using Fer.Actors.Runs.V1;
using Fer.Actors.Storage;
using Fer.Models.Evaluation;
using Fer.Models.Generators;

namespace Fer.Actors.Tests.Refinement;

/// <summary>
/// Drives the refinement plan without computing anything: whatever step is ready completes at once, with the files that
/// <see cref="Names"/> says it has, each "hashed" to its own name (<c>gan/round-1/all:generator</c>), and made-up figures.
/// </summary>
internal sealed class PlanDriver
{
    private readonly Dictionary<string, string> specs = [];

    public PlanDriver(RefinementSettings settings, string[] classes, int[] counts, bool warmUpWeights = false, bool heldBack = false, bool judgeFold = false, int[]? heldBackCounts = null)
    {
        Classes = classes;
        var inputs = new List<string> { Names.Test, Names.DataReport };
        for (var loop = 1; loop <= settings.Loop.Loops; loop++)
        {
            string[] own = [Names.Train, Names.ValidationA, Names.ValidationB, .. heldBack ? new[] { Names.HeldBack } : []];
            inputs.AddRange(own.Select(name => Names.InLoop(loop, name)));
        }

        if (judgeFold)
        {
            inputs.Add(Names.JudgeFaces);
        }

        if (warmUpWeights)
        {
            inputs.Add(Names.WarmUpWeights);
        }

        var run = new RefinementRun(settings, [.. classes], [.. counts])
        {
            HeldBackCounts = heldBackCounts is null ? [] : [.. Enumerable.Repeat(heldBackCounts.ToImmutableArray(), settings.Loop.Loops)],
            MoreTrainCounts = [.. Enumerable.Repeat(counts.ToImmutableArray(), settings.Loop.Loops - 1)],
        };
        Apply(new RunStarted(default, "planned", Names.Job, Json.Write(run), new Fingerprint(ImmutableSortedDictionary<string, string>.Empty), inputs.ToImmutableSortedDictionary(i => i, i => $"the {i}"), "0"));
        Apply(new Claimed(default, 1, "lab", 1));
    }

    public string[] Classes { get; }

    public RunState State { get; private set; } = RunState.Empty;

    /// <summary>Steps in the order in which they completed.</summary>
    public List<StepSpec> Done { get; } = [];

    public ImmutableSortedDictionary<string, double>? Result { get; private set; }

    /// <summary>What a round gains over the best before it, and that gain's standard error.</summary>
    public Func<int, (double Gain, double Error)> Gains { get; init; } = _ => (0.02, 0.01);

    /// <summary>Macro F1 of a classifier on validation B.</summary>
    public Func<StepSpec, double> MacroF1 { get; init; } = _ => 0.5;

    /// <summary>Share of a class's validation faces that a round's classifier finds.</summary>
    public Func<int, string, double> Recall { get; init; } = (_, _) => 0.5;

    /// <summary>Recall of what a round's generators draw.</summary>
    public Func<int, double> Variety { get; init; } = _ => 0.5;

    /// <summary>The same of one measurement; null: as <see cref="Variety"/> says.</summary>
    public Func<StepSpec, double>? RecallOf { get; init; }

    /// <summary>How many images the filter keeps: round, class, how many were asked for.</summary>
    public Func<int, string, int, int> Kept { get; init; } = (_, _, target) => target;

    /// <summary>Which of the ready steps completes next.</summary>
    public Func<IReadOnlyList<PlannedStep>, PlannedStep> Choose { get; init; } = ready => ready.OrderByDescending(r => r.Priority).First();

    public StepSpec this[string step] => State.Steps[step].Spec;

    public PlanDriver Finish()
    {
        while (Result is null)
        {
            Move();
        }

        return this;
    }

    /// <summary>Until a step of this name is ready.</summary>
    public PlanDriver Until(string step)
    {
        while (Ask().Ready.All(r => r.Spec.Name != step))
        {
            Assert.True(Result is null, $"{step} never became ready.");
            Move();
        }

        return this;
    }

    /// <summary>What is ready now, by name.</summary>
    public IReadOnlyDictionary<string, PlannedStep> Ready()
    {
        Decide();
        return Ask().Ready.ToDictionary(r => r.Spec.Name);
    }

    public void Complete(StepSpec spec)
    {
        var (files, figures) = Make(spec);
        Apply(new StepStarted(default, spec, spec.HashUnder(State.Fingerprint), "cpu:0", 1, 0));
        Apply(new StepCompleted(default, spec.Name, files.ToImmutableSortedDictionary(f => f, f => $"{spec.Name}:{f}"), figures));
        Done.Add(spec);
    }

    private void Move()
    {
        Decide();
        var answer = Ask();
        if (answer.Result is not null)
        {
            Result = answer.Result;
            return;
        }

        Assert.NotEmpty(answer.Ready);
        Complete(Choose(answer.Ready).Spec);
        Assert.True(Done.Count < 10_000, "The plan does not end.");
    }

    private void Decide()
    {
        while (Ask().Decisions is { IsEmpty: false } decisions)
        {
            foreach (var d in decisions)
            {
                Assert.False(State.Decisions.ContainsKey(d.Question), $"{d.Question} is decided twice.");
                Apply(new Decided(default, d.Question, d.Answer, d.Because));
            }
        }
    }

    /// <summary>Asks twice: the same state must give the same answer, and a step that waits must not change.</summary>
    private PlanAnswer Ask()
    {
        var answer = RefinementJob.Instance.Next(State);
        Assert.Equal(Json.Write(answer), Json.Write(RefinementJob.Instance.Next(State)));
        Assert.Equal(answer.Ready.Length, answer.Ready.Select(r => r.Spec.Name).Distinct().Count());
        foreach (var (spec, _) in answer.Ready)
        {
            Assert.Null(State.Completed(spec.Name));
            Assert.Equal(specs.GetValueOrDefault(spec.Name) ?? Json.Write(spec), Json.Write(spec));
            specs[spec.Name] = Json.Write(spec);
        }

        return answer;
    }

    /// <summary>Names of the files and figures that a step of this kind is given here.</summary>
    public static (IEnumerable<string> Files, IEnumerable<string> Figures) Made(StepSpec spec)
    {
        var (files, figures) = new PlanDriver(new RefinementSettings(), ["happy", "sad"], [1, 1]).Make(spec);
        return (files, figures.Keys);
    }

    private (IEnumerable<string> Files, ImmutableSortedDictionary<string, double> Figures) Make(StepSpec spec)
    {
        var name = spec.Name.Split('/');
        switch (spec.Kind)
        {
            case StepKinds.Classifier:
                return (["weights", "curve", "predictions"], Figures(("accuracy", 0.6), ("macroF1", MacroF1(spec))));
            case StepKinds.Filter:
                return (["filter"], Figures());
            case StepKinds.WarmUp:
                return (["gan"], Figures());
            case StepKinds.Gan:
                return (["gan", "generator", "curve"], Figures());
            case StepKinds.Sample:
                var target = Request(spec).Target;
                var kept = name[^3] == "sample" ? Kept(RoundOf(spec), name[^1], target) : target;
                var spare = Request(spec).Spare;
                return (["kept", "rejected", "drawn", .. spare ? new[] { "spare" } : []], Figures([("drawn", 3 * target), ("kept", kept), ("rejected.confidence", 3 * target - kept), .. spare ? new[] { ("spare", 2.0 * kept) } : []]));
            case StepKinds.Placebo:
                var count = Json.Read<PlaceboStep>(spec.Settings).Count;
                return (["kept", "rejected", "drawn"], Figures(("drawn", count), ("kept", count)));
            case StepKinds.Soft:
                return (["soft"], Figures(("accuracy", 0.6), ("confidence", 0.5)));
            case StepKinds.Validate:
                var (gain, error) = Gains(RoundOf(spec));
                return ([], Figures(("delta", gain), ("standardError", error), ("gain", gain), ("gainError", error), ("baseline.macroF1", 0.5), ("round.macroF1", 0.5 + gain)));
            case StepKinds.Recalls:
                return ([], Figures([.. Classes.Select(c => (Names.RecallOf(c), Recall(RoundOf(spec), c)))]));
            case StepKinds.Quality:
                return ([], Figures(("recall", RecallOf?.Invoke(spec) ?? Variety(RoundOf(spec)))));
            case StepKinds.Audit:
                return ([], Figures());
            case StepKinds.Test:
                return (spec.Inputs.Keys.Where(r => r != Names.Test), Figures());
            default:
                Assert.Equal(StepKinds.Verdict, spec.Kind);
                return ([], Figures(("vsControl.delta", 0.031), ("vsControl.low", -0.004), ("vsControl.high", 0.066), ("vsControl.verdict", Comparisons.CodeOf(TwoArms.Undecided)), ("refined.macroF1", 0.53)));
        }
    }

    public static SampleRequest Request(StepSpec spec) => Json.Read<SampleStep>(spec.Settings).Request;

    public static int RoundOf(StepSpec spec) => int.Parse(spec.Name.Split('/').First(p => p.StartsWith("round-", StringComparison.Ordinal))["round-".Length..]);

    private static ImmutableSortedDictionary<string, double> Figures(params (string Name, double Value)[] figures) => figures.ToImmutableSortedDictionary(f => f.Name, f => f.Value);

    private void Apply(IRunEvent e) => State = State.Apply(e);
}
