namespace Fer.Actors.Sweeps.Schedules;

/// <summary>Virtual time: what is to happen, in order; equal times in the order they were asked for.</summary>
internal sealed class World(int seed)
{
    private readonly PriorityQueue<Action, (long At, long Order)> queue = new();
    private long asked;

    public Random Chance { get; } = new(seed);

    /// <summary>Milliseconds.</summary>
    public long Now { get; private set; }

    public List<string> Log { get; } = [];

    /// <summary>The database answers nobody until then.</summary>
    public long StoreDownUntil { get; set; }

    public void After(long milliseconds, Action act) => queue.Enqueue(act, (Now + Math.Max(0, milliseconds), ++asked));

    public void Say(string what) => Log.Add(FormattableString.Invariant($"{Now / 1000.0,8:0.000} {what}"));

    /// <returns>Whether the end came before the time was over.</returns>
    public bool Run(Func<bool> isOver, long limit)
    {
        while (!isOver() && queue.TryDequeue(out var act, out var at))
        {
            if (at.At > limit)
            {
                return false;
            }

            Now = at.At;
            act();
        }

        return isOver();
    }
}
