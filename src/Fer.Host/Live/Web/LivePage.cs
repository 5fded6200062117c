using System.Data.Common;
using Fer.Actors.Storage;
using Fer.Actors.Sweeps;
using Fer.Host.Hosting;
using Fer.Host.Settings;
using Fer.Models;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Fer.Host.Live.Web;

/// <summary>What the page is about and where it listens.</summary>
/// <param name="Host">The host that shows it.</param>
/// <param name="Lease">A host that was silent for longer is said to be so.</param>
/// <param name="Store">Artifacts, for kept faces.</param>
/// <param name="Seq">Address of a Seq server; empty: none.</param>
/// <param name="Token">Who sends it may change something; null: nobody.</param>
internal sealed record LivePageSettings(HttpAddress Address, string Host, TimeSpan Lease, ArtifactStore Store, string Seq, string? Token)
{
    /// <summary>False: nothing is read before somebody looks.</summary>
    public bool ReadsAhead { get; init; } = true;
}

/// <summary>
/// The web page of a host: what the database says, drawn on the server. It starts and stops with the host; whatever goes wrong in it is an answer to who asked,
/// and ends nothing that computes.
/// </summary>
internal sealed class LivePage : IAsyncDisposable
{
    private static readonly TimeSpan LongestStop = TimeSpan.FromSeconds(2);

    private readonly WebApplication app;
    private readonly DbDataSource database;
    private readonly LivePageSettings settings;
    private readonly LiveRows rows;
    private readonly Views views;
    private readonly PageGuard guard;
    private readonly PageRoutes routes;
    private readonly ILogger log;
    private FoldAhead? ahead;

    private LivePage(LivePageSettings settings, DbDataSource database, DbDataSource journal, (SweepRows Sweeps, RunRows Runs, HostRows Hosts) rows, ILoggerFactory logs)
    {
        (this.settings, this.database, log) = (settings, database, logs.CreateLogger<LivePage>());
        var token = new Token(settings.Token);
        var shell = new PageShell(settings.Host, token.IsSet);
        guard = new PageGuard(settings.Address.IsLoopback, token, shell, log);
        this.rows = new LiveRows(database, journal);
        views = new Views(this.rows, rows.Hosts, settings.Lease, TimeProvider.System);
        routes = new PageRoutes(settings, guard, shell, views, new Wishes(rows.Sweeps, rows.Runs, rows.Hosts, TimeProvider.System));

        // The empty builder reads no environment and no file: only --http says where it listens.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(k =>
        {
            k.AddServerHeader = false;
            k.Limits.MaxConcurrentConnections = 256;
            k.Limits.MaxRequestBodySize = 4096;
            k.Listen(settings.Address.Address, settings.Address.Port);
        });
        builder.Services.AddRoutingCore();
        builder.Logging.AddProvider(new PageLog(logs));
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = LongestStop);
        app = builder.Build();
    }

    /// <summary>As a browser on this machine opens it.</summary>
    public string Url { get; private set; } = "";

    /// <summary>For <c>fer host --http</c>: opens the database and listens. Throws with one sentence.</summary>
    public static async Task<LivePage> StartAsync(HttpAddress address, FerSettings settings, string runs, ILoggerFactory logs, CancellationToken stop)
    {
        var store = settings.Cluster.In(runs, settings.Journal).Store;
        var page = new LivePageSettings(address, settings.Cluster.HostName, settings.Cluster.Lease, Stores.Of(settings, store, logs.CreateLogger<LivePage>()), settings.Seq.Url, Environment.GetEnvironmentVariable(Token.Variable));
        _ = new Token(page.Token);

        // A pool of its own: who looks at pages never waits in line with beats and claims, nor the other way round.
        var database = await ClusterDatabase.OpenAsync(settings.Journal, store, stop).ConfigureAwait(false);
        return await StartAsync(page, database, JournalOf(settings, store) ?? database, (new SweepRows(database), new RunRows(database), new HostRows(database, settings.Cluster.Lease)), logs, stop).ConfigureAwait(false);
    }

    /// <param name="database">Rows; is disposed of with the page.</param>
    /// <param name="journal">Where journals are; the same, or one that holds nothing open.</param>
    public static async Task<LivePage> StartAsync(LivePageSettings settings, DbDataSource database, DbDataSource journal, (SweepRows Sweeps, RunRows Runs, HostRows Hosts) rows, ILoggerFactory logs, CancellationToken stop)
    {
        var page = new LivePage(settings, database, journal, rows, logs);
        try
        {
            await page.ListenAsync(stop).ConfigureAwait(false);
            page.ahead = !settings.ReadsAhead ? null : new FoldAhead(page.rows, page.views, new OwnLook(page.Url).AtAsync, TimeProvider.System, page.log);
            return page;
        }
        catch (Exception e)
        {
            await page.DisposeAsync().ConfigureAwait(false);
            throw e is AddressInUseException || (e is IOException && e.InnerException is AddressInUseException)
                ? new BadInputException($"--http: port {settings.Address.Port} of {settings.Address.Address} is in use by another program: choose another, or :0 for any free one.", e)
                : e is IOException or System.Net.Sockets.SocketException ? new BadInputException($"--http: {settings.Address.Address}:{settings.Address.Port} cannot be listened on: {e.Message}", e) : e;
        }
    }

    /// <summary>A single host's journal; null: it is in the database of rows. Not made here: who only reads makes no file.</summary>
    private static DbDataSource? JournalOf(FerSettings settings, string store) => SingleHost.Is(settings.Journal)
        ? SqliteFactory.Instance.CreateDataSource(new SqliteConnectionStringBuilder { DataSource = SingleHost.Journal(store), Mode = SqliteOpenMode.ReadWrite, DefaultTimeout = 5, Pooling = false }.ToString())
        : null;

    public async ValueTask DisposeAsync()
    {
        if (ahead is not null)
        {
            await ahead.DisposeAsync().ConfigureAwait(false);
        }

        try
        {
            using var limit = new CancellationTokenSource(LongestStop);
            await app.StopAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // A reader that does not let go holds up no host.
        }

        await app.DisposeAsync().ConfigureAwait(false);
        await database.DisposeAsync().ConfigureAwait(false);
        routes.Dispose();
    }

    private async Task ListenAsync(CancellationToken stop)
    {
        app.Use(guard.AroundAsync);
        app.UseRouting();
        routes.Map(app);
        await app.StartAsync(stop).ConfigureAwait(false);
        var listens = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        Url = settings.Address.Url(BindingAddress.Parse(listens).Port);
    }
}
