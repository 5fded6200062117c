using System.Collections.Immutable;
using Fer.Actors.Storage;
using Fer.Actors.Sweeps;
using Microsoft.Extensions.Logging;

namespace Fer.Actors.Artifacts;

/// <summary>
/// Looks after a host's store: says where it is, removes what was retired, takes what waits in the database, and has what lies on too few hosts copied
/// again. All of it can wait, so it is done now and then, each for itself; what fails is done the next time.
/// </summary>
internal sealed class ArtifactKeeper(ArtifactStore store, Holder self, HolderList holders, ArtifactFetch fetch, ArtifactSpread spread, ArtifactRows rows, IStepRows steps, int copies, ILogger log)
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(10);

    /// <summary>Copies are counted again so often even where no host was seen to come or go.</summary>
    private static readonly TimeSpan Recount = TimeSpan.FromHours(1);

    /// <summary>What is younger may be about to be named by a row.</summary>
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan Abandoned = TimeSpan.FromDays(1);

    private const int Batch = 500;

    private readonly HashSet<string> collected = new(StringComparer.Ordinal);
    private ImmutableHashSet<string> doomed = [];
    private DateTimeOffset? retiredUntil;
    private long allReadAt = long.MinValue / 2;
    private ImmutableArray<Holder> counted = [];
    private long countedAt = long.MinValue / 2;

    /// <summary>Runs until it is stopped. Copying, which may take hours, keeps nothing else waiting.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        // What was retired while this host was away is copied to nobody.
        await TryAsync(AnnounceAsync, stop).ConfigureAwait(false);
        await TryAsync(RemoveAsync, stop).ConfigureAwait(false);
        await Task.WhenAll(RepeatAsync([AnnounceAsync, RemoveAsync, CollectAsync], stop), RepeatAsync([CopyAsync], stop)).ConfigureAwait(false);
    }

    public Task AnnounceAsync(CancellationToken stop) => rows.ServeAsync(self, stop);

    /// <summary>Has others keep what lies on too few hosts.</summary>
    /// <returns>Whether all of it lies on enough hosts now.</returns>
    public async Task<bool> SpreadAllAsync(CancellationToken stop)
    {
        var few = 0;
        foreach (var batch in store.All().ToList().Chunk(Batch))
        {
            stop.ThrowIfCancellationRequested();
            few += (await spread.SpreadAsync([.. batch.Where(h => store.Has(h) && !doomed.Contains(h))], areNew: false, stop).ConfigureAwait(false)).Count(store.Has);
        }

        return few == 0;
    }

    /// <summary>Removes this host's copies of what was retired, once nothing can be about to name them.</summary>
    public async Task RemoveAsync(CancellationToken stop)
    {
        // From the beginning now and then: a copy may have come after its hash was retired.
        var all = Environment.TickCount64 - allReadAt > Recount.TotalMilliseconds;
        var (hashes, now) = await rows.RetiredAsync(all ? null : retiredUntil, stop).ConfigureAwait(false);
        allReadAt = all ? Environment.TickCount64 : allReadAt;
        doomed = doomed.Union(hashes.Where(store.Has));
        retiredUntil = now;
        foreach (var batch in doomed.Chunk(Batch))
        {
            // The same bytes may have been made again since, for a step that goes on from them.
            var free = (await steps.UnreferredAsync([.. batch]).ConfigureAwait(false)).ToHashSet(StringComparer.Ordinal);
            doomed = doomed.Except(batch.Where(h => !free.Contains(h) || !store.Has(h)));
            foreach (var hash in free.Where(h => !spread.IsPinned(h) && File.GetLastWriteTimeUtc(store.PathOf(h)) < DateTime.UtcNow - Settled))
            {
                store.Delete(hash);
                doomed = doomed.Remove(hash);
            }
        }

        store.ForgetHalves(DateTime.UtcNow - Abandoned);
    }

    /// <summary>Takes what waits in the database, where this host is among the first to keep it. It stays there until there are enough copies: beside a single host's disk it is the second.</summary>
    public async Task CollectAsync(CancellationToken stop)
    {
        var posted = await rows.PostedAsync(stop).ConfigureAwait(false);
        var keepers = (await holders.KeepersAsync(stop).ConfigureAwait(false)).Add(self);
        collected.IntersectWith(posted);
        var mine = posted.Where(h => Holder.InOrder(keepers, h).Take(copies).Contains(self)).ToList();
        foreach (var hash in mine.Where(h => !collected.Contains(h)))
        {
            if ((await fetch.EnsureAsync(hash, stop, isUrgent: false).ConfigureAwait(false)).What == Found.Here)
            {
                collected.Add(hash);
            }
        }

        var here = mine.Where(collected.Contains).ToList();
        var few = here.Count > 0 && keepers.Length >= copies ? await spread.SpreadAsync(here, areNew: false, stop).ConfigureAwait(false) : [.. here];
        await rows.TakeAwayAsync([.. here.Except(few, StringComparer.Ordinal)], stop).ConfigureAwait(false);
    }

    private async Task CopyAsync(CancellationToken stop)
    {
        var now = (await holders.AllAsync(stop).ConfigureAwait(false)).Others.Where(h => h.Keeps).ToImmutableArray();
        if (!now.SequenceEqual(counted) || Environment.TickCount64 - countedAt > Recount.TotalMilliseconds)
        {
            (counted, countedAt) = (now, Environment.TickCount64);
            await SpreadAllAsync(stop).ConfigureAwait(false);
        }
        else if (spread.Owed is { Count: > 0 } owed)
        {
            await spread.SpreadAsync([.. owed.Take(Batch)], areNew: false, stop).ConfigureAwait(false);
        }
    }

    private async Task RepeatAsync(Func<CancellationToken, Task>[] duties, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            foreach (var duty in duties)
            {
                await TryAsync(duty, stop).ConfigureAwait(false);
            }

            await Task.Delay(Every, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task TryAsync(Func<CancellationToken, Task> duty, CancellationToken stop)
    {
        try
        {
            await duty(stop).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // whatever it is, nothing is computed here, and it can wait
        catch (Exception e)
#pragma warning restore CA1031
        {
            if (!stop.IsCancellationRequested)
            {
                log.LogInformation("The store is looked after again later: {Reason}", e.Message.Split('\n')[0]);
            }
        }
    }
}
