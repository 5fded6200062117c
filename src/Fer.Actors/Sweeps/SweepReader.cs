using Fer.Actors.Hosting;
using Fer.Actors.Storage;
using Fer.Actors.Sweeps.V1;

namespace Fer.Actors.Sweeps;

/// <summary>Reads sweeps beside whoever writes them, as <see cref="RunReader"/> reads runs.</summary>
public static class SweepReader
{
    public static string PersistenceId(string sweepId) => $"sweep-{sweepId}";

    /// <summary>
    /// The sweep's state, or null when no coordinator has taken it up yet. Without <see cref="SweepState.Counted"/>: a quarter of the events of
    /// a large sweep, by which nobody but its coordinator counts on.
    /// </summary>
    /// <param name="folder">Where runs that were handed to the same hosts keep their journal.</param>
    public static SweepState? Read(RunFolder folder, string sweepId, JournalSettings journal) =>
        RunReader.Fold<ISweepEvent, SweepState>(folder, journal, PersistenceId(sweepId), SweepState.Empty, (state, e) => state.Apply(e), except: typeof(TriesCounted));

    /// <summary>Its events in their order.</summary>
    /// <param name="after">How many of them are known already.</param>
    public static IReadOnlyList<ISweepEvent> Events(RunFolder folder, string sweepId, JournalSettings journal, int after = 0) =>
        RunReader.Records<ISweepEvent>(folder, journal, PersistenceId(sweepId), after);
}
