using System.Collections.Immutable;
using Fer.Actors.Jobs;
using Fer.Actors.Jobs.Levers;
using Fer.Actors.Jobs.Refinement;
using Fer.Actors.Runs;
using Fer.Actors.Runs.V1;
using Fer.Actors.Storage;
using Fer.Actors.Tests.Refinement;

namespace Fer.Actors.Tests.Levers;

/// <summary>
/// Drives the screening's plan without computing anything, as a supervisor would: whatever is ready completes at once, and what asks for the same as a
/// completed step shares its files. A file's "hash" is made of its step's, so that equal steps have equal files.
/// </summary>
internal sealed class LeversDriver
{
    public LeversDriver(RefinementSettings settings, params LeverChoice[] levers)
    {
        var loops = LeversRun.Of(settings).Loop.Loops;
        var run = new LeversRun(settings, ["happy", "sad"], [40, 60], [.. levers]) { MoreTrainCounts = [.. Enumerable.Repeat(ImmutableArray.Create(40, 60), loops - 1)] };
        string[] own = [Names.Train, Names.ValidationA, Names.ValidationB];
        var inputs = Enumerable.Range(1, loops).SelectMany(loop => own.Select(name => Names.InLoop(loop, name))).Append(Names.DataReport);
        Apply(new RunStarted(default, "screened", LeverNames.Job, Json.Write(run), new Fingerprint(ImmutableSortedDictionary<string, string>.Empty), inputs.ToImmutableSortedDictionary(i => i, i => $"the {i}"), "0"));
        Apply(new Claimed(default, 1, "lab", 1));
    }

    public RunState State { get; private set; } = RunState.Empty;

    /// <summary>Steps that were computed, in order.</summary>
    public List<StepSpec> Computed { get; } = [];

    public ImmutableSortedDictionary<string, double>? Result { get; private set; }

    /// <summary>Which of the ready steps completes next.</summary>
    public Func<IReadOnlyList<PlannedStep>, PlannedStep> Choose { get; init; } = ready => ready.MaxBy(r => r.Priority)!;

    /// <summary>Steps of a variant, computed or shared, by their names below it.</summary>
    public IReadOnlyDictionary<string, StepState> Of(string variant) =>
        State.Steps.Where(s => s.Key.StartsWith(LeverNames.PrefixOf(variant), StringComparison.Ordinal)).ToDictionary(s => s.Key[LeverNames.PrefixOf(variant).Length..], s => s.Value);

    public LeversDriver Finish()
    {
        while (Result is null)
        {
            var answer = LeversJob.Instance.Next(State);
            foreach (var d in answer.Decisions)
            {
                Assert.False(State.Decisions.ContainsKey(d.Question), $"{d.Question} is decided twice.");
                Apply(new Decided(default, d.Question, d.Answer, d.Because));
            }

            Result = answer.Result;
            if (answer.Decisions.IsEmpty && Result is null)
            {
                Move(answer.Ready);
            }
        }

        return this;
    }

    private void Move(ImmutableArray<PlannedStep> ready)
    {
        Assert.NotEmpty(ready);
        Assert.Equal(ready.Length, ready.Select(r => r.Spec.Name).Distinct().Count());
        var made = State.Steps.Values.GroupBy(s => s.Hash).ToDictionary(g => g.Key, g => g.First().Spec.Name);
        var shared = ready.Select(r => (r.Spec, Hash: r.Spec.HashUnder(State.Fingerprint))).Where(r => made.ContainsKey(r.Hash)).ToList();
        if (shared.Count > 0)
        {
            shared.ForEach(s => Apply(new StepShared(default, s.Spec, s.Hash, made[s.Hash])));
            return;
        }

        var spec = Choose(ready).Spec;
        var hash = spec.HashUnder(State.Fingerprint);
        Apply(new StepStarted(default, spec, hash, "cpu:0", 1, 0));
        Apply(new StepCompleted(default, spec.Name, Files(spec).ToImmutableSortedDictionary(f => f, f => $"{hash}:{f}"), Figures(spec)));
        Computed.Add(spec);
        Assert.True(Computed.Count < 10_000, "The plan does not end.");
    }

    private static string[] Files(StepSpec spec) => spec.Kind switch
    {
        StepKinds.Classifier => ["weights", "curve", "predictions"],
        StepKinds.Filter => ["filter"],
        StepKinds.WarmUp => ["gan"],
        StepKinds.Gan => ["gan", "generator", "curve"],
        StepKinds.Sample => ["kept", "rejected", "drawn", "spare"],
        StepKinds.Soft => ["soft"],
        StepKinds.Validate or StepKinds.Recalls or StepKinds.Quality => [],
        _ => [LeverNames.Recipe],
    };

    private static ImmutableSortedDictionary<string, double> Figures(StepSpec spec) => (spec.Kind switch
    {
        StepKinds.Classifier => new Dictionary<string, double> { ["macroF1"] = 0.5 },
        StepKinds.Sample => new() { ["kept"] = PlanDriver.Request(spec).Target, ["spare"] = PlanDriver.Request(spec).Spare ? 1 : 0 },
        StepKinds.Recalls => new() { ["recall.happy"] = 0.8, ["recall.sad"] = 0.4 },
        StepKinds.Quality => new() { ["recall"] = 0.5 / PlanDriver.RoundOf(spec) },
        StepKinds.Validate => new() { ["gain"] = 0.02, ["gainError"] = 0.01 },
        _ => [],
    }).ToImmutableSortedDictionary();

    private void Apply(IRunEvent e) => State = State.Apply(e);
}
