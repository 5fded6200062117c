using Fer.Actors.Sweeps.V1;

namespace Fer.Actors.Sweeps;

/// <summary>Finds out that nothing has moved in a sweep for so long that somebody should know: once, until something moves again.</summary>
/// <param name="after">What is too long (<see cref="SweepSpec.StalledAfter"/>).</param>
internal sealed class StallWatch(TimeSpan after)
{
    private DateTimeOffset moved;
    private bool isStalled;

    public void Moved(DateTimeOffset now) => (moved, isStalled) = (now, false);

    /// <returns>To be written; null: something moves, nothing should, or it was said.</returns>
    public SweepStalled? Look(SweepState state, DateTimeOffset now)
    {
        if (state.Status != SweepStatus.Running || state.Running <= 0 || isStalled || now - moved <= after)
        {
            return null;
        }

        isStalled = true;
        return new SweepStalled(now, moved);
    }
}
