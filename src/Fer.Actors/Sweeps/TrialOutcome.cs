using System.Collections.Immutable;
using Fer.Actors.Runs;

namespace Fer.Actors.Sweeps;

/// <summary>What a run's end means for its trial. Pure.</summary>
internal static class TrialOutcome
{
    /// <summary>What was made before is there at once.</summary>
    private const double Noticed = 0.001;

    private const int HashShown = 16;

    /// <param name="status">As the run's row has it.</param>
    /// <param name="run">Its folded journal.</param>
    /// <param name="objective">A figure of the result.</param>
    public static TrialOver Of(int trial, int attempt, string status, string reason, RunState run, string objective)
    {
        var over = new TrialOver(trial, attempt, status, null, reason, TriesOf(run))
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

    /// <summary>How long slots were busy with each try at each step of a run, in seconds. What a host took along when it fell silent is not counted, since nobody knows when it stopped.</summary>
    public static ImmutableSortedDictionary<string, double> TriesOf(RunState run) => run.Steps.Values
        .SelectMany(s => s.Attempts.Where(a => a is { Ended: not null, End: not "left" }).Select(a => (Key: KeyOf(s.Hash, a.Number), (a.Ended!.Value - a.Started).TotalSeconds)))
        .Where(t => t.TotalSeconds >= Noticed).GroupBy(t => t.Key, StringComparer.Ordinal).ToImmutableSortedDictionary(g => g.Key, g => g.Max(t => t.TotalSeconds), StringComparer.Ordinal);

    private static string KeyOf(string hash, int number) => FormattableString.Invariant($"{hash[..Math.Min(hash.Length, HashShown)]}/{number}");
}
