using System.Data.Common;
using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using static Fer.Host.Live.Web.PageAnswer;

namespace Fer.Host.Live.Web;

/// <summary>Stands before every answer: who may ask, who may change something, what a browser may do with it; and after it, where it fails.</summary>
/// <param name="isLoopback">The page is for this machine alone.</param>
internal sealed class PageGuard(bool isLoopback, Token token, PageShell shell, ILogger log)
{
    /// <summary>Before and around every answer: what a browser may do with it, who may ask, and what becomes of trouble.</summary>
    public async Task AroundAsync(HttpContext context, RequestDelegate next)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers.CacheControl = "no-store";
        if (isLoopback && !IsThisMachine(context.Request.Host.Host))
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

    /// <summary>Whether who asks may change something; where not, that is the answer.</summary>
    public async Task<bool> MayChangeAsync(HttpContext c)
    {
        if (!token.IsSet)
        {
            await SayAsync(c, StatusCodes.Status403Forbidden, $"Nothing can be changed from this page: the host was started without {Token.Variable}.").ConfigureAwait(false);
            return false;
        }

        if (!token.Allows(c.Request.Headers.Authorization))
        {
            c.Response.Headers.WWWAuthenticate = "Bearer";
            await SayAsync(c, StatusCodes.Status401Unauthorized, "That is not the host's token.").ConfigureAwait(false);
            return false;
        }

        return true;
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
        await shell.PageAsync(context, PageFrame.Sentence(isDatabase ? "The database does not answer" : "This page failed", sentence)).ConfigureAwait(false);
    }
}
