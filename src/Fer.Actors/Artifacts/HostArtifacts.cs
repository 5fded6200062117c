using System.Collections.Immutable;
using System.Security.Cryptography;
using Fer.Actors.Storage;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Fer.Actors.Artifacts;

/// <summary>
/// The artifacts of hosts that have no folder in common: each has a store of its own, and fetches by hash from whoever has it. What comes is checked
/// against its hash, so it does not matter who gives it.
/// </summary>
/// <param name="store">This machine's.</param>
/// <param name="self">Name of this host; empty: of a command line, which gives nothing away.</param>
/// <param name="copies">Hosts that are to have each artifact before anything names it.</param>
public sealed class HostArtifacts(ArtifactStore store, ArtifactRows rows, ArtifactLine line, string self, int copies, ILogger log) : IArtifactSource, IDisposable
{
    /// <summary>Holders are looked up so often at most.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);

    /// <summary>A holder that did not answer is not asked to take copies for so long.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(20);

    /// <summary>What one holder is asked to fetch at a time: it answers when it has all of it.</summary>
    private const int KeepBatch = 16;

    private const int LookBatch = 1000;

    /// <summary>How many more holders are asked than should have a copy, before one is said to be missing.</summary>
    private const int AskedBeyond = 2;

    private readonly System.Collections.Concurrent.ConcurrentDictionary<string, Lazy<Task<bool>>> fetching = new(StringComparer.Ordinal);
    private readonly System.Collections.Concurrent.ConcurrentDictionary<string, long> resting = new(StringComparer.Ordinal);
    private volatile Known known = new([], long.MinValue / 2);

    /// <summary>Where others find what this host has; null: nowhere.</summary>
    public Holder? Here { get; set; }

    public bool Fetch(string hash) => Task.Run(() => FetchAsync(hash, CancellationToken.None)).GetAwaiter().GetResult();

