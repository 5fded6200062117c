using System.Collections.Immutable;
using Fer.Actors.Sweeps.V1;

namespace Fer.Actors.Sweeps;

/// <summary>Device time of a sweep's trials. A try at a step that several wait for at once is counted once, for the first of them that ends. Pure.</summary>
internal static class DeviceTime
{
    public static readonly ImmutableSortedDictionary<string, double> None = ImmutableSortedDictionary.Create<string, double>(StringComparer.Ordinal);

    /// <param name="tries">What a run saw of its tries (<see cref="TrialOutcome.TriesOf"/>).</param>
    /// <param name="end">Gives the event that ends the trial's run, from the seconds that count for it.</param>
    /// <returns>To be written at once, in this order.</returns>
    public static ImmutableArray<ISweepEvent> Of(SweepState state, int trial, ImmutableSortedDictionary<string, double> tries, DateTimeOffset now, Func<double, ISweepEvent> end)
    {
        // One that waited for a part of it alone saw less than there was.
        var fresh = tries.Select(t => KeyValuePair.Create(t.Key, t.Value - state.Counted.GetValueOrDefault(t.Key))).Where(t => t.Value > 0).ToImmutableSortedDictionary(StringComparer.Ordinal);
        return fresh.IsEmpty ? [end(0)] : [new TriesCounted(now, trial, fresh), end(fresh.Values.Sum())];
    }
}
