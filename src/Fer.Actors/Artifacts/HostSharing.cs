using System.Globalization;
using Fer.Actors.Hosting;
using Fer.Actors.Hosts;
using Fer.Actors.Storage;
using Fer.Actors.Sweeps;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Fer.Actors.Artifacts;

/// <summary>A host's part in artifacts where hosts have no folder in common: its door, its line to others, and who looks after its store.</summary>
internal sealed class HostSharing : IAsyncDisposable
{
    /// <summary>Others are left copies of what only this host has, for so long; what is not copied then is there again when the host is.</summary>
    private static readonly TimeSpan LongestFarewell = TimeSpan.FromSeconds(60);

    private readonly ArtifactKeeper keeper;
    private readonly ArtifactRows rows;
    private readonly IArtifactDoor door;
    private readonly CancellationTokenSource stopping = new();
    private Task keeping = Task.CompletedTask;

    private HostSharing(HostArtifacts artifacts, ArtifactKeeper keeper, ArtifactRows rows, IArtifactDoor door)
    {
        (Artifacts, this.keeper, this.rows, this.door) = (artifacts, keeper, rows, door);
        Bin = new RowsBin(rows);
    }

    public HostArtifacts Artifacts { get; }

    public IArtifactBin Bin { get; }

    /// <summary>Opens the door. Throws <see cref="Fer.Models.BadInputException"/> where it cannot be.</summary>
    public static async Task<HostSharing> OpenAsync(ClusterSettings cluster, NpgsqlDataSource database, string path, IStepRows steps, Func<ArtifactDoorSetup, CancellationToken, Task<IArtifactDoor>> open, ILoggerFactory logs, CancellationToken stop)
    {
        var log = logs.CreateLogger<HostArtifacts>();
        var certificates = HostCertificates.Load(cluster.Tls);
        var store = new ArtifactStore(path);
        var rows = new ArtifactRows(database, cluster.Lease);
        var token = await rows.TokenAsync(stop).ConfigureAwait(false);
        var artifacts = new HostArtifacts(store, rows, new ArtifactLine(token, certificates, log), cluster.HostName, cluster.Copies, log);
        try
        {
            var door = await open(new ArtifactDoorSetup(store, artifacts, cluster.Address, cluster.ArtifactPort, token, certificates?.Own, (peer, chain) => certificates!.Accepts(peer, chain, "this host's artifact door", log)), stop).ConfigureAwait(false);
            var scheme = certificates is null ? "http" : "https";
            var address = cluster.Address.Contains(':', StringComparison.Ordinal) ? $"[{cluster.Address}]" : cluster.Address;
            artifacts.Here = new Holder(cluster.HostName, string.Create(CultureInfo.InvariantCulture, $"{scheme}://{address}:{door.Port}"));
            return new HostSharing(artifacts, new ArtifactKeeper(store, artifacts, rows, steps, log), rows, door);
        }
        catch
        {
            artifacts.Dispose();
            throw;
        }
    }

    /// <summary>Says that it is there, once the host is, and begins to look after its store.</summary>
    public async Task ServeAsync()
    {
        await rows.ServeAsync(Artifacts.Here!, stopping.Token).ConfigureAwait(false);
        keeping = keeper.RunAsync(stopping.Token);
    }

    /// <summary>Leaves copies with others.</summary>
    public async Task LeaveAsync()
    {
        using var limit = new CancellationTokenSource(LongestFarewell);
        try
        {
            await keeper.SpreadAllAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync().ConfigureAwait(false);
        await keeping.ConfigureAwait(false);
        await door.DisposeAsync().ConfigureAwait(false);
        Artifacts.Dispose();
        stopping.Dispose();
    }
}
