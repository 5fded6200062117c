using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Security.Cryptography;
using Fer.Actors.Storage;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Fer.Actors.Artifacts;

/// <summary>What a look for an artifact has come to.</summary>
public enum Found
{
    /// <summary>It is here, whole.</summary>
    Here,

    /// <summary>All who could have it were asked, and nobody has.</summary>
    Nowhere,

    /// <summary>Some who may have it cannot be asked now: it is too early to say that it is lost.</summary>
    Unknown,
}

/// <param name="Unasked">Who may have it and could not be asked, for a person.</param>
public sealed record FetchResult(Found What, ImmutableArray<string> Unasked)
{
    public static readonly FetchResult Here = new(Found.Here, []);
}

/// <summary>
/// Fetches by hash what this machine's store lacks, from whoever has it. What comes is checked against its hash, so it does not matter who gives it.
/// </summary>
/// <param name="patience">A host that fell silent, and may have what nobody else has, is waited for that long.</param>
public sealed class ArtifactFetch(ArtifactStore store, HolderList holders, ArtifactRows rows, ArtifactLine line, TimeSpan patience, ILogger log) : IArtifactSource, IDisposable
{
    private const int AtOnce = 4;

    private readonly ConcurrentDictionary<string, Lazy<Task<FetchResult>>> fetching = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim places = new(AtOnce);
    private readonly CancellationTokenSource ending = new();
    private long moved;

    /// <summary>Bytes read or fetched so far.</summary>
    public long Moved => Interlocked.Read(ref moved);

    public bool Fetch(string hash) => Task.Run(() => EnsureAsync(hash, CancellationToken.None)).GetAwaiter().GetResult().What == Found.Here;

    /// <summary>Several at once; what is here and whole stays.</summary>
    /// <returns>Those that are not here now, and may be lost or not.</returns>
    public async Task<ImmutableDictionary<string, FetchResult>> EnsureAsync(IEnumerable<string> hashes, CancellationToken stop)
    {
        var all = hashes.Distinct(StringComparer.Ordinal).ToDictionary(h => h, h => EnsureAsync(h, stop), StringComparer.Ordinal);
        await Task.WhenAll(all.Values).ConfigureAwait(false);
        return all.Where(r => r.Value.Result.What != Found.Here).ToImmutableDictionary(r => r.Key, r => r.Value.Result, StringComparer.Ordinal);
    }

    /// <summary>Sees that an artifact is here and whole. Throws <see cref="IOException"/> where it cannot be stored.</summary>
    /// <param name="first">Name of a host that is known to have it.</param>
    public async Task<FetchResult> EnsureAsync(string hash, CancellationToken stop, string? first = null)
    {
        while (true)
        {
            // One transfer for all who wait for it; it goes on when one of them waits no longer.
            var mine = new Lazy<Task<FetchResult>>(() => Task.Run(() => BringAsync(hash, first), CancellationToken.None));
            var task = fetching.GetOrAdd(hash, mine);
            var result = await task.Value.WaitAsync(stop).ConfigureAwait(false);
            if (result.What == Found.Here || first is null || task == mine)
            {
                return result;
            }

            // That one did not know of this holder.
        }
    }

    public void Dispose()
    {
        ending.Cancel();
        line.Dispose();
    }

    private async Task<FetchResult> BringAsync(string hash, string? first)
    {
        try
        {
            await places.WaitAsync(ending.Token).ConfigureAwait(false);
        }
        catch
        {
            fetching.TryRemove(hash, out _);
            throw;
        }

        try
        {
            if (store.LengthOfWhole(hash) is { } length)
            {
                Interlocked.Add(ref moved, length);
                return FetchResult.Here;
            }

            return await FromOthersAsync(hash, first).ConfigureAwait(false);
        }
        finally
        {
            places.Release();
            fetching.TryRemove(hash, out _);
        }
    }

    private async Task<FetchResult> FromOthersAsync(string hash, string? first)
    {
        var (others, isKnown) = await holders.AllAsync(ending.Token).ConfigureAwait(false);
        var unasked = ImmutableArray.CreateBuilder<string>();
        foreach (var holder in Holder.InOrder(others, hash).OrderBy(h => h.Name == first ? 0 : holders.IsResting(h) ? 2 : 1))
        {
            if (!holder.IsThere)
            {
                if (holder.Silent < patience)
                {
                    unasked.Add(holder.Name);
                }

                continue;
            }

            var (ended, isHere) = await FromAsync(hash, holder).ConfigureAwait(false);
            if (isHere)
            {
                return FetchResult.Here;
            }

            if (ended == Transfer.Cut)
            {
                holders.LetRest(holder);
                unasked.Add(holder.Name);
            }
        }

        try
        {
            using var part = store.Begin(hash);
            part.SetLength(0);
            if (await rows.CollectAsync(hash, part, ending.Token).ConfigureAwait(false) && await AdoptAsync(part, hash, "the database").ConfigureAwait(false))
            {
                return FetchResult.Here;
            }
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException)
        {
            isKnown = false;
        }

        if (!isKnown)
        {
            unasked.Add("the database");
        }

        return new FetchResult(unasked.Count > 0 ? Found.Unknown : Found.Nowhere, unasked.ToImmutable());
    }

    // What was begun stays beside the store until it is whole, over the end of a process too.
    private async Task<(Transfer Ended, bool IsHere)> FromAsync(string hash, Holder holder)
    {
        using var part = store.Begin(hash);
        while (true)
        {
            var begun = part.Length;
            var ended = await line.FetchAsync(holder, hash, part, n => Interlocked.Add(ref moved, n), ending.Token).ConfigureAwait(false);
            if (ended != Transfer.Whole || await AdoptAsync(part, hash, begun > 0 ? null : holder.Name).ConfigureAwait(false))
            {
                return (ended, ended == Transfer.Whole);
            }

            if (begun == 0)
            {
                return (Transfer.Absent, false);
            }

            // The beginning was wrong, and is not this holder's: once more from the start.
        }
    }

    /// <param name="whom">Who is to blame where it is damaged; null: nobody knows.</param>
    private async Task<bool> AdoptAsync(FileStream part, string hash, string? whom)
    {
        part.Seek(0, SeekOrigin.Begin);
        var found = Convert.ToHexStringLower(await SHA256.HashDataAsync(part, ending.Token).ConfigureAwait(false));
        if (found == hash)
        {
            store.Adopt(part, hash);
            return true;
        }

        if (whom is not null)
        {
            log.LogWarning("What {Member} has as {Artifact} is damaged (its {Length} bytes hash to {Found}): another is asked", whom, hash[..12], part.Length, found[..12]);
        }

        part.SetLength(0);
        return false;
    }
}
