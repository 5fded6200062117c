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
    private readonly ArtifactKeeper keeper;
    private readonly ArtifactRows rows;
    private readonly IArtifactDoor door;
    private readonly Holder self;
    private readonly HolderList holders;
    private readonly CancellationTokenSource stopping = new();
    private Task keeping = Task.CompletedTask;

    private HostSharing(ArtifactFetch fetch, ArtifactSpread spread, ArtifactKeeper keeper, ArtifactRows rows, HolderList holders, IArtifactDoor door, Holder self)
    {
        (Fetch, Spread, this.keeper, this.rows, this.holders, this.door, this.self) = (fetch, spread, keeper, rows, holders, door, self);
        Bin = new RowsBin(rows);
    }

    public ArtifactFetch Fetch { get; }

    public ArtifactSpread Spread { get; }

    public IArtifactBin Bin { get; }

    /// <summary>Opens the door. Throws <see cref="Fer.Models.BadInputException"/> where it cannot be.</summary>
    /// <param name="life">Another for each life of a process.</param>
    public static async Task<HostSharing> OpenAsync(ClusterSettings cluster, NpgsqlDataSource database, string path, string life, IStepRows steps, Func<ArtifactDoorSetup, CancellationToken, Task<IArtifactDoor>> open, ILoggerFactory logs, CancellationToken stop)
    {
        // Nothing listens on a network before it is known that it may.
        PresenceChecks.Of(cluster);
        var log = logs.CreateLogger<HostSharing>();
        var certificates = HostCertificates.Load(cluster.Tls);
        var (name, store) = (cluster.HostName, new ArtifactStore(path));
        var (rows, id) = (new ArtifactRows(database, cluster.Lease), SharedStore.IdOf(path));
        var key = await rows.KeyAsync(stop).ConfigureAwait(false);
        var (line, holders) = (new ArtifactLine(key, certificates, log), new HolderList(rows, name, id));
        var fetch = new ArtifactFetch(store, holders, rows, line, cluster.WaitForCopies, log);
        try
        {
            var spread = new ArtifactSpread(store, holders, fetch, rows, line, name, cluster.Copies, log);
            var door = await open(new ArtifactDoorSetup(store, spread.KeepAsync, cluster.Address, cluster.ArtifactPort, key, certificates?.Own, (peer, chain) => certificates!.Accepts(peer, chain, "this host's artifact door", log)), stop).ConfigureAwait(false);
            var address = cluster.Address.Contains(':', StringComparison.Ordinal) ? $"[{cluster.Address}]" : cluster.Address;
            var self = new Holder(name, string.Create(CultureInfo.InvariantCulture, $"{(certificates is null ? "http" : "https")}://{address}:{door.Port}"), id, life);
            return new HostSharing(fetch, spread, new ArtifactKeeper(store, self, holders, fetch, spread, rows, steps, cluster.Copies, log), rows, holders, door, self);
        }
        catch
        {
            fetch.Dispose();
            throw;
        }
    }

    /// <summary>Begins to look after the store, and says where it is; once the host is there.</summary>
    public void Serve() => keeping = keeper.RunAsync(stopping.Token);

    /// <summary>Leaves copies with others that stay, for a time at most; what is not copied then is there again when the host is, and waited for.</summary>
    public async Task LeaveAsync(TimeSpan longest)
    {
        // It would say again that it is there.
        await stopping.CancelAsync().ConfigureAwait(false);
        await keeping.ConfigureAwait(false);
        using var limit = new CancellationTokenSource(longest);
        try
        {
            // Who leaves at the same time says so before he looks, too: one of the two sees the other's word.
            await rows.LeaveAsync(self, limit.Token).ConfigureAwait(false);
            holders.Forget();
            await keeper.RemoveAsync(limit.Token).ConfigureAwait(false);
            while (!(await holders.KeepersAsync(limit.Token).ConfigureAwait(false)).IsEmpty)
            {
                if (await keeper.SpreadAllAsync(limit.Token).ConfigureAwait(false))
                {
                    await rows.HandedOverAsync(self, limit.Token).ConfigureAwait(false);
                    break;
                }

                await Task.Delay(1000, limit.Token).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or NpgsqlException or TimeoutException or IOException or UnauthorizedAccessException)
        {
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync().ConfigureAwait(false);
        await keeping.ConfigureAwait(false);
        await door.DisposeAsync().ConfigureAwait(false);
        Fetch.Dispose();
        stopping.Dispose();
    }
}
