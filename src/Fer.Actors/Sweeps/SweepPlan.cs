using System.Collections.Immutable;
using System.Numerics;
using Fer.Actors.Sweeps.Search;
using Fer.Actors.Sweeps.V1;

namespace Fer.Actors.Sweeps;

/// <summary>
/// What a sweep decides next, a function of its folded journal: the same journal gives the same choices, whoever asks and however often.
/// What it remembers is only what it need not ask again.
/// </summary>
/// <param name="sampler">Where to look next.</param>
/// <param name="pruner">Whom to end early.</param>
public sealed class SweepPlan(ISampler sampler, IPruner pruner)
{
    private (SweepState? State, ImmutableArray<PastTrial> Past) seen;
    private (SearchSpace? Space, BigInteger Size) grid;

    // With this much known nobody who waits was let on.
    private int? asked;

    /// <summary>Events to write, in this order; none: there is nothing to decide before something happens.</summary>
    /// <param name="limit">Trials that slots have room for, those that run among them.</param>
    public ImmutableArray<ISweepEvent> Next(SweepState state, int limit, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(state);
        if (state.IsOver || state.Spec is not { } spec)
        {
            return [];
        }

        var events = ImmutableArray.CreateBuilder<ISweepEvent>();
        void Add(ISweepEvent e)
        {
            state = state.Apply(e);
            events.Add(e);
        }

        limit = Math.Min(limit, spec.Parallel);
        LetOn(() => state, Add, limit, now);
        Judge(() => state, Add, limit, now);
        Fill(() => state, Add, now);
        while (state.Status == SweepStatus.Running && state.Filled.Length == 0 && state.Running < limit)
        {
            var number = state.Trials.Count + 1;
            if (sampler.Next(spec.Space, spec.Seed, number, sampler.LooksBack ? PastOf(state) : []) is not { } values)
            {
                Add(new SweepFilled(now, "exhausted"));
                break;
            }

            Add(new TrialPlanned(now, number, values));
            Fill(() => state, Add, now);
        }

        if (state.Filled.Length > 0 && state.Active.IsEmpty && state.Status == SweepStatus.Running)
        {
            Last(() => state, Add, limit, now);
            if (state.Active.IsEmpty && state.Waiting.IsEmpty)
            {
                Add(new SweepCompleted(now, state.Best, state.BestTrial?.Value));
            }
        }

        return events.ToImmutable();
    }

    /// <summary>Trials that would run if there were room, beside those that do.</summary>
    public int Wants(SweepState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        if (state.Status != SweepStatus.Running || state.Spec is not { } spec)
        {
            return 0;
        }

        var more = state.Filled.Length == 0 ? spec.Parallel
            : state.Active.IsEmpty ? Math.Min(1, state.Waiting.Count)
            : state.Standing.Count + (state.News == asked ? 0 : Freed(state).Count());
        return Math.Clamp(spec.Parallel - state.Running, 0, more);
    }

    // Those that stood with their sweep were under way: they come before others.
    private static void LetOn(Func<SweepState> state, Action<ISweepEvent> add, int limit, DateTimeOffset now)
    {
        if (state().Status == SweepStatus.Running)
        {
            foreach (var number in state().Standing.TakeWhile(_ => state().Running < limit))
            {
                add(new TrialLetOn(now, number));
            }
        }
    }

    private void Fill(Func<SweepState> state, Action<ISweepEvent> add, DateTimeOffset now)
    {
        if (state() is { Status: SweepStatus.Running, Filled.Length: 0 } s && Limit(s) is { } reached)
        {
            add(new SweepFilled(now, reached));
        }
    }

    private string? Limit(SweepState state) =>
        state.Spec!.Trials is { } most && state.Trials.Count >= most ? "trials"
        : state.Spec.DeviceHours > 0 && state.DeviceSeconds >= 3600 * state.Spec.DeviceHours ? "device-hours"
        : state.Spec.Sampler == "grid" && state.Trials.Count >= SizeOf(state.Spec.Space) ? "exhausted"
        : null;

