using Fer.Actors.Runs;
using Fer.Host.Hosting;

namespace Fer.Host.Live;

/// <summary>
/// How long a run will still take: what its running steps lack at their present rate, and for each step that is to come the
/// mean time of the completed ones of its kind. A rough figure for a person; it decides nothing.
/// </summary>
/// <param name="foreseen">Names of all steps that the run will have at most.</param>
/// <param name="slots">Steps that run at the same time at most.</param>
internal sealed class Forecast(IReadOnlyList<string> foreseen, int slots)
{
    /// <summary><c>4 min 10 s</c>; <c>at least 2 min</c> while a kind of step has never been seen; null when nothing is known.</summary>
    public string? Left(ProgressView view)
    {
        var known = MeanSeconds(view.State);
        var running = view.Steps.ToDictionary(s => s.Step, StringComparer.Ordinal);
        var lastRounds = LastRounds(view.State);
        var (total, longest, unknown) = (0.0, 0.0, false);
        foreach (var step in foreseen.Where(s => view.State.Completed(s) is null && StepPlace.Of(s).Round <= lastRounds.GetValueOrDefault(StepPlace.ScopeOf(s), int.MaxValue)))
        {
            var left = running.TryGetValue(step, out var row) && row.Left is { } of
                ? of.TotalSeconds
                : known.TryGetValue(Kind(step), out var mean) ? mean : (double?)null;
            unknown |= left is null;
            total += left ?? 0;
            longest = Math.Max(longest, left ?? 0);
        }

        if (total == 0)
        {
            return null;
        }

        var time = Words.Time(TimeSpan.FromSeconds(Math.Max(longest, total / Math.Max(1, slots))));
        return unknown ? $"at least {time}" : time;
    }

    private static Dictionary<string, double> MeanSeconds(RunState state) => state.Steps.Values
        .Where(s => s.Status == StepStatus.Completed && !s.Attempts.IsEmpty)
        .GroupBy(s => Kind(s.Spec.Name))
        .ToDictionary(g => g.Key, g => g.Average(s => s.Attempts.Sum(a => ((a.Ended ?? a.Started) - a.Started).TotalSeconds)), StringComparer.Ordinal);

    // Once a loop has decided to stop, its later rounds do not come.
    private static Dictionary<string, int> LastRounds(RunState state) => state.Decisions.Values
        .Where(d => d.Answer == "stop")
        .Select(d => (Scope: StepPlace.ScopeOf(d.Question), StepPlace.Of($"/{d.Question[StepPlace.ScopeOf(d.Question).Length..]}").Round))
        .Where(d => d.Round > 0)
        .ToDictionary(d => d.Scope, d => d.Round, StringComparer.Ordinal);

    private static string Kind(string step) => StepPlace.Of(step).Kind;
}