    /// <summary>Brings what this machine lacks, or has damaged, from others. What nobody has is left out: who reads it finds it missing.</summary>
    public async Task EnsureAsync(IEnumerable<string> hashes, CancellationToken stop)
    {
        foreach (var hash in hashes.Distinct(StringComparer.Ordinal))
        {
            if (!await Task.Run(() => store.IsWhole(hash), stop).ConfigureAwait(false))
            {
                await FetchAsync(hash, stop).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Brings an artifact from the hosts that should have it, then the others, then the database.</summary>
    /// <param name="first">Who is known to have it.</param>
    /// <returns>False: nobody who can be reached has it whole. Throws <see cref="IOException"/> where it cannot be stored here.</returns>
    public async Task<bool> FetchAsync(string hash, CancellationToken stop, Holder? first = null)
    {
        // One transfer for all who wait for it.
        var task = fetching.GetOrAdd(hash, h => new Lazy<Task<bool>>(() => BringAsync(h, first, stop)));
        try
        {
            return await task.Value.ConfigureAwait(false);
        }
        finally
        {
            fetching.TryRemove(KeyValuePair.Create(hash, task));
        }
    }

    /// <summary>Has other hosts keep what this one has, until there are enough copies or no more hosts.</summary>
    /// <param name="areNew">Made here just now, so nobody else is asked first whether he has them.</param>
    /// <param name="least">Copies that there are to be at least, whatever is set.</param>
    /// <returns>Those that lie on fewer hosts than they should.</returns>
    public async Task<ImmutableArray<string>> SpreadAsync(IReadOnlyCollection<string> hashes, bool areNew, CancellationToken stop, int least = 1)
    {
        var wanted = Math.Max(copies, least) - 1;
        if (wanted < 1 || Here is not { } here || hashes.Count == 0)
        {
            return [];
        }

        var others = (await OthersAsync(stop).ConfigureAwait(false)).RemoveAll(IsResting);
        var order = hashes.Distinct(StringComparer.Ordinal).ToDictionary(h => h, h => Holder.InOrder(others, h), StringComparer.Ordinal);
        var has = order.ToDictionary(c => c.Key, _ => new HashSet<string>(StringComparer.Ordinal), StringComparer.Ordinal);
        if (!areNew)
        {
            await AskAllAsync(null, LookBatch).ConfigureAwait(false);
        }

        await AskAllAsync(here, KeepBatch).ConfigureAwait(false);
        return [.. has.Where(h => h.Value.Count < wanted).Select(h => h.Key)];

        async Task AskAllAsync(Holder? from, int batch)
        {
            for (var rank = 0; rank < Math.Min(others.Length, wanted + AskedBeyond); rank++)
            {
                var open = order.Where(o => has[o.Key].Count < wanted && !has[o.Key].Contains(o.Value[rank].Name)).GroupBy(o => o.Value[rank], o => o.Key).ToList();
                foreach (var (holder, asked) in open.SelectMany(g => g.Chunk(batch), (g, c) => (g.Key, c)))
                {
                    foreach (var hash in await AskAsync(holder, new KeepRequest(from, [.. asked]), stop).ConfigureAwait(false))
                    {
                        has[hash].Add(holder.Name);
                    }
                }
            }
        }
    }

    /// <summary>Lays into the database what too few hosts have: they take it from there, now or when they are up.</summary>
    /// <returns>How many were laid there.</returns>
    public async Task<int> PostAsync(IReadOnlyCollection<string> hashes, CancellationToken stop)
    {
        var others = await OthersAsync(stop).ConfigureAwait(false);
        var has = hashes.Distinct(StringComparer.Ordinal).ToDictionary(h => h, _ => 0, StringComparer.Ordinal);
        foreach (var holder in others)
        {
            foreach (var hash in await AskAsync(holder, new KeepRequest(null, [.. has.Keys]), stop).ConfigureAwait(false))
            {
                has[hash]++;
            }
        }

        var few = has.Where(h => h.Value == 0 || h.Value < Math.Min(copies, others.Length)).Select(h => h.Key).ToList();
        foreach (var hash in few)
        {
            await rows.PostAsync(hash, store.Get(hash), stop).ConfigureAwait(false);
        }

        return few.Count;
    }

    /// <summary>For another host: fetches artifacts, from who has them.</summary>
    /// <returns>Those that are not here then.</returns>
    public async Task<ImmutableArray<string>> KeepAsync(KeepRequest what, CancellationToken stop)
    {
        var missing = ImmutableArray.CreateBuilder<string>();
        foreach (var hash in what.Hashes)
        {
            if (!store.Has(hash) && (what.From is null || !await FetchAsync(hash, stop, what.From).ConfigureAwait(false)))
            {
                missing.Add(hash);
            }
        }

        return missing.ToImmutable();
    }

    /// <summary>Hosts other than this one that speak now. The last known where the database does not answer.</summary>
    public async Task<ImmutableArray<Holder>> OthersAsync(CancellationToken stop)
    {
        if (Environment.TickCount64 - known.At > Fresh.TotalMilliseconds)
        {
            try
            {
                known = new Known([.. (await rows.HoldersAsync(stop).ConfigureAwait(false)).Where(h => h.Name != self)], Environment.TickCount64);
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException)
            {
                known = known with { At = Environment.TickCount64 };
            }
        }

        return known.All;
    }

    public void Dispose() => line.Dispose();

    private sealed record Known(ImmutableArray<Holder> All, long At);

    private bool IsResting(Holder holder) => resting.TryGetValue(holder.Name, out var until) && until > Environment.TickCount64;

    private async Task<IEnumerable<string>> AskAsync(Holder holder, KeepRequest what, CancellationToken stop)
    {
        if (IsResting(holder))
        {
            return [];
        }

        if (await line.KeepAsync(holder, what, stop).ConfigureAwait(false) is { } missing)
        {
            return what.Hashes.Except(missing, StringComparer.Ordinal);
        }

        resting[holder.Name] = Environment.TickCount64 + (long)Rest.TotalMilliseconds;
        log.LogInformation("Host {Member} takes no copies now: others are asked", holder.Name);
        return [];
    }

    private async Task<bool> BringAsync(string hash, Holder? first, CancellationToken stop)
    {
        var others = Holder.InOrder(await OthersAsync(stop).ConfigureAwait(false), hash);
        foreach (var holder in first is null ? others : others.Remove(first).Insert(0, first))
        {
            if (await FromAsync(hash, holder.Name, file => line.FetchAsync(holder, hash, file, stop)).ConfigureAwait(false))
            {
                return true;
            }
        }

        try
        {
            return await FromAsync(hash, "the database", async file =>
            {
                file.SetLength(0);
                return await rows.CollectAsync(hash, file, stop).ConfigureAwait(false);
            }).ConfigureAwait(false);
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException)
        {
            return false;
        }
    }

    // What was begun stays beside the store until it is whole, over the end of a process too.
    private async Task<bool> FromAsync(string hash, string whom, Func<FileStream, Task<bool>> transfer)
    {
        using var part = store.Begin(hash);
        if (!await transfer(part).ConfigureAwait(false))
        {
            return false;
        }

        part.Seek(0, SeekOrigin.Begin);
        var found = Convert.ToHexStringLower(await SHA256.HashDataAsync(part, CancellationToken.None).ConfigureAwait(false));
        if (found == hash)
        {
            store.Adopt(part, hash);
            return true;
        }

        log.LogWarning("What {Member} has as {Artifact} is damaged (its {Length} bytes hash to {Found}): another is asked", whom, hash[..12], part.Length, found[..12]);
        part.SetLength(0);
        return false;
    }
}
