using System.Collections.Immutable;

namespace Fer.Actors.Sweeps;

/// <summary>
/// Steps as rows that slots claim. Whatever happens to hosts and networks, at most one result of a step is accepted: the clock of the
/// store lets others take a step whose slot is silent, and every write of a slot is conditional on the number it got with its claim.
/// All methods throw when the store cannot be reached; then nothing is known of what they did, and each can be tried again.
/// </summary>
public interface IStepRows
{
    /// <summary>
    /// Says that a run wants steps, while <paramref name="seat"/> is the coordinator's number: false, and nothing changes, when it no longer is.
    /// A row that is there stays as it is; one whose last try has ended for nothing, as the run knows by now, is opened again.
    /// </summary>
    Task<bool> WantAsync(long seat, ImmutableArray<Wanted> wanted);

    /// <summary>
    /// A run no longer wants a step: its result is folded, or the run stops. A slot that computes it hears of it at its next beat, unless others want it.
    /// Of a seat that is another's by now nothing is taken away: its word may have been under way since before the other's.
    /// </summary>
    Task UnwantAsync(long seat, string run, ImmutableArray<string> hashes);

    /// <summary>A run is over or stands: it wants nothing any more. Conditional as <see cref="UnwantAsync"/>.</summary>
    Task ForgetAsync(long seat, string run);

    /// <summary>The rows of all wanted steps that are more than open, or were once.</summary>
    Task<ImmutableArray<SeenStep>> LookAsync();

    /// <summary>
    /// Claims the most urgent step that is wanted, open or silent for longer than its lease, and that this slot can compute; null: there is
    /// none. What the same slot had claimed before, and knows nothing of any more, comes first.
    /// </summary>
    /// <param name="places">What the slot is, as digests; the step's must be among them.</param>
    /// <param name="kinds">What the program can open.</param>
    /// <param name="except">Hashes of steps that this host has just given back.</param>
    Task<ClaimedStep?> ClaimAsync(string host, string device, IReadOnlyCollection<string> places, IReadOnlyCollection<string> kinds, IReadOnlyCollection<string>? except = null);

    /// <summary>A host's word for the steps that it holds: prolongs their leases, and says what became of each.</summary>
    Task<IReadOnlyDictionary<(string Hash, long Token), Held>> BeatAsync(ImmutableArray<HeldStep> held);

    /// <returns>False, and nothing was written: the number is no longer the step's.</returns>
    Task<bool> WriteAsync(string hash, long token, RowWrite write);

    /// <summary>Those of some artifacts that no row refers to, as a result or to go on from.</summary>
    Task<ImmutableArray<string>> UnreferredAsync(ImmutableArray<string> artifacts);

    /// <summary>
    /// A host is said to be gone: where the store has not heard of it for <paramref name="silent"/> either, others may take its steps at once,
    /// and its seat. It is no harm when it is there after all: its next beat renews what nobody took.
    /// </summary>
    Task ExpireAsync(string host, TimeSpan silent);
}
