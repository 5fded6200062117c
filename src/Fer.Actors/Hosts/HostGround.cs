using System.Data.Common;
using System.Diagnostics;
using Fer.Actors.Storage;
using Fer.Actors.Sweeps;
using Fer.Models;
using Npgsql;

namespace Fer.Actors.Hosts;

/// <summary>What a host stands on: PostgreSQL where several work together; files of its own, and steps in memory, where it is the only one.</summary>
internal sealed class HostGround : IAsyncDisposable
{
    private readonly FileLock? only;
    private long seat;

    private HostGround(HostRequest request, NpgsqlDataSource database, string store)
    {
        (Database, Several, Store) = (database, database, store);
        Steps = new PostgresStepRows(database, request.Cluster.Lease);
        Hosts = new HostRows(database, request.Cluster.Lease);
    }

    private HostGround(HostRequest request, SqliteSource database, string store, FileLock only)
    {
        (Database, Store, this.only) = (database, store, only);
        var steps = new MemoryStepRows(() => Stopwatch.GetElapsedTime(0), request.Cluster.Lease, () => Seat, new LastingSteps(database));
        Steps = steps;
        Hosts = new HostRows(database, request.Cluster.Lease, () => steps.Uses(DateTimeOffset.UtcNow));
    }

    public DbDataSource Database { get; }

    /// <summary>The same where it has room for several hosts; null: this is the only one.</summary>
    public NpgsqlDataSource? Several { get; }

    public string Store { get; }

    public IStepRows Steps { get; }

    public HostRows Hosts { get; }

    /// <summary>The coordinator's number: where there is one host, it is the last that this process had.</summary>
    public long Seat
    {
        get => Volatile.Read(ref seat);
        set => Volatile.Write(ref seat, value);
    }

    /// <summary>Throws <see cref="BadInputException"/> or <see cref="Hosting.NotReachableException"/> with one sentence.</summary>
    public static async Task<HostGround> OpenAsync(HostRequest request, CancellationToken stop)
    {
        if (SingleHost.Is(request.Journal))
        {
            return await AloneAsync(request, stop).ConfigureAwait(false);
        }

        var database = await ClusterDatabase.PostgresAsync(request.Journal, stop).ConfigureAwait(false);
        try
        {
            return new HostGround(request, database, await SharedStore.OfAsync(request.Cluster, database).ConfigureAwait(false));
        }
        catch
        {
            await database.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static async Task<HostGround> AloneAsync(HostRequest request, CancellationToken stop)
    {
        var path = Path.GetFullPath(request.Cluster.Store);
        SqliteSource? database = null;
        FileLock? only = null;
        try
        {
            database = await ClusterDatabase.SqliteAsync(path, stop).ConfigureAwait(false);
            var store = await SharedStore.OfAsync(request.Cluster, database).ConfigureAwait(false);
            only = FileLock.TryTake(SingleHost.Lock(store))
                ?? throw new BadInputException(SingleHost.Taken(store));
            JournalFiles.ProbeSingle(store);

            // Whoever has the lock is the only one: what a killed process left of itself need not be waited for.
            await using var lease = database.Command("update fer.lease set expires = 0");
            await lease.ExecuteNonQueryAsync(stop).ConfigureAwait(false);
            await new HostRows(database, request.Cluster.Lease).LeaveAllAsync().ConfigureAwait(false);
            return new HostGround(request, database, store, only);
        }
        catch
        {
            only?.Dispose();
            if (database is not null)
            {
                await database.DisposeAsync().ConfigureAwait(false);
            }

            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync().ConfigureAwait(false);
        only?.Dispose();
    }
}
