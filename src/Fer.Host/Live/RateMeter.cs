namespace Fer.Host.Live;

/// <summary>How fast a position moves, over about the last half minute.</summary>
internal sealed class RateMeter
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(30);

    private readonly Queue<(TimeSpan At, long Position)> seen = new();

    /// <param name="at">Time since any fixed moment.</param>
    public void Add(TimeSpan at, long position)
    {
        // A step that went back to a checkpoint starts anew.
        if (seen.Count > 0 && position < seen.Last().Position)
        {
            seen.Clear();
        }

        seen.Enqueue((at, position));
        while (seen.Count > 2 && at - seen.Peek().At > Window)
        {
            seen.Dequeue();
        }
    }

    /// <summary>Units a second; null before there are two positions.</summary>
    public double? PerSecond
    {
        get
        {
            var (first, last) = (seen.FirstOrDefault(), seen.LastOrDefault());
            var seconds = (last.At - first.At).TotalSeconds;
            return seen.Count > 1 && seconds > 0.05 ? (last.Position - first.Position) / seconds : null;
        }
    }
}
