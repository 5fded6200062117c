namespace Fer.Actors.Hosts;

/// <summary>
/// When a host must no longer take for granted that its steps are its own: its clockwork was late, or the store silent, for half a lease.
/// Pure. An answer to a question from before such a gap does not end the doubt.
/// </summary>
/// <param name="Half">Half a lease, in milliseconds of a clock that never goes back.</param>
internal sealed record BeatWatch(long Half, long TickedAt, long HeardAt)
{
    public BeatWatch(TimeSpan lease, long now)
        : this((long)(lease.TotalMilliseconds / 2), now, now)
    {
    }

    /// <summary>How many gaps there were; a question carries it, so that its answer can be told from a later one's.</summary>
    public int Generation { get; init; }

    /// <summary>Time for a beat.</summary>
    /// <returns>Whether there was a gap since the last.</returns>
    public (BeatWatch Next, bool Gap) Tick(long now)
    {
        var gap = now - TickedAt > Half || now - HeardAt > Half;
        return (this with { TickedAt = now, Generation = gap ? Generation + 1 : Generation }, gap);
    }

    /// <summary>The store has answered.</summary>
    public BeatWatch Heard(long now) => this with { HeardAt = now };
}
