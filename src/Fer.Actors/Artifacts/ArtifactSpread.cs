using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics;
using Fer.Actors.Storage;
using Microsoft.Extensions.Logging;

namespace Fer.Actors.Artifacts;

/// <summary>Has artifacts lie on enough hosts: asks others to fetch copies, and fetches those that others ask for.</summary>
/// <param name="self">Name of this host; empty: of a command line, which others cannot fetch from.</param>
/// <param name="copies">Hosts, this one included, that are to have each artifact; at least 2.</param>
public sealed class ArtifactSpread(ArtifactStore store, HolderList holders, ArtifactFetch fetch, ArtifactRows rows, ArtifactLine line, string self, int copies, ILogger log)
{
    /// <summary>What is not settled by then is answered as coming: who asks will ask again.</summary>
    private static readonly TimeSpan AnswerAfter = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(200);

    /// <summary>A holder that has moved nothing for so long does not get on.</summary>
    private static readonly TimeSpan LongestStand = TimeSpan.FromSeconds(20);

    /// <summary>How many more holders are asked than should have a copy.</summary>
    private const int AskedBeyond = 2;

    private const int Batch = 64;

    /// <summary>A row waits no longer than that for copies of what it names: they are made afterwards.</summary>
    private static readonly TimeSpan LongestNaming = TimeSpan.FromSeconds(60);

    /// <summary>A disk with less room takes no copies for others: its own steps need it.</summary>
    private const long LeastRoom = 512L << 20;

    // Copies that were found whole in this process's life: a copy that counts for another's safety was read once.
    private readonly ConcurrentDictionary<string, bool> seenWhole = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int> pinned = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Task<bool>> keeping = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> owed = new(StringComparer.Ordinal);

    /// <summary>What lies on too few hosts although there were enough: for whoever looks after the store.</summary>
    public IReadOnlyCollection<string> Owed => [.. owed.Keys];

    /// <summary>Has other hosts keep what this one has, until there are enough copies or no more hosts. Takes as long as they get on.</summary>
    /// <param name="areNew">Made here just now, and a row waits to name them: nobody is asked first whether he has them.</param>
    /// <returns>Those that lie on fewer hosts than they should.</returns>
    public async Task<ImmutableArray<string>> SpreadAsync(IReadOnlyCollection<string> hashes, bool areNew, CancellationToken stop)
    {
        var wanted = copies - 1;
        var others = await holders.KeepersAsync(stop).ConfigureAwait(false);
        var order = hashes.Distinct(StringComparer.Ordinal).ToDictionary(h => h, h => Holder.InOrder(others, h), StringComparer.Ordinal);
        var has = order.ToDictionary(c => c.Key, _ => new HashSet<string>(StringComparer.Ordinal), StringComparer.Ordinal);
        foreach (var hash in order.Keys)
        {
            owed[hash] = true;
        }

        if (!areNew)
        {
            await AskAllAsync(null).ConfigureAwait(false);
        }

        await AskAllAsync(self).ConfigureAwait(false);
        foreach (var (hash, _) in has.Where(h => h.Value.Count >= Math.Min(wanted, others.Length) || !store.Has(h.Key)))
        {
            owed.TryRemove(hash, out _);
        }

        return [.. has.Where(h => h.Value.Count < wanted).Select(h => h.Key)];

        async Task AskAllAsync(string? from)
        {
            for (var rank = 0; rank < Math.Min(others.Length, wanted + AskedBeyond); rank++)
            {
                var open = order.Where(o => has[o.Key].Count < wanted && !has[o.Key].Contains(o.Value[rank].Name)).GroupBy(o => o.Value[rank], o => o.Key).ToList();
                foreach (var (holder, asked) in open.SelectMany(g => g.Chunk(Batch), (g, c) => (g.Key, c)))
                {
                    foreach (var hash in await AskAsync(holder, new KeepRequest(from, [.. asked.Where(store.Has)], areNew), stop).ConfigureAwait(false))
                    {
                        has[hash].Add(holder.Name);
                    }
                }
            }
        }
    }

