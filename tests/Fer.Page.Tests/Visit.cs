using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace Fer.Page.Tests;

/// <summary>A tab on a site, with whatever it complained of and wherever it asked.</summary>
internal sealed class Visit : IAsyncDisposable
{
    private readonly IBrowserContext context;
    private readonly ConcurrentQueue<string> complaints = [];
    private readonly ConcurrentQueue<string> asked = [];

    private Visit(IBrowserContext context, IPage page)
    {
        (this.context, Page) = (context, page);
        page.SetDefaultTimeout(60_000);
        page.Console += (_, m) =>
        {
            if (m.Type is "error" or "warning")
            {
                complaints.Enqueue(m.Text);
            }
        };
        page.PageError += (_, e) => complaints.Enqueue(e);
        page.Request += (_, r) => asked.Enqueue(r.Url);
    }

    public IPage Page { get; }

    /// <summary>Errors and warnings of the console, and of scripts.</summary>
    public IEnumerable<string> Complaints => complaints;

    /// <summary>All addresses that were asked for.</summary>
    public IEnumerable<string> Asked => asked;

    public static async Task<Visit> StartAsync(Browser browser, int width = 1280, int height = 900, ColorScheme scheme = ColorScheme.Light, bool script = true)
    {
        var context = await (await browser.OpenAsync()).NewContextAsync(new() { ViewportSize = new() { Width = width, Height = height }, ColorScheme = scheme, JavaScriptEnabled = script });
        return new Visit(context, await context.NewPageAsync());
    }

    /// <summary>What a script says of the page.</summary>
    public Task<T> Ask<T>(string script) => Page.EvaluateAsync<T>(script);

    public async ValueTask DisposeAsync() => await context.DisposeAsync();
}
