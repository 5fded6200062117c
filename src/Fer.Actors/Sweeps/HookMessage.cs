namespace Fer.Actors.Sweeps;

/// <summary>Something that a sweep's webhook is told.</summary>
/// <param name="Id">The same however often and by whichever coordinator it is told: by it a receiver knows what it has had before.</param>
/// <param name="What"><c>done</c>, <c>failed</c> or <c>stalled</c>.</param>
/// <param name="Trial">Which has failed.</param>
public sealed record HookMessage(string Id, string What, int? Trial, string Reason);

/// <summary>How telling ended.</summary>
/// <param name="Reason">Why nobody took it; null: somebody did.</param>
public sealed record HookAnswer(int Tries, string? Reason);

/// <summary>Whoever wants to be told of sweeps.</summary>
public interface ISweepHook
{
    /// <summary>Whether anybody is to be told of this one.</summary>
    bool Hears(SweepSpec spec);

    /// <summary>Tells it, some times where that is needed. What is wrong is in the answer.</summary>
    /// <param name="once">One try: nobody answered before.</param>
    Task<HookAnswer> TellAsync(SweepState state, HookMessage message, bool once = false);
}
