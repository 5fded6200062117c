using Fer.Actors.Sweeps;

namespace Fer.Host.Live.Web;

/// <summary>What may be changed from the page: the same rows that commands write.</summary>
internal sealed class Wishes(SweepRows sweeps, RunRows runs, HostRows hosts, TimeProvider clock)
{
    /// <summary>A coordinator looks every half second; where none is up, the wish waits.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    /// <summary>What came of it, in a sentence; null: there is no such thing.</summary>
    public async Task<string?> OfSweepAsync(string id, string wish, int trial, CancellationToken stop)
    {
        if (await sweeps.FindAsync(id).ConfigureAwait(false) is null)
        {
            return null;
        }

        var made = await sweeps.WishAsync(id, wish, trial).ConfigureAwait(false);
        for (var began = clock.GetTimestamp(); clock.GetElapsedTime(began) < Patience; await Task.Delay(Look, clock, stop).ConfigureAwait(false))
        {
            if (await sweeps.AnswerAsync(made).ConfigureAwait(false) is { } answer)
            {
                return answer.Sentence;
            }
        }

        return $"Sweep '{id}': {wish} was asked for; it is done once a host coordinates.";
    }

    public async Task<string?> OfRunAsync(string id, string wish) => await runs.WishAsync(id, wish).ConfigureAwait(false)
        ? $"Run '{id}': {wish} was asked for."
        : await runs.FindAsync(id).ConfigureAwait(false) is { } row ? $"Run '{id}' is over: it is {row.Status}." : null;

    public async Task<string?> OfHostAsync(string name, bool draining) => await hosts.DrainAsync(name, draining).ConfigureAwait(false)
        ? draining ? $"Host '{name}' takes nothing new." : $"Host '{name}' takes steps again."
        : null;
}
