using Microsoft.AspNetCore.Http;
using static Fer.Host.Live.Web.PageAnswer;

namespace Fer.Host.Live.Web;

/// <summary>Answers with pages, in the frame that is this host's.</summary>
/// <param name="writes">Whether something can be changed from them.</param>
internal sealed class PageShell(string host, bool writes)
{
    public Task PageAsync(HttpContext c, PageFrame frame) =>
        BytesAsync(c, "text/html; charset=utf-8", c.Request.Headers.ContainsKey("X-Parts") ? frame.Parts(writes) : frame.Whole(host, writes));

    public Task NotFoundAsync(HttpContext c, string sentence)
    {
        c.Response.StatusCode = StatusCodes.Status404NotFound;
        return c.Request.Path.StartsWithSegments("/api", StringComparison.Ordinal) ? JsonAsync(c, new Api.Answer(sentence)) : PageAsync(c, PageFrame.Sentence("Nothing here", sentence));
    }
}
