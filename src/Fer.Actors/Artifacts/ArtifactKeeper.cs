using System.Collections.Immutable;
using Fer.Actors.Storage;
using Fer.Actors.Sweeps;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Fer.Actors.Artifacts;

/// <summary>
/// Looks after a host's store: takes what waits in the database, removes what was retired, and makes copies of what lies on too few hosts once some
/// have come or gone. All of it can wait, so it is done now and then; what fails is done the next time.
/// </summary>
internal sealed class ArtifactKeeper(ArtifactStore store, HostArtifacts artifacts, ArtifactRows rows, IStepRows steps, ILogger log)
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(10);

    /// <summary>Copies are counted again so often even where no host was seen to come or go.</summary>
    private static readonly TimeSpan Recount = TimeSpan.FromHours(1);

    private static readonly TimeSpan Abandoned = TimeSpan.FromDays(1);

    private ImmutableArray<string> others = [];
    private long countedAt = long.MinValue / 2;
    private DateTimeOffset? retiredUntil;

    /// <summary>Runs until it is stopped.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await LookAsync(stop).ConfigureAwait(false);
                await Task.Delay(Every, stop).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // whatever it is, it computes nothing and can wait
            catch (Exception e)
#pragma warning restore CA1031
            {
                log.LogInformation("The store is looked after again later: {Reason}", e.Message.Split('\n')[0]);
                await Task.Delay(Every, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    /// <summary>One look.</summary>
    public async Task LookAsync(CancellationToken stop)
    {
        await CollectAsync(stop).ConfigureAwait(false);
        await RemoveAsync(stop).ConfigureAwait(false);
        ImmutableArray<string> now = [.. (await artifacts.OthersAsync(stop).ConfigureAwait(false)).Select(h => h.Name)];
        if (!now.SequenceEqual(others) || Environment.TickCount64 - countedAt > Recount.TotalMilliseconds)
        {
            (others, countedAt) = (now, Environment.TickCount64);
            await SpreadAllAsync(stop).ConfigureAwait(false);
            store.ForgetParts(DateTime.UtcNow - Abandoned);
        }
    }

    /// <summary>Has others keep what lies on too few hosts: before this one goes, too.</summary>
    public async Task SpreadAllAsync(CancellationToken stop)
    {
        foreach (var batch in store.All().ToList().Chunk(1000))
        {
            stop.ThrowIfCancellationRequested();
            await artifacts.SpreadAsync(batch, areNew: false, stop).ConfigureAwait(false);
        }
    }

    /// <summary>What a run was given can be computed by nobody.</summary>
    private const int CopiesOfInputs = 2;

    // It stays in the database until there are enough copies: beside a single host's disk it is the second.
    private async Task CollectAsync(CancellationToken stop)
    {
        var posted = await rows.PostedAsync(stop).ConfigureAwait(false);
        if (posted.IsEmpty)
        {
            return;
        }

        await artifacts.EnsureAsync(posted, stop).ConfigureAwait(false);
        var few = await artifacts.SpreadAsync(posted, areNew: false, stop, CopiesOfInputs).ConfigureAwait(false);
        await rows.TakeAwayAsync([.. posted.Except(few, StringComparer.Ordinal).Where(store.Has)], stop).ConfigureAwait(false);
    }

    private async Task RemoveAsync(CancellationToken stop)
    {
        var (hashes, now) = await rows.RetiredAsync(retiredUntil, stop).ConfigureAwait(false);
        var here = hashes.Where(store.Has).ToImmutableArray();

        // The same bytes may have been made again since, for a step that goes on from them.
        foreach (var free in here.IsEmpty ? [] : await steps.UnreferredAsync(here).ConfigureAwait(false))
        {
            store.Delete(free);
        }

        retiredUntil = now;
    }
}
