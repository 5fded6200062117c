using System.Collections.Immutable;

namespace Fer.Actors.Sweeps;

/// <summary>Which runs want which steps, and of each whether the step was there before the run wanted it.</summary>
internal sealed class StepWants
{
    private readonly SortedDictionary<string, SortedDictionary<string, bool>> runsOf = new(StringComparer.Ordinal);

    /// <summary>In the order of hashes, then of runs.</summary>
    public IEnumerable<(string Hash, string Run, bool WasThere)> All => runsOf.SelectMany(w => w.Value.Select(run => (w.Key, run.Key, run.Value)));

    public bool IsWanted(string hash) => runsOf.ContainsKey(hash);

    /// <summary>The runs that want a step, by name.</summary>
    public ImmutableArray<string> RunsOf(string hash) => [.. runsOf.GetValueOrDefault(hash)?.Keys ?? Enumerable.Empty<string>()];

    public ImmutableArray<string> Hashes => [.. runsOf.Keys];

    /// <param name="isDone">Whether the step has a result now: one that has none was not there.</param>
    /// <param name="wasThere">What it was for a run that has not wanted it so far; one that has keeps what it was told.</param>
    public void Add(string hash, string run, bool isDone, bool wasThere)
    {
        if (!runsOf.TryGetValue(hash, out var runs))
        {
            runsOf.Add(hash, runs = new SortedDictionary<string, bool>(StringComparer.Ordinal));
        }

        runs[run] = isDone && runs.GetValueOrDefault(run, wasThere);
    }

    /// <returns>Whether it was the last run that wanted the step.</returns>
    public bool Remove(string hash, string run)
    {
        if (!runsOf.TryGetValue(hash, out var runs) || !runs.Remove(run) || runs.Count > 0)
        {
            return false;
        }

        runsOf.Remove(hash);
        return true;
    }
}