    private BigInteger SizeOf(SearchSpace space)
    {
        if (grid.Space != space)
        {
            grid = (space, space.GridSize());
        }

        return grid.Size;
    }

    // Those that wait first, each time more is known; then what running trials have newly reported.
    private void Judge(Func<SweepState> state, Action<ISweepEvent> add, int limit, DateTimeOffset now)
    {
        Free(state, add, limit, now);
        foreach (var number in state().Active)
        {
            while (!state().Trial(number).Doomed && state().Active.Contains(number) && Unjudged(state().Trial(number)) is { } rung)
            {
                var answer = pruner.Decide(PastOf(state()), number, rung, isLast: false);
                Answer(state().Trial(number), rung, answer, add, now);

                // What it has reported may let others on.
                asked = answer == PruneAnswer.Wait ? asked : null;
            }
        }
    }

    // A sweep that stands lets nobody on.
    private void Free(Func<SweepState> state, Action<ISweepEvent> add, int limit, DateTimeOffset now)
    {
        var s = state();
        if (s.Status != SweepStatus.Running || s.Waiting.IsEmpty || s.News == asked)
        {
            return;
        }

        var freed = Freed(s).ToList();
        foreach (var number in freed.TakeWhile(_ => state().Running < limit))
        {
            Answer(state().Trial(number), state().Trial(number).Judged, PruneAnswer.GoOn, add, now);
        }

        asked = freed.TrueForAll(n => !state().Waiting.Contains(n)) ? s.News : null;
    }

    private IEnumerable<int> Freed(SweepState state)
    {
        var waiting = state.Waiting.Select(state.Trial).Where(t => !t.Doomed).Select(t => (t.Number, t.Judged)).ToList();
        return waiting.Count == 0 ? [] : pruner.Freed(PastOf(state), waiting);
    }

    private int? Unjudged(TrialState trial) => trial.Reports.Select(r => (int?)r.Rung).FirstOrDefault(r => r > trial.Judged && pruner.Looks(r.Value));

    private static void Answer(TrialState trial, int rung, PruneAnswer answer, Action<ISweepEvent> add, DateTimeOffset now) =>
        add(new TrialJudged(now, trial.Number, rung, answer switch { PruneAnswer.GoOn => "go-on", PruneAnswer.Wait => "wait", _ => "end" }));

    // Nothing runs and nothing will be planned: the best of those that wait is let on or else ended, then the next, until one goes on. Then the
    // others wait again, in case it fails.
    private void Last(Func<SweepState> state, Action<ISweepEvent> add, int limit, DateTimeOffset now)
    {
        var sign = state().Spec!.Minimize ? -1 : 1;
        var waiting = state().Waiting.Select(state().Trial).Where(t => !t.Doomed).OrderByDescending(t => t.Judged).ThenByDescending(t => sign * t.Reports[^1].Value).ThenBy(t => t.Number).ToList();
        foreach (var trial in waiting.TakeWhile(_ => state().Active.IsEmpty))
        {
            var answer = pruner.Decide(PastOf(state()), trial.Number, trial.Judged, isLast: true);
            if (answer == PruneAnswer.GoOn && limit < 1)
            {
                // It is its turn as soon as there is room.
                return;
            }

            if (answer != PruneAnswer.Wait)
            {
                Answer(trial, trial.Judged, answer, add, now);
            }
        }
    }

    private ImmutableArray<PastTrial> PastOf(SweepState state)
    {
        if (!ReferenceEquals(seen.State, state))
        {
            seen = (state, Past(state));
        }

        return seen.Past;
    }

    /// <summary>Trials as samplers and pruners see them: higher is better.</summary>
    public static ImmutableArray<PastTrial> Past(SweepState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        var sign = state.Spec!.Minimize ? -1 : 1;
        return [.. state.Trials.Select(t => new PastTrial(t.Number, t.Values, t.Status, t.Reports.IsEmpty ? [] : [.. t.Reports.Select(r => r with { Value = sign * r.Value })], sign * t.Value))];
    }
}
