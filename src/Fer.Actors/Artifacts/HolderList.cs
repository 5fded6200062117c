using System.Collections.Concurrent;
using System.Collections.Immutable;
using Npgsql;

namespace Fer.Actors.Artifacts;

/// <summary>Hosts other than this one that may have artifacts, as the database last said.</summary>
/// <param name="self">Name of this host; empty: of a command line.</param>
/// <param name="store">Identity of this machine's store: another host on the same folder has nothing that is not here.</param>
public sealed class HolderList(ArtifactRows rows, string self, string store)
{
    /// <summary>The database is asked so often at most.</summary>
    public static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);

    /// <summary>One that could not be reached is asked last, and to keep nothing, for so long.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(20);

    private readonly ConcurrentDictionary<string, long> resting = new(StringComparer.Ordinal);

    // By this process's clock, and only while the database answers: after a power cut, or an hour without database, all others are as far away as they just began to be.
    private ImmutableDictionary<string, long> missing = ImmutableDictionary.Create<string, long>(StringComparer.Ordinal);
    private volatile Known known = new([], long.MinValue / 2, IsKnown: false);

    /// <summary>All that are known, also those that fell silent; and whether the database was ever asked.</summary>
    public async Task<(ImmutableArray<Holder> Others, bool IsKnown)> AllAsync(CancellationToken stop)
    {
        if (Environment.TickCount64 - known.At > Fresh.TotalMilliseconds)
        {
            try
            {
                var all = (await rows.HoldersAsync(stop).ConfigureAwait(false)).Where(h => h.Name != self && h.Store != store).ToList();
                var (now, before) = (Environment.TickCount64, missing);
                var since = all.Where(h => !h.IsThere).ToImmutableDictionary(h => h.Name, h => before.GetValueOrDefault(h.Name, now), StringComparer.Ordinal);
                known = new Known([.. all.Select(h => h.IsThere ? h : h with { Away = TimeSpan.FromMilliseconds(now - since[h.Name]) })], now, IsKnown: true);
                missing = since;
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException)
            {
                // Those of before are likely still there.
                missing = missing.Clear();
                known = known with { At = Environment.TickCount64 };
            }
        }

        return (known.Others, known.IsKnown);
    }

    /// <summary>Those that take copies now, one of each store.</summary>
    public async Task<ImmutableArray<Holder>> KeepersAsync(CancellationToken stop) =>
        [.. (await AllAsync(stop).ConfigureAwait(false)).Others.Where(h => h.Keeps && !IsResting(h)).DistinctBy(h => h.Store)];

    /// <summary>The next question is put to the database.</summary>
    public void Forget() => known = known with { At = long.MinValue / 2 };

    public bool IsResting(Holder holder) => resting.TryGetValue(holder.Url, out var until) && until > Environment.TickCount64;

    public void LetRest(Holder holder) => resting[holder.Url] = Environment.TickCount64 + (long)Rest.TotalMilliseconds;

    private sealed record Known(ImmutableArray<Holder> Others, long At, bool IsKnown);
}
