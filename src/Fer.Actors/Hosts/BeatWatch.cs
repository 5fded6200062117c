namespace Fer.Actors.Hosts;

/// <summary>
/// When a host must no longer take for granted that its steps are its own: its clockwork was late, or the store silent, for half a lease.
/// An answer ends the doubt while the lease that it gave, counted from the question, has not run out: nobody can have been let in since. Pure.
/// </summary>
/// <param name="Lease">In milliseconds of a clock that never goes back.</param>
internal sealed record BeatWatch(long Lease, long TickedAt, long HeardAt)
{
    public BeatWatch(TimeSpan lease, long now)
        : this((long)lease.TotalMilliseconds, now, now)
    {
    }

    /// <summary>Time for a beat.</summary>
    /// <returns>Whether there was a gap since the last.</returns>
    public (BeatWatch Next, bool Gap) Tick(long now) => (this with { TickedAt = now }, now - TickedAt > Lease / 2 || now - HeardAt > Lease / 2);

    /// <summary>The store has answered a question.</summary>
    /// <returns>Whether the answer still says something.</returns>
    public (BeatWatch Next, bool Counts) Heard(long asked, long now) => (this with { HeardAt = now }, now - asked < Lease * 3 / 4);
}
