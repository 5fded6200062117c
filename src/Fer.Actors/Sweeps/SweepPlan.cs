using System.Collections.Immutable;
using Fer.Actors.Sweeps.Search;
using Fer.Actors.Sweeps.V1;

namespace Fer.Actors.Sweeps;

/// <summary>
/// What a sweep decides next, a pure function of its folded journal: the same journal gives the same choices, whoever asks and however often.
/// </summary>
/// <param name="sampler">Where to look next.</param>
/// <param name="pruner">Whom to end early.</param>
public sealed class SweepPlan(ISampler sampler, IPruner pruner)
{
    /// <summary>Events to write, in this order; none: there is nothing to decide before something happens.</summary>
    /// <param name="mayStart">Trials that slots have room for now.</param>
    public ImmutableArray<ISweepEvent> Next(SweepState state, int mayStart, DateTimeOffset now)
    {
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

        Judge(() => state, Add, now);
        if (state.Status == SweepStatus.Running && state.Filled.Length == 0 && Limit(state) is { } reached)
        {
            Add(new SweepFilled(now, reached));
        }

        for (; mayStart > 0 && state.Status == SweepStatus.Running && state.Filled.Length == 0 && state.Active.Count < spec.Parallel; mayStart--)
        {
            var number = state.Trials.Count + 1;
            if (sampler.Next(spec.Space, spec.Seed, number, Past(state)) is not { } values)
            {
                Add(new SweepFilled(now, "exhausted"));
                break;
            }

            Add(new TrialPlanned(now, number, values));
            if (Limit(state) is { } full)
            {
                Add(new SweepFilled(now, full));
            }
        }

        if (state.Filled.Length > 0 && state.Active.IsEmpty && state.Status == SweepStatus.Running)
        {
            Last(() => state, Add, now);
            if (state.Active.IsEmpty && state.Waiting.IsEmpty)
            {
                Add(new SweepCompleted(now, state.Best, state.BestTrial?.Value));
            }
        }

        return events.ToImmutable();
    }

    private static string? Limit(SweepState state) =>
        state.Spec!.Trials is { } most && state.Trials.Count >= most ? "trials"
        : state.Spec.DeviceHours > 0 && state.DeviceSeconds >= 3600 * state.Spec.DeviceHours ? "device-hours"
        : null;

    // Those that wait first, each time more is known; then what running trials have newly reported.
    private void Judge(Func<SweepState> state, Action<ISweepEvent> add, DateTimeOffset now)
    {
        // A sweep that stands lets nobody on.
        foreach (var number in state().Status == SweepStatus.Running ? state().Waiting.Where(n => !state().Trial(n).Doomed) : [])
        {
            var trial = state().Trial(number);
            if (pruner.Decide(Past(state()), number, trial.Judged, isLast: false) is var answer and not PruneAnswer.Wait)
            {
                Answer(trial, trial.Judged, answer, add, now);
            }
        }

        foreach (var number in state().Active)
        {
            while (!state().Trial(number).Doomed && state().Active.Contains(number) && Unjudged(state().Trial(number)) is { } rung)
            {
                Answer(state().Trial(number), rung, pruner.Decide(Past(state()), number, rung, isLast: false), add, now);
            }
        }
    }

    private int? Unjudged(TrialState trial) => trial.Reports.Select(r => (int?)r.Rung).FirstOrDefault(r => r > trial.Judged && pruner.Looks(r.Value));

    private static void Answer(TrialState trial, int rung, PruneAnswer answer, Action<ISweepEvent> add, DateTimeOffset now) =>
        add(new TrialJudged(now, trial.Number, rung, answer switch { PruneAnswer.GoOn => "go-on", PruneAnswer.Wait => "wait", _ => "end" }));

    // Nothing runs and nothing will be planned: the best of those that wait is let on or else ended, then the next, until one goes on. Then the
    // others wait again, in case it fails.
    private void Last(Func<SweepState> state, Action<ISweepEvent> add, DateTimeOffset now)
    {
        var sign = state().Spec!.Minimize ? -1 : 1;
        var waiting = state().Waiting.Select(state().Trial).Where(t => !t.Doomed).OrderByDescending(t => t.Judged).ThenByDescending(t => sign * t.Reports[^1].Value).ThenBy(t => t.Number).ToList();
        foreach (var trial in waiting.TakeWhile(_ => state().Active.IsEmpty))
        {
            if (pruner.Decide(Past(state()), trial.Number, trial.Judged, isLast: true) is var answer and not PruneAnswer.Wait)
            {
                Answer(trial, trial.Judged, answer, add, now);
            }
        }
    }

    /// <summary>Trials as samplers and pruners see them: higher is better.</summary>
    public static ImmutableArray<PastTrial> Past(SweepState state)
    {
        var sign = state.Spec!.Minimize ? -1 : 1;
        return [.. state.Trials.Select(t => new PastTrial(t.Number, t.Values, t.Status, t.Reports.IsEmpty ? [] : [.. t.Reports.Select(r => r with { Value = sign * r.Value })], sign * t.Value))];
    }
}
