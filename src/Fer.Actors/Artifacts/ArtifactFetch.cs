using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics;
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
/// <param name="patience">A host that is away, or there and cannot give, and may have what nobody else has, is waited for that long.</param>
public sealed class ArtifactFetch(ArtifactStore store, HolderList holders, ArtifactRows rows, ArtifactLine line, TimeSpan patience, ILogger log) : IArtifactSource, IDisposable
{
    private readonly ConcurrentDictionary<(string Hash, bool IsUrgent), Lazy<Task<FetchResult>>> fetching = [];

    // Since when a host that is there could not give a file.
    private readonly ConcurrentDictionary<(string Hash, string Url), long> stuck = [];

    // What a step waits for never waits for copies that are made for others.
    private readonly SemaphoreSlim urgent = new(4);
    private readonly SemaphoreSlim leisurely = new(2);
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
    /// <param name="isUrgent">A step waits for it.</param>
    public async Task<FetchResult> EnsureAsync(string hash, CancellationToken stop, string? first = null, bool isUrgent = true)
    {
        // One transfer for all who wait for it; it goes on when one of them waits no longer.
        var mine = new Lazy<Task<FetchResult>>(() => Task.Run(() => BringAsync(hash, first, isUrgent), CancellationToken.None));
        var result = await fetching.GetOrAdd((hash, isUrgent), mine).Value.WaitAsync(stop).ConfigureAwait(false);
        if (result.What == Found.Here || first is null || mine.IsValueCreated)
        {
            return result;
        }

        // That one did not know of this holder.
        return await fetching.GetOrAdd((hash, isUrgent), mine).Value.WaitAsync(stop).ConfigureAwait(false);
    }

    public void Dispose()
    {
        ending.Cancel();
        line.Dispose();
    }

    private async Task<FetchResult> BringAsync(string hash, string? first, bool isUrgent)
    {
        var places = isUrgent ? urgent : leisurely;
        try
        {
            // What is here needs no place of those that wait for others.
            if (isUrgent && IsHere(hash))
            {
                return FetchResult.Here;
            }

            await places.WaitAsync(ending.Token).ConfigureAwait(false);
            try
            {
                return IsHere(hash) ? FetchResult.Here : await FromOthersAsync(hash, first).ConfigureAwait(false);
            }
            finally
            {
                places.Release();
            }
        }
        finally
        {
            fetching.TryRemove((hash, isUrgent), out _);
        }
    }

    private bool IsHere(string hash)
    {
        var length = store.LengthOfWhole(hash);
        Interlocked.Add(ref moved, length ?? 0);
        return length is not null;
    }

    private async Task<FetchResult> FromOthersAsync(string hash, string? first)
    {
        var unasked = ImmutableArray<string>.Empty;

        // Twice: between the two a host may have taken it from the database, which then let go.
        for (var round = 0; round < 2; round++)
        {
            var (others, isKnown) = await holders.AllAsync(ending.Token).ConfigureAwait(false);
            (var isHere, unasked) = await FromHoldersAsync(hash, Holder.InOrder(others, hash).OrderBy(h => h.Name == first ? 0 : 1)).ConfigureAwait(false);
            var inDatabase = isHere ? false : await FromDatabaseAsync(hash).ConfigureAwait(false);
            if (isHere || inDatabase is true)
            {
                return FetchResult.Here;
            }

            unasked = isKnown && inDatabase is not null ? unasked : unasked.Add("the database");
            if (!unasked.IsEmpty)
            {
                break;
            }

            holders.Forget();
        }

        return new FetchResult(unasked.IsEmpty ? Found.Nowhere : Found.Unknown, unasked);
    }

    private async Task<(bool IsHere, ImmutableArray<string> Unasked)> FromHoldersAsync(string hash, IEnumerable<Holder> order)
    {
        var unasked = ImmutableArray.CreateBuilder<string>();
        foreach (var holder in order)
        {
            if (!holder.IsThere || holders.IsResting(holder))
            {
                if (holder.Away < patience && !IsStuck(hash, holder))
                {
                    unasked.Add(holder.Name);
                }

                continue;
            }

            var (ended, isHere) = await FromAsync(hash, holder).ConfigureAwait(false);
            if (isHere)
            {
                return (true, []);
            }

            if (ended == Transfer.Cut)
            {
                holders.LetRest(holder);
                stuck.TryAdd((hash, holder.Url), Stopwatch.GetTimestamp());
                if (!IsStuck(hash, holder))
                {
                    unasked.Add(holder.Name);
                }
            }
        }

        return (false, unasked.ToImmutable());
    }

    // There for all that time, and no nearer to giving it: as good as without it.
    private bool IsStuck(string hash, Holder holder) => stuck.TryGetValue((hash, holder.Url), out var since) && Stopwatch.GetElapsedTime(since) > patience;

    /// <returns>Null: the database cannot be asked.</returns>
    private async Task<bool?> FromDatabaseAsync(string hash)
    {
        FileStream? part = null;
        try
        {
            return await rows.CollectAsync(hash, Open, ending.Token).ConfigureAwait(false) && await AdoptAsync(part!, hash, "the database").ConfigureAwait(false);
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException)
        {
            return null;
        }
        finally
        {
            part?.Dispose();
        }

        FileStream Open()
        {
            part = store.Begin(hash);
            part.SetLength(0);
            return part;
        }
    }

    // What was begun stays beside the store until it is whole, over the end of a process too.
    private async Task<(Transfer Ended, bool IsHere)> FromAsync(string hash, Holder holder)
    {
        using var part = store.Begin(hash);
        try
        {
            return await FromAsync(hash, holder, part).ConfigureAwait(false);
        }
        finally
        {
            if (part is { CanWrite: true, Length: 0 })
            {
                File.Delete(part.Name);
            }
        }
    }

    private async Task<(Transfer Ended, bool IsHere)> FromAsync(string hash, Holder holder, FileStream part)
    {
        while (true)
        {
            var begun = part.Length;
            Transfer ended;
            try
            {
                ended = await line.FetchAsync(holder, hash, part, n => Interlocked.Add(ref moved, n), ending.Token).ConfigureAwait(false);
            }
            catch (IOException)
            {
                // No room: what came of it takes none.
                part.SetLength(0);
                throw;
            }

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
