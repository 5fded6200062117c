using Fer.Actors.Runs;

namespace Fer.Actors.Sweeps;

/// <summary>What a run's end means for its trial. Pure.</summary>
internal static class TrialOutcome
{
    /// <param name="status">As the run's row has it.</param>
    /// <param name="run">Its folded journal.</param>
    /// <param name="objective">A figure of the result.</param>
    public static TrialOver Of(int trial, int attempt, string status, string reason, RunState run, string objective)
    {
        var over = new TrialOver(trial, attempt, status, null, reason, DeviceSecondsOf(run))
        {
            Steps = run.Steps.Values.Count(s => s.Status == StepStatus.Completed), Reused = run.Steps.Values.Count(s => s.WasThere),
        };
        if (status != RunRowStatus.Completed)
        {
            return over;
        }

        return run.Figures.TryGetValue(objective, out var value) && double.IsFinite(value)
            ? over with { Value = value, Reason = "" }
            : over with { Status = RunRowStatus.Failed, Reason = $"its result has no figure {objective}", IsFinal = true };
    }

    /// <summary>How long slots were busy with a run. A step that two runs wait for at once counts for both; what a host took along when it fell silent is not counted, since nobody knows when it stopped.</summary>
    public static double DeviceSecondsOf(RunState run) => run.Steps.Values.Sum(s => s.Attempts.Sum(a => a is { Ended: { } end, End: not "left" } ? Math.Max(0, (end - a.Started).TotalSeconds) : 0));
}
