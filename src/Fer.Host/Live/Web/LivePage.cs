using System.Data.Common;
using System.Net;
using System.Text.Json;
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
using Microsoft.AspNetCore.Routing;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using static Fer.Host.Live.Web.PageAnswer;

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

    /// <summary>A journal that is still being read by then is shown as far as it is.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(200);

    private readonly WebApplication app;
    private readonly DbDataSource database;
    private readonly MeterText meters;
    private readonly LivePageSettings settings;
    private readonly Token token;
    private readonly LiveRows rows;
    private readonly Views views;
    private readonly Wishes wishes;
    private readonly ChangeStream changes;
    private readonly ArtifactStore store;
    private readonly SeqLink seq;
    private readonly ILogger log;

    // Sheets are megabytes while they are made.
    private readonly SemaphoreSlim sheets = new(1);

    private FoldAhead? ahead;

    private LivePage(LivePageSettings settings, DbDataSource database, DbDataSource journal, (SweepRows Sweeps, RunRows Runs, HostRows Hosts) rows, ILoggerFactory logs)
    {
        (this.settings, this.database, log) = (settings, database, logs.CreateLogger<LivePage>());
        token = new Token(settings.Token);
        this.rows = new LiveRows(database, journal);
        views = new Views(this.rows, rows.Hosts, settings.Lease, TimeProvider.System);
        wishes = new Wishes(rows.Sweeps, rows.Runs, rows.Hosts, TimeProvider.System);
        changes = new ChangeStream(VersionAsync, TimeProvider.System);
        store = settings.Store;
        seq = new SeqLink(settings.Seq);
        meters = new MeterText();

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
        meters.Dispose();
        sheets.Dispose();
    }

    private async Task ListenAsync(CancellationToken stop)
    {
        app.Use(GuardAsync);
        app.UseRouting();
        Get("/", async c => await PageAsync(c, OverviewPage.Of(await views.OverviewAsync().ConfigureAwait(false))).ConfigureAwait(false));
        Get("/sweeps/{id}", SweepAsync);
        Get("/runs/{id}", RunAsync);
        Get("/runs/{id}/faces", FacesAsync);
        Get("/page.css", c => AssetAsync(c, Assets.Css));
        Get("/page.js", c => AssetAsync(c, Assets.Script));
        Get("/events", c => changes.ServeAsync(c, app.Lifetime.ApplicationStopping));
        Get("/health", HealthAsync);
        Get("/metrics", c => BytesAsync(c, MeterText.ContentType, System.Text.Encoding.UTF8.GetBytes(meters.Text())));
        Get("/api/sweeps", async c => await JsonAsync(c, (await views.OverviewAsync().ConfigureAwait(false)).Sweeps.Select(Api.Sweep.Of)).ConfigureAwait(false));
        Get("/api/sweeps/{id}", async c => await FoundAsync(c, await views.SweepAsync(Id(c)).ConfigureAwait(false) is { } look ? Api.SweepDetail.Of(look, TrialQuery.Of(c.Request.Query)) : null).ConfigureAwait(false));
        Get("/api/runs", async c => await JsonAsync(c, (await views.OverviewAsync().ConfigureAwait(false)).Runs.Select(Api.Run.Of)).ConfigureAwait(false));
        Get("/api/runs/{id}", async c => await FoundAsync(c, await views.RunAsync(Id(c)).ConfigureAwait(false) is { } look ? Api.RunDetail.Of(look) : null).ConfigureAwait(false));
        Get("/api/hosts", async c => await JsonAsync(c, (await views.OverviewAsync().ConfigureAwait(false)).Slots.Select(Api.Slot.Of)).ConfigureAwait(false));
        Post("/api/sweeps/{id}/{wish}", ["pause", "resume", "cancel", "retry"], (c, id, wish) => wishes.OfSweepAsync(id, wish, int.TryParse(c.Request.Query["trial"], out var trial) ? trial : 0, c.RequestAborted));
        Post("/api/runs/{id}/{wish}", ["pause", "resume", "cancel"], (_, id, wish) => wishes.OfRunAsync(id, wish));
        Post("/api/hosts/{id}/{wish}", ["drain", "uncordon"], (_, id, wish) => wishes.OfHostAsync(id, wish == "drain"));
        app.MapFallback(c => NotFoundAsync(c, "There is nothing at this address."));
        await app.StartAsync(stop).ConfigureAwait(false);
        var listens = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        Url = settings.Address.Url(BindingAddress.Parse(listens).Port);
    }

    private void Get(string pattern, RequestDelegate answer) => app.MapMethods(pattern, [HttpMethods.Get, HttpMethods.Head], answer);

    private void Post(string pattern, string[] words, Func<HttpContext, string, string, Task<string?>> fulfil) => app.MapPost(pattern, async c =>
    {
        var wish = (string)c.Request.RouteValues["wish"]!;
        if (!token.IsSet)
        {
            await SayAsync(c, StatusCodes.Status403Forbidden, $"Nothing can be changed from this page: the host was started without {Token.Variable}.").ConfigureAwait(false);
        }
        else if (!token.Allows(c.Request.Headers.Authorization))
        {
            c.Response.Headers.WWWAuthenticate = "Bearer";
            await SayAsync(c, StatusCodes.Status401Unauthorized, "That is not the host's token.").ConfigureAwait(false);
        }
        else if (!words.Contains(wish))
        {
            await SayAsync(c, StatusCodes.Status404NotFound, $"'{wish}' is nothing that can be asked for here: expected {string.Join(", ", words)}.").ConfigureAwait(false);
        }
        else
        {
            var answer = await fulfil(c, Id(c), wish).ConfigureAwait(false);
            views.Expire();
            await SayAsync(c, answer is null ? StatusCodes.Status404NotFound : StatusCodes.Status200OK, answer ?? $"There is no '{Id(c)}'.").ConfigureAwait(false);
        }
    });

    /// <summary>Before and around every answer: what a browser may do with it, who may ask, and what becomes of trouble.</summary>
    private async Task GuardAsync(HttpContext context, RequestDelegate next)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers.CacheControl = "no-store";
        if (settings.Address.IsLoopback && !IsThisMachine(context.Request.Host.Host))
        {
            // A page of the internet whose name was made to point here would otherwise read what only this machine may.
            await SayAsync(context, StatusCodes.Status421MisdirectedRequest, "This page is for this machine alone: open it as localhost or 127.0.0.1.").ConfigureAwait(false);
            return;
        }

        try
        {
            await next(context).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
        }
