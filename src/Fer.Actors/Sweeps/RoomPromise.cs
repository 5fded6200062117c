namespace Fer.Actors.Sweeps;

/// <summary>
/// The room that one sweep was told it has. Words cross: what a sweep may still act by is taken, until it says that it has heard a later word;
/// only then it is another's. So there are never more trials than there is room, whatever crosses what.
/// </summary>
internal sealed class RoomPromise
{
    // The one it acts by, and those that may still reach it; the last is what was said last.
    private readonly List<MayRun> open = [];
    private long number;

    /// <param name="active">Trials that it says run.</param>
    /// <returns>Trials that may run before it hears anything else.</returns>
    public int Taken(int active) => open.Aggregate(active, (most, word) => Math.Max(most, word.Trials));

    public void Heard(long word) => open.RemoveAll(w => w.Number < word);

    /// <returns>What it is to be told; null: it was told already.</returns>
    public MayRun? Of(int trials)
    {
        if (open is [.., var last] && last.Trials == trials)
        {
            return null;
        }

        open.Add(new MayRun(trials, ++number));
        return open[^1];
    }
}
