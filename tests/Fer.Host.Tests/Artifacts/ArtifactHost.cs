using System.Net.Http.Headers;
using Fer.Actors.Artifacts;
using Fer.Actors.Hosts;
using Fer.Actors.Storage;
using Fer.Actors.Sweeps;
using Fer.Host.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Fer.Host.Tests.Artifacts;

/// <summary>What a host has of artifacts, on a real database and a real port: a store, a door, and a row that says it is there.</summary>
internal sealed class ArtifactHost : IAsyncDisposable
{
    private readonly NpgsqlDataSource database;
    private readonly ArtifactLine line;
    private IArtifactDoor? door;

    private ArtifactHost(string name, string folder, NpgsqlDataSource database, string key, TimeSpan patience)
    {
        (Name, this.database, Key) = (name, database, key);
        Directory.CreateDirectory(folder);
        Store = new ArtifactStore(folder);
        line = new ArtifactLine(key, NullLogger.Instance);
        Holders = new HolderList(Rows, name, SharedStore.IdOf(folder));
        Fetch = new ArtifactFetch(Store, Holders, Rows, line, patience, NullLogger.Instance);
        Spread = new ArtifactSpread(Store, Holders, Fetch, Rows, line, name, 2, NullLogger.Instance);
    }

    public string Name { get; }

    public string Key { get; }

    public ArtifactStore Store { get; }

    public HolderList Holders { get; }

    public ArtifactFetch Fetch { get; }

    public ArtifactSpread Spread { get; }

    public Holder Self { get; private set; } = null!;

    public ArtifactLine Line => line;

    public ArtifactRows Rows => new(database, TimeSpan.FromSeconds(30));

    /// <param name="keep">How it answers who asks it to keep copies; null: as hosts do.</param>
    public static async Task<ArtifactHost> StartAsync(string name, string folder, NpgsqlDataSource database, Func<ArtifactHost, KeepRequest, Task<KeepAnswer>>? keep = null)
    {
        var host = await ClosedAsync(name, folder, database);
        host.door = await ArtifactDoor.OpenAsync(new ArtifactDoorSetup(host.Store, w => keep is null ? host.Spread.KeepAsync(w) : keep(host, w), "127.0.0.1", 0, host.Key, null, (_, _) => true), NullLoggerFactory.Instance, CancellationToken.None);
        await host.AnnounceAsync($"http://127.0.0.1:{host.door.Port}");
        return host;
    }

    /// <summary>One that nobody can reach, and that nobody knows of before it is announced; a command line too.</summary>
    public static async Task<ArtifactHost> ClosedAsync(string name, string folder, NpgsqlDataSource database, TimeSpan? patience = null) =>
        new(name, folder, database, await new ArtifactRows(database, TimeSpan.FromSeconds(30)).KeyAsync(), patience ?? TimeSpan.FromMinutes(10));

    public async Task AnnounceAsync(string url)
    {
        Self = new Holder(Name, url, SharedStore.IdOf(Store.Root), Guid.NewGuid().ToString("N"));
        await Hosts.EnterAsync(Name, Self.Life, "v", [], "", CancellationToken.None);
        await Rows.ServeAsync(Self);
    }

    private HostRows Hosts => new(database, TimeSpan.FromSeconds(30));

    public Task DrainAsync() => Hosts.DrainAsync(Name, draining: true);

    /// <summary>Killed: no door, and its last word is older than its lease.</summary>
    public async Task DieAsync()
    {
        await DisposeAsync();
        await using var command = database.CreateCommand($"update fer.host set seen = clock_timestamp() - interval '1 hour' where name = '{Name}'");
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Left in order, whatever became of what it had.</summary>
    public async Task LeaveAsync()
    {
        await DisposeAsync();
        await Hosts.LeaveAsync(Name, Self.Life);
    }

    public HttpRequestMessage Ask(HttpMethod method, string path, byte[]? body = null, string? key = null)
    {
        var request = new HttpRequestMessage(method, Self.Url + path) { Content = body is null ? null : new ByteArrayContent(body) };
        request.Headers.Authorization = AuthenticationHeaderValue.Parse(ArtifactLine.Sign(key ?? Key, method.Method, path, body));
        return request;
    }

    public async ValueTask DisposeAsync()
    {
        if (door is not null)
        {
            await door.DisposeAsync();
            door = null;
        }

        Fetch.Dispose();
    }
}
