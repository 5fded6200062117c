using System.Data.Common;
using Fer.Actors.Hosting;
using Fer.Actors.Hosts;
using Fer.Actors.Storage;
using Fer.Actors.Sweeps;
using Fer.Models;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Fer.Actors.Artifacts;

/// <summary>A command line's way to the artifacts of hosts that have a store each. The database is opened when the first one is asked for.</summary>
public sealed class ArtifactsFromHosts(ClusterSettings cluster, JournalSettings journal, ILogger log) : IArtifactSource
{
    private HostArtifacts? artifacts;
    private bool isAway;

    /// <summary>A store that finds in others what it lacks, where hosts have a store each; else just that folder.</summary>
    public static ArtifactStore Store(string path, ClusterSettings cluster, JournalSettings journal, ILogger log) =>
        new(path, cluster.KeepsOwn(journal) ? new ArtifactsFromHosts(cluster with { Store = path }, journal, log) : null);

    /// <summary>Hands artifacts of this machine over to hosts that have a store each; nothing to do where they share a folder.</summary>
    public static async Task PostAsync(ClusterSettings cluster, JournalSettings journal, DbDataSource database, string path, IReadOnlyCollection<string> hashes, ILogger log, CancellationToken stop)
    {
        if (cluster.KeepsOwn(journal))
        {
            using var artifacts = await OfAsync(cluster with { Store = path }, (NpgsqlDataSource)database, log).ConfigureAwait(false);
            await artifacts.PostAsync(hashes, stop).ConfigureAwait(false);
        }
    }

    public bool Fetch(string hash)
    {
        if (isAway)
        {
            return false;
        }

        try
        {
            artifacts ??= Task.Run(OpenAsync).GetAwaiter().GetResult();
            return artifacts.Fetch(hash);
        }
        catch (Exception e) when (e is BadInputException or NotReachableException or NpgsqlException or TimeoutException)
        {
            isAway = true;
            log.LogWarning("Artifacts of other hosts cannot be asked for: {Reason}", e.Message);
            return false;
        }
    }

    private async Task<HostArtifacts> OpenAsync() => await OfAsync(cluster, await ClusterDatabase.PostgresAsync(journal, CancellationToken.None).ConfigureAwait(false), log).ConfigureAwait(false);

    private static async Task<HostArtifacts> OfAsync(ClusterSettings cluster, NpgsqlDataSource database, ILogger log)
    {
        var rows = new ArtifactRows(database, cluster.Lease);
        return new HostArtifacts(new ArtifactStore(cluster.Store), rows, new ArtifactLine(await rows.TokenAsync().ConfigureAwait(false), HostCertificates.Load(cluster.Tls), log), "", cluster.Copies, log);
    }
}
