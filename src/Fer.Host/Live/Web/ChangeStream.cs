using System.Data.Common;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Fer.Host.Live.Web;

/// <summary>Server-sent events: says that what a page shows has changed. The page asks for it by itself, so nothing is lost when a word is.</summary>
internal sealed class ChangeStream(Func<string, Task<string?>> version, TimeProvider clock)
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    /// <summary>A word now and then, so that a connection that is gone is known to be.</summary>
    private const int WordEvery = 15;

    /// <summary>So many may listen; beyond, the page is as it is without a script.</summary>
    private const int Most = 64;

    private int listening;

    /// <summary>Until the reader goes, or this host does.</summary>
    /// <param name="context">The request: its topic, and the version that its page shows.</param>
    /// <param name="stop">This host leaves.</param>
    public async Task ServeAsync(HttpContext context, CancellationToken stop)
    {
        var topic = context.Request.Query["topic"].ToString();
        var seen = context.Request.Query["seen"].ToString();
        if (Interlocked.Increment(ref listening) > Most)
        {
            Interlocked.Decrement(ref listening);
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return;
        }

        try
        {
            using var both = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stop);
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync("retry: 2000\n\n", both.Token).ConfigureAwait(false);
            using var timer = new PeriodicTimer(Look, clock);
            var (well, quiet) = ((bool?)null, 0);
            do
            {
                var (now, trouble) = await VersionAsync(topic).ConfigureAwait(false);
                var word = trouble is not null
                    ? well == false ? null : Event("trouble", new { sentence = trouble })
                    : now != seen ? Event("changed", new { topic, version = now }) : well == true ? null : Event("ok", new { topic });
                (well, seen) = (trouble is null, trouble is null ? now ?? "" : seen);
                quiet = word is null ? quiet + 1 : 0;
                word ??= quiet >= WordEvery ? ": still here\n\n" : null;
                if (word is not null)
                {
                    quiet = 0;
                    await context.Response.WriteAsync(word, both.Token).ConfigureAwait(false);
                    await context.Response.Body.FlushAsync(both.Token).ConfigureAwait(false);
                }
            }
            while (await timer.WaitForNextTickAsync(both.Token).ConfigureAwait(false));
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // The reader has gone, or this host goes.
        }
        finally
        {
            Interlocked.Decrement(ref listening);
        }
    }

    private async Task<(string? Version, string? Trouble)> VersionAsync(string topic)
    {
        try
        {
            return (await version(topic).ConfigureAwait(false), null);
        }
        catch (Exception e) when (e is DbException or TimeoutException or IOException)
        {
            return (null, string.Create(CultureInfo.InvariantCulture, $"the database does not answer since {clock.GetUtcNow():HH:mm:ss} UTC"));
        }
    }

    private static string Event<T>(string name, T data) => $"event: {name}\ndata: {JsonSerializer.Serialize(data)}\n\n";
}
