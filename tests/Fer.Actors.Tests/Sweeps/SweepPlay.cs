using System.Collections.Immutable;
using Fer.Actors.Storage;
using Fer.Actors.Sweeps;
using Fer.Actors.Sweeps.Search;
using Fer.Actors.Sweeps.V1;
using static Fer.Actors.Tests.Sweeps.Search.Spaces;

namespace Fer.Actors.Tests.Sweeps;

/// <summary>A sweep without actors: its plan decides, and trials come on, end and fail in an order drawn from a seed.</summary>
internal sealed class SweepPlay
{
    private static readonly DateTimeOffset At = DateTimeOffset.UnixEpoch;

    private readonly SweepPlan plan;
    private readonly List<ISweepEvent> journal = [];

    public SweepPlay(SweepSpec spec)
    {
        plan = new SweepPlan(Samplers.Find(spec.Sampler), Pruners.Of(spec.Pruner));
        Happens(new SweepStarted(At, "sweep", Json.Write(spec), "test"));
    }

    /// <summary>Two real settings and a choice, a parabola over them.</summary>
    public static SweepSpec Spec { get; } = new()
    {
        Base = "", Objective = "figure", Trials = 12, Parallel = 3, Data = ImmutableSortedDictionary<string, TrialData>.Empty,
        Space = Of(Choice("kind", "a", "b"), Real("x", -1, 1, points: 3), Real("y", 0.001, 1, isLog: true, points: 2)),
    };

    public SweepState State { get; private set; } = SweepState.Empty;

    public IReadOnlyList<ISweepEvent> Journal => journal;

    /// <summary>What the plan decided, with what it knew: how many events, and how much room.</summary>
    public List<(int Known, int Room, ImmutableArray<ISweepEvent> Decided)> Decisions { get; } = [];

    public int Wants => plan.Wants(State);

    public void Happens(ISweepEvent e)
    {
        journal.Add(e);
        State = State.Apply(e);
    }

    /// <summary>Asks the plan until it has nothing to say.</summary>
    public void Decide(int room)
    {
        while (plan.Next(State, room, At) is { IsEmpty: false } events)
        {
            Decisions.Add((journal.Count, room, events));
            foreach (var e in events)
            {
                Happens(e);
            }
        }
    }

    /// <summary>What another coordinator would.</summary>
    public ImmutableArray<ISweepEvent> WouldDecide(SweepState state, int room) => new SweepPlan(Samplers.Find(state.Spec!.Sampler), Pruners.Of(state.Spec.Pruner)).Next(state, room, At);

    /// <summary>To the end, whatever the order. Trials have so many rungs; one of so many attempts fails.</summary>
    public SweepState ToTheEnd(int seed, int rungs, double failures = 0, double pauses = 0)
    {
        var random = new Random(seed);
        for (Decide(random.Next(1, 5)); !State.IsOver; Decide(random.Next(1, 5)))
        {
            if (random.NextDouble() < pauses)
            {
                Happens(new SweepPaused(At, "drawn"));
                Decide(random.Next(1, 5));
                Happens(new SweepResumed(At) { OneByOne = true });
                continue;
            }

            // Whoever is pruned, and whoever runs; those that wait stand.
            var moving = State.Active.Except(State.Standing).Concat(State.Waiting.Where(t => State.Trial(t).Doomed)).ToList();
            Assert.True(moving.Count > 0, $"The sweep stands: {SweepSummary.Of(State)}");
            var trial = State.Trial(moving[random.Next(moving.Count)]);
            if (trial.Doomed)
            {
                Happens(new TrialEnded(At, trial.Number, trial.Attempt, "pruned", trial.Reports[^1].Value, "", 1));
            }
            else if (random.NextDouble() < failures)
            {
                Happens(new TrialEnded(At, trial.Number, trial.Attempt, "failed", null, "drawn", 1));
            }
            else if (trial.Reports.Length < rungs)
            {
                Happens(new TrialReported(At, trial.Number, trial.Reports.Length + 1, Value(trial, trial.Reports.Length + 1, rungs)));
            }
            else
            {
                Happens(new TrialEnded(At, trial.Number, trial.Attempt, "completed", Value(trial, rungs, rungs), "", 1));
            }
        }

        return State;
    }

    private static double Value(TrialState trial, int rung, int rungs) => (double)rung / rungs * ((trial.Values["kind"] == "a" ? 0.1 : 0) - Math.Pow(trial.Values.Number("x") - 0.3, 2));
}
