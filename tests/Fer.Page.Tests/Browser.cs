using Fer.Actors.Tests.Journals;
using Microsoft.Playwright;

namespace Fer.Page.Tests;

/// <summary>Tests on one server and one browser: one after another.</summary>
[CollectionDefinition("page")]
public sealed class PageCollection : ICollectionFixture<PostgresServer>, ICollectionFixture<Browser>;

/// <summary>Debian's Chromium, started by the first test that wants it.</summary>
public sealed class Browser : IAsyncDisposable
{
    private static readonly string? Program = new[] { "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome" }.FirstOrDefault(File.Exists);

    private IPlaywright? playwright;
    private IBrowser? browser;

    /// <summary>Skips the test with a line where there is no Chromium.</summary>
    public async Task<IBrowser> OpenAsync()
    {
        Assert.SkipWhen(Program is null, "no Chromium here (apt-get install chromium)");
        playwright ??= await Playwright.CreateAsync();
        return browser ??= await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Program, Args = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"], Timeout = 120_000 });
    }

    public async ValueTask DisposeAsync()
    {
        if (browser is not null)
        {
            await browser.DisposeAsync();
        }

        playwright?.Dispose();
    }
}
