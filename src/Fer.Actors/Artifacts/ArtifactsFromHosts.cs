using System.Data.Common;
using Fer.Actors.Hosting;
using Fer.Actors.Hosts;
using Fer.Actors.Storage;
using Fer.Actors.Sweeps;
using Fer.Models;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Fer.Actors.Artifacts;

/// <summary>A command line's, or a page's, way to the artifacts of hosts that have a store each. The database is opened when the first one is asked for.</summary>
public sealed class ArtifactsFromHosts(ClusterSettings cluster, JournalSettings journal, ILogger log) : IArtifactSource, IDisposable
{
    /// <summary>Where the database does not answer, it is asked again after so long.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(10);

    private readonly Lock opening = new();
    private NpgsqlDataSource? database;
    private ArtifactFetch? fetch;
    private long restsUntil = long.MinValue;

    /// <summary>A store that finds in others what it lacks, where hosts have a store each; else just that folder.</summary>
    public static ArtifactStore Store(string path, ClusterSettings cluster, JournalSettings journal, ILogger log) =>
        new(path, cluster.KeepsOwn(journal) ? new ArtifactsFromHosts(cluster with { Store = path }, journal, log) : null);

    /// <summary>Hands artifacts of this machine over to hosts that have a store each; nothing to do where they share a folder.</summary>
    public static async Task PostAsync(ClusterSettings cluster, JournalSettings journal, DbDataSource database, string path, IReadOnlyCollection<string> hashes, ILogger log, CancellationToken stop)
    {
        if (!cluster.KeepsOwn(journal))
        {
            return;
        }

        var (store, rows, holders, line) = await OfAsync(cluster with { Store = path }, (NpgsqlDataSource)database, log, stop).ConfigureAwait(false);
        using var fetch = new ArtifactFetch(store, holders, rows, line, TimeSpan.Zero, log);
        await new ArtifactSpread(store, holders, fetch, rows, line, "", cluster.Copies, log).PostAsync(hashes, stop).ConfigureAwait(false);
    }

    public bool Fetch(string hash)
    {
        if (Open() is not { } from)
        {
            return false;
        }

        var result = Task.Run(() => from.EnsureAsync(hash, CancellationToken.None)).GetAwaiter().GetResult();
        if (result.What == Found.Unknown)
        {
            log.LogWarning("{Artifact}… is not here, and of those who may have it some cannot be asked: {Members}", hash[..12], string.Join(", ", result.Unasked));
        }

        return result.What == Found.Here;
    }

    public void Dispose()
    {
        fetch?.Dispose();
        database?.Dispose();
    }

    private ArtifactFetch? Open()
    {
        lock (opening)
        {
            if (fetch is not null || restsUntil > Environment.TickCount64)
            {
                return fetch;
            }

            try
            {
                database ??= Task.Run(() => ClusterDatabase.PostgresAsync(journal, CancellationToken.None)).GetAwaiter().GetResult();
                var (store, rows, holders, line) = Task.Run(() => OfAsync(cluster, database, log, CancellationToken.None)).GetAwaiter().GetResult();
                return fetch = new ArtifactFetch(store, holders, rows, line, cluster.WaitForCopies, log);
            }
            catch (Exception e) when (e is BadInputException or NotReachableException or NpgsqlException or TimeoutException)
            {
                restsUntil = Environment.TickCount64 + (long)Rest.TotalMilliseconds;
                log.LogWarning("Artifacts of other hosts cannot be asked for: {Reason}", e.Message.Split('\n')[0]);
                return null;
            }
        }
    }

    private static async Task<(ArtifactStore Store, ArtifactRows Rows, HolderList Holders, ArtifactLine Line)> OfAsync(ClusterSettings cluster, NpgsqlDataSource database, ILogger log, CancellationToken stop)
    {
        var rows = new ArtifactRows(database, cluster.Lease);
        var line = new ArtifactLine(await rows.KeyAsync(stop).ConfigureAwait(false), HostCertificates.Load(cluster.Tls), log);

        // On a host's own folder there is nothing to be had from that host.
        return (new ArtifactStore(cluster.Store), rows, new HolderList(rows, "", SharedStore.IdOf(cluster.Store)), line);
    }
}
