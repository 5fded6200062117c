using System.Text.Json;
using Fer.Host.Settings;
using Microsoft.AspNetCore.Http;

namespace Fer.Host.Live.Web;

/// <summary>How an answer is written.</summary>
internal static class PageAnswer
{
    public static Task SayAsync(HttpContext c, int status, string sentence)
    {
        c.Response.StatusCode = status;
        return JsonAsync(c, new Api.Answer(sentence));
    }

    /// <summary>What went wrong, in a line without secrets.</summary>
    public static string Masked(Exception e) => Secrets.Masked(e.Message.Split('\n')[0]);

    public static Task AssetAsync(HttpContext c, Assets asset)
    {
        c.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
        return BytesAsync(c, asset.Type, asset.Content);
    }

    public static Task JsonAsync<T>(HttpContext c, T value) => BytesAsync(c, "application/json; charset=utf-8", JsonSerializer.SerializeToUtf8Bytes(value, Api.Options));

    public static async Task BytesAsync(HttpContext c, string type, byte[] content)
    {
        c.Response.ContentType = type;
        c.Response.ContentLength = content.Length;
        await c.Response.Body.WriteAsync(content, c.RequestAborted).ConfigureAwait(false);
    }
}
