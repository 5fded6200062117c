using System.Data.Common;
using Fer.Actors.Storage;
using Fer.Models;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using static Fer.Host.Live.Web.PageAnswer;

namespace Fer.Host.Live.Web;

/// <summary>What is answered under which path: pages, the same as JSON, what operators watch, and wishes.</summary>
internal sealed class PageRoutes : IDisposable
{
    /// <summary>A journal that is still being read by then is shown as far as it is.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(200);

    private readonly MeterText meters = new();
    private readonly LivePageSettings settings;
    private readonly PageGuard guard;
    private readonly PageShell shell;
    private readonly Views views;
    private readonly Wishes wishes;
    private readonly ChangeStream changes;
    private readonly ArtifactStore store;
    private readonly SeqLink seq;

    // Sheets are megabytes while they are made.
    private readonly SemaphoreSlim sheets = new(1);

    public PageRoutes(LivePageSettings settings, PageGuard guard, PageShell shell, Views views, Wishes wishes)
    {
        (this.settings, this.guard, this.shell, this.views, this.wishes) = (settings, guard, shell, views, wishes);
        changes = new ChangeStream(VersionAsync, TimeProvider.System);
        store = settings.Store;
        seq = new SeqLink(settings.Seq);
    }

    /// <summary>What is answered under which path.</summary>
    public void Map(WebApplication app)
    {
        Get(app, "/", async c => await shell.PageAsync(c, OverviewPage.Of(await views.OverviewAsync().ConfigureAwait(false))).ConfigureAwait(false));
        Get(app, "/sweeps/{id}", SweepAsync);
        Get(app, "/runs/{id}", RunAsync);
        Get(app, "/runs/{id}/faces", FacesAsync);
        Get(app, "/page.css", c => AssetAsync(c, Assets.Css));
        Get(app, "/page.js", c => AssetAsync(c, Assets.Script));
        Get(app, "/events", c => changes.ServeAsync(c, app.Lifetime.ApplicationStopping));
        Get(app, "/health", HealthAsync);
        Get(app, "/metrics", c => BytesAsync(c, MeterText.ContentType, System.Text.Encoding.UTF8.GetBytes(meters.Text())));
        Get(app, "/api/sweeps", async c => await JsonAsync(c, (await views.OverviewAsync().ConfigureAwait(false)).Sweeps.Select(Api.Sweep.Of)).ConfigureAwait(false));
        Get(app, "/api/sweeps/{id}", async c => await FoundAsync(c, await views.SweepAsync(Id(c)).ConfigureAwait(false) is { } look ? Api.SweepDetail.Of(look, TrialQuery.Of(c.Request.Query)) : null).ConfigureAwait(false));
        Get(app, "/api/runs", async c => await JsonAsync(c, (await views.OverviewAsync().ConfigureAwait(false)).Runs.Select(Api.Run.Of)).ConfigureAwait(false));
        Get(app, "/api/runs/{id}", async c => await FoundAsync(c, await views.RunAsync(Id(c)).ConfigureAwait(false) is { } look ? Api.RunDetail.Of(look) : null).ConfigureAwait(false));
        Get(app, "/api/hosts", async c => await JsonAsync(c, (await views.OverviewAsync().ConfigureAwait(false)).Slots.Select(Api.Slot.Of)).ConfigureAwait(false));
        Post(app, "/api/sweeps/{id}/{wish}", ["pause", "resume", "cancel", "retry"], (c, id, wish) => wishes.OfSweepAsync(id, wish, int.TryParse(c.Request.Query["trial"], out var trial) ? trial : 0, c.RequestAborted));
        Post(app, "/api/runs/{id}/{wish}", ["pause", "resume", "cancel"], (_, id, wish) => wishes.OfRunAsync(id, wish));
        Post(app, "/api/hosts/{id}/{wish}", ["drain", "uncordon"], (_, id, wish) => wishes.OfHostAsync(id, wish == "drain"));
        app.MapFallback(c => shell.NotFoundAsync(c, "There is nothing at this address."));
    }

    private static void Get(WebApplication app, string pattern, RequestDelegate answer) => app.MapMethods(pattern, [HttpMethods.Get, HttpMethods.Head], answer);

    private void Post(WebApplication app, string pattern, string[] words, Func<HttpContext, string, string, Task<string?>> fulfil) => app.MapPost(pattern, async c =>
    {
        var wish = (string)c.Request.RouteValues["wish"]!;
        if (!await guard.MayChangeAsync(c).ConfigureAwait(false))
        {
            return;
        }

        if (!words.Contains(wish))
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

    private static string Id(HttpContext c) => (string)c.Request.RouteValues["id"]!;

    private async Task SweepAsync(HttpContext c)
    {
        if (await views.SweepAsync(Id(c), Patience).ConfigureAwait(false) is { } look)
        {
            await shell.PageAsync(c, SweepPage.Of(look, TrialQuery.Of(c.Request.Query), seq, DateTimeOffset.UtcNow)).ConfigureAwait(false);
            return;
        }

        await shell.NotFoundAsync(c, $"There is no sweep '{Id(c)}' in this database.").ConfigureAwait(false);
    }

    private async Task RunAsync(HttpContext c)
    {
        if (await views.RunAsync(Id(c)).ConfigureAwait(false) is { } look)
        {
            await shell.PageAsync(c, RunPage.Of(look, await SweepOfAsync(look).ConfigureAwait(false), seq, DateTimeOffset.UtcNow)).ConfigureAwait(false);
            return;
        }

        await shell.NotFoundAsync(c, $"There is no run '{Id(c)}' in this database. A trial becomes a run when a host takes it up.").ConfigureAwait(false);
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

    private Task FoundAsync<T>(HttpContext c, T? found) where T : class => found is null ? shell.NotFoundAsync(c, $"There is no '{Id(c)}' in this database.") : JsonAsync(c, found);

    public void Dispose()
    {
        meters.Dispose();
        sheets.Dispose();
    }
}