#pragma warning disable CA1031 // a page that fails ends no host
        catch (Exception e)
#pragma warning restore CA1031
        {
            await TroubleAsync(context, e).ConfigureAwait(false);
        }
    }

    private static bool IsThisMachine(string host) => host == "localhost" || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    private async Task TroubleAsync(HttpContext context, Exception e)
    {
        var isDatabase = e is DbException or TimeoutException;
        if (!isDatabase)
        {
            log.LogWarning(e, "The page {Path} failed", context.Request.Path.Value);
        }

        if (context.Response.HasStarted)
        {
            context.Abort();
            return;
        }

        var sentence = isDatabase ? $"The database does not answer: {Masked(e)}" : $"This page failed: {e.GetType().Name}. The host's log has more.";
        if (context.Request.Path.StartsWithSegments("/api", StringComparison.Ordinal))
        {
            await SayAsync(context, StatusCodes.Status503ServiceUnavailable, sentence).ConfigureAwait(false);
            return;
        }

        context.Response.StatusCode = isDatabase ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status500InternalServerError;
        await PageAsync(context, PageFrame.Sentence(isDatabase ? "The database does not answer" : "This page failed", sentence)).ConfigureAwait(false);
    }

    private static string Masked(Exception e) => Secrets.Masked(e.Message.Split('\n')[0]);

    private static string Id(HttpContext c) => (string)c.Request.RouteValues["id"]!;

    private async Task SweepAsync(HttpContext c)
    {
        if (await views.SweepAsync(Id(c), Patience).ConfigureAwait(false) is { } look)
        {
            await PageAsync(c, SweepPage.Of(look, TrialQuery.Of(c.Request.Query), seq, DateTimeOffset.UtcNow)).ConfigureAwait(false);
            return;
        }

        await NotFoundAsync(c, $"There is no sweep '{Id(c)}' in this database.").ConfigureAwait(false);
    }

    private async Task RunAsync(HttpContext c)
    {
        if (await views.RunAsync(Id(c)).ConfigureAwait(false) is { } look)
        {
            await PageAsync(c, RunPage.Of(look, await SweepOfAsync(look).ConfigureAwait(false), seq, DateTimeOffset.UtcNow)).ConfigureAwait(false);
            return;
        }

        await NotFoundAsync(c, $"There is no run '{Id(c)}' in this database. A trial becomes a run when a host takes it up.").ConfigureAwait(false);
    }

    /// <summary>The sweep that a run is a trial of, as far as it is read; null: it is none.</summary>
    private async Task<SweepLook?> SweepOfAsync(RunLook look) => look.Row.Sweep.Length > 0 ? await views.SweepAsync(look.Row.Sweep, Patience).ConfigureAwait(false) : null;

    private async Task FacesAsync(HttpContext c)
    {
        if (KeptFaces.In((await views.RunAsync(Id(c)).ConfigureAwait(false))?.State, c.Request.Query["step"].ToString()) is not { } kept)
        {
            c.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        await sheets.WaitAsync(c.RequestAborted).ConfigureAwait(false);
        try
        {
            var png = kept.Png(store);
            c.Response.Headers.CacheControl = "private, max-age=31536000, immutable";
            await BytesAsync(c, "image/png", png).ConfigureAwait(false);
        }
        catch (Exception e) when (e is DamagedArtifactException or BadInputException or IOException or UnauthorizedAccessException)
        {
            // The picture's words stand in its place.
            c.Response.StatusCode = StatusCodes.Status404NotFound;
        }
        finally
        {
            sheets.Release();
        }
    }

    private async Task HealthAsync(HttpContext c)
    {
        Health health;
        try
        {
            health = Health.Of(settings.Host, settings.Lease, (await views.OverviewAsync().ConfigureAwait(false)).Hosts, "");
        }
        catch (Exception e) when (e is DbException or TimeoutException or IOException)
        {
            health = Health.Of(settings.Host, settings.Lease, null, Masked(e));
        }

        c.Response.StatusCode = health.IsOk ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        await JsonAsync(c, health).ConfigureAwait(false);
    }

    private async Task<string?> VersionAsync(string topic) => topic.Split('/', 2) switch
    {
        ["overview"] => (await views.OverviewAsync().ConfigureAwait(false)).Version,
        ["sweep", var id] => (await views.SweepAsync(id, Patience).ConfigureAwait(false))?.Version,
        ["run", var id] => await views.RunAsync(id).ConfigureAwait(false) is { } look ? RunPage.VersionOf(look, await SweepOfAsync(look).ConfigureAwait(false)) : null,
        _ => null,
    };

    private Task PageAsync(HttpContext c, PageFrame frame) =>
        BytesAsync(c, "text/html; charset=utf-8", c.Request.Headers.ContainsKey("X-Parts") ? frame.Parts(token.IsSet) : frame.Whole(settings.Host, token.IsSet));

    private Task NotFoundAsync(HttpContext c, string sentence)
    {
        c.Response.StatusCode = StatusCodes.Status404NotFound;
        return c.Request.Path.StartsWithSegments("/api", StringComparison.Ordinal) ? JsonAsync(c, new Api.Answer(sentence)) : PageAsync(c, PageFrame.Sentence("Nothing here", sentence));
    }

    private Task FoundAsync<T>(HttpContext c, T? found) where T : class => found is null ? NotFoundAsync(c, $"There is no '{Id(c)}' in this database.") : JsonAsync(c, found);
}
