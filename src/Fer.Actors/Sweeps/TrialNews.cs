using System.Collections.Immutable;
using Fer.Actors.Sweeps.V1;

namespace Fer.Actors.Sweeps;

/// <summary>What a sweep writes about a trial whose run has come on or is over. Pure; words about a try that counts no more may come late, and are none.</summary>
internal static class TrialNews
{
    /// <returns>Reports that are new, which may be none; null: the word counts no more.</returns>
    public static ImmutableArray<ISweepEvent>? Of(SweepState state, TrialMoved m, DateTimeOffset now)
    {
        if (!state.Active.Contains(m.Trial) || state.Trial(m.Trial) is var trial && (trial.Attempt != m.Attempt || trial.Doomed))
        {
            return null;
        }

        var last = trial.Reports.IsEmpty ? 0 : trial.Reports[^1].Rung;
        return [.. m.Reports.Where(r => r.Rung > last).Select(r => (ISweepEvent)new TrialReported(now, m.Trial, r.Rung, r.Value))];
    }

    /// <returns>Its end, or its next try; null: the word counts no more.</returns>
    public static ImmutableArray<ISweepEvent>? Of(SweepState state, TrialOver over, DateTimeOffset now)
    {
        if (over.Trial > state.Trials.Count || state.Trial(over.Trial) is var trial && (trial.IsOver || trial.Attempt != over.Attempt))
        {
            return null;
        }

        if (trial.Doomed && over.Status != RunRowStatus.Completed)
        {
            return End(state, over with { Status = "pruned", Value = null, Reason = FormattableString.Invariant($"others were better at {trial.Judged}") }, now);
        }

        return over.Status == RunRowStatus.Failed && !over.IsFinal && trial.Attempt <= state.Spec!.Retries
            ? DeviceTime.Of(state, trial.Number, over.Tries, now, seconds => new TrialRetried(now, trial.Number, trial.Attempt + 1, "policy", over.Reason, seconds))
            : End(state, over, now);
    }

    private static ImmutableArray<ISweepEvent> End(SweepState state, TrialOver over, DateTimeOffset now) =>
        DeviceTime.Of(state, over.Trial, over.Tries, now, seconds => new TrialEnded(now, over.Trial, over.Attempt, over.Status, over.Value, over.Reason, seconds) { Steps = over.Steps, Reused = over.Reused });
}