    /// <summary>The same for what a row is about to name: nothing of it is removed here meanwhile.</summary>
    public async Task<T> NamingAsync<T>(ImmutableArray<string> hashes, Func<Task<T>> name)
    {
        foreach (var hash in hashes)
        {
            pinned.AddOrUpdate(hash, 1, (_, n) => n + 1);
        }

        try
        {
            using var limit = new CancellationTokenSource(LongestNaming);
            try
            {
                await SpreadAsync(hashes, areNew: true, limit.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                log.LogInformation("Copies of {Count} files are made after a row has named them: others are slow", hashes.Length);
            }

            return await name().ConfigureAwait(false);
        }
        finally
        {
            foreach (var hash in hashes)
            {
                pinned.AddOrUpdate(hash, 0, (_, n) => n - 1);
                pinned.TryRemove(KeyValuePair.Create(hash, 0));
            }
        }
    }

    public bool IsPinned(string hash) => pinned.ContainsKey(hash);

    /// <summary>Lays into the database what fewer hosts have than should: they take it from there, now or when they are up.</summary>
    /// <returns>How many were laid there.</returns>
    public async Task<int> PostAsync(IReadOnlyCollection<string> hashes, CancellationToken stop)
    {
        var has = hashes.Distinct(StringComparer.Ordinal).ToDictionary(h => h, _ => 0, StringComparer.Ordinal);
        foreach (var holder in await holders.KeepersAsync(stop).ConfigureAwait(false))
        {
            foreach (var hash in (await Task.WhenAll(has.Where(h => h.Value < copies).Select(h => h.Key).Chunk(Batch).Select(b => AskAsync(holder, new KeepRequest(null, [.. b]), stop))).ConfigureAwait(false)).SelectMany(h => h))
            {
                has[hash]++;
            }
        }

        var few = has.Where(h => h.Value < copies).Select(h => h.Key).ToList();
        foreach (var hash in few)
        {
            await rows.PostAsync(hash, store.Get(hash), stop).ConfigureAwait(false);
        }

        return few.Count;
    }

    /// <summary>For another host: what of that is here whole; what is not is fetched where it says from whom.</summary>
    public async Task<KeepAnswer> KeepAsync(KeepRequest what)
    {
        var from = new DriveInfo(store.Root).AvailableFreeSpace < LeastRoom ? null : what.From;
        var at = what.Hashes.Distinct(StringComparer.Ordinal).ToDictionary(h => h, h => IsHereAsync(h, from, what.IsUrgent), StringComparer.Ordinal);
        await Task.WhenAny(Task.WhenAll(at.Values), Task.Delay(AnswerAfter)).ConfigureAwait(false);
        return new KeepAnswer(
            [.. at.Where(a => a.Value.IsCompleted && !(a.Value.IsCompletedSuccessfully && a.Value.Result)).Select(a => a.Key)], [.. at.Where(a => !a.Value.IsCompleted).Select(a => a.Key)], fetch.Moved);
    }

    // Who asks again waits for what was begun.
    private Task<bool> IsHereAsync(string hash, string? from, bool isUrgent)
    {
        var isHere = store.Has(hash);
        return (isHere && seenWhole.ContainsKey(hash)) || (!isHere && from is null) ? Task.FromResult(isHere) : keeping.GetOrAdd(hash, h => Task.Run(() => KeepAsync(h, from, isUrgent)));
    }

    private async Task<bool> KeepAsync(string hash, string? from, bool isUrgent)
    {
        try
        {
            var whole = (await fetch.EnsureAsync(hash, CancellationToken.None, from, isUrgent).ConfigureAwait(false)).What == Found.Here;
            if (whole)
            {
                seenWhole[hash] = true;
            }

            return whole;
        }
        finally
        {
            keeping.TryRemove(hash, out _);
        }
    }

    private async Task<IEnumerable<string>> AskAsync(Holder holder, KeepRequest what, CancellationToken stop)
    {
        var (has, open) = (new List<string>(), what.Hashes);
        for (var (moved, since) = (-1L, Stopwatch.GetTimestamp()); !open.IsEmpty && !holders.IsResting(holder); await Task.Delay(Poll, stop).ConfigureAwait(false))
        {
            if (await line.KeepAsync(holder, what with { Hashes = open }, stop).ConfigureAwait(false) is not { } answer)
            {
                LetRest(holder, "it does not answer");
                break;
            }

            has.AddRange(open.Except(answer.Missing, StringComparer.Ordinal).Except(answer.Coming, StringComparer.Ordinal));
            open = [.. answer.Coming.Intersect(open, StringComparer.Ordinal)];
            (moved, since) = answer.Moved == moved ? (moved, since) : (answer.Moved, Stopwatch.GetTimestamp());
            if (!open.IsEmpty && Stopwatch.GetElapsedTime(since) > LongestStand)
            {
                LetRest(holder, "it does not get on");
            }

            if (open.IsEmpty)
            {
                break;
            }
        }

        return has;
    }

    private void LetRest(Holder holder, string reason)
    {
        holders.LetRest(holder);
        log.LogInformation("Host {Member} takes no copies now ({Reason}): others are asked", holder.Name, reason);
    }
}
