using System.Collections.Immutable;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Fer.Actors.Artifacts;

/// <summary>What is asked of a holder.</summary>
/// <param name="From">Name of the host that has them; null: look only at what is there.</param>
/// <param name="IsUrgent">A row waits to name them.</param>
public sealed record KeepRequest(string? From, ImmutableArray<string> Hashes, bool IsUrgent = false);

/// <summary>Its answer, after two seconds at most.</summary>
/// <param name="Missing">What it does not have, and does not get.</param>
/// <param name="Coming">What it is at.</param>
/// <param name="Moved">Bytes that it has read or fetched so far: while they become more, it gets on.</param>
public sealed record KeepAnswer(ImmutableArray<string> Missing, ImmutableArray<string> Coming, long Moved);

/// <summary>How a transfer ended.</summary>
public enum Transfer
{
    /// <summary>All that the holder has is here.</summary>
    Whole,

    /// <summary>The holder says that it does not have it.</summary>
    Absent,

    /// <summary>It cannot be reached, or became too slow. What came so far stays.</summary>
    Cut,
}

/// <summary>
/// Talks to other hosts' doors over HTTP: with mutual TLS where hosts have certificates, and every question signed with a key that only the database of the
/// hosts knows, which itself is never sent.
/// </summary>
public sealed class ArtifactLine : IDisposable
{
    public const string KeepPath = "/artifacts/keep";

    private const string Scheme = "Fer";

    /// <summary>Characters of <see cref="Sign"/>.</summary>
    public static int SignatureLength { get; } = Scheme.Length + 1 + (2 * HMACSHA256.HashSizeInBytes);

    /// <summary>A holder that brings less than <see cref="LeastBytes"/> in so long is not waited for.</summary>
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(10);

    private const int LeastBytes = 1 << 18;

    private static readonly TimeSpan LongestConnect = TimeSpan.FromSeconds(2);

    private readonly HttpClient client;
    private readonly string key;
    private readonly bool needsTls;

    /// <summary>A line on loopback.</summary>
    public ArtifactLine(string key, ILogger log)
        : this(key, null, log)
    {
    }

    /// <param name="key">The database's.</param>
    /// <param name="certificates">Null: on loopback only.</param>
    internal ArtifactLine(string key, Hosts.HostCertificates? certificates, ILogger log)
    {
        (this.key, needsTls) = (key, certificates is not null);
        var handler = new SocketsHttpHandler { ConnectTimeout = LongestConnect, UseProxy = false, AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) };
        if (certificates is not null)
        {
            handler.SslOptions = new SslClientAuthenticationOptions
            {
                ClientCertificates = [certificates.Own],
                RemoteCertificateValidationCallback = (_, peer, chain, _) => certificates.Accepts(peer as X509Certificate2, chain, "an artifact door", log),
            };
        }

        client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    public static string PathOf(string hash) => $"/artifacts/{hash}";

    /// <summary>The header that shows that whoever asks knows the key: an HMAC of what is asked.</summary>
    public static string Sign(string key, string method, string path, ReadOnlySpan<byte> body) =>
        $"{Scheme} {Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), (ReadOnlySpan<byte>)[.. Encoding.UTF8.GetBytes($"{method} {path}\n"), .. body]))}";

    /// <summary>Appends to a stream what it lacks of a holder's artifact: a transfer that was cut goes on where it was. Throws where it cannot be written.</summary>
    /// <param name="moved">Is told of bytes as they come.</param>
    public async Task<Transfer> FetchAsync(Holder from, string hash, FileStream to, Action<long> moved, CancellationToken stop)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(LongestSilence);
        if (!MayAsk(from))
        {
            return Transfer.Cut;
        }

        using var request = Request(from, HttpMethod.Get, PathOf(hash), []);
        if (to.Length > 0)
        {
            request.Headers.Range = new RangeHeaderValue(to.Length, null);
        }

        using var answer = await OrNullAsync(() => client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token), stop).ConfigureAwait(false);
        switch (answer)
        {
            case { StatusCode: HttpStatusCode.NotFound }:
                return Transfer.Absent;
            case { StatusCode: HttpStatusCode.RequestedRangeNotSatisfiable }:
                // It has as much as that already: the hash will tell.
                return Transfer.Whole;
            case not { IsSuccessStatusCode: true }:
                return Transfer.Cut;
        }

        to.SetLength(answer.StatusCode == HttpStatusCode.PartialContent ? answer.Content.Headers.ContentRange?.From ?? 0 : 0);
        to.Seek(0, SeekOrigin.End);
        await using var body = await OrNullAsync(() => answer.Content.ReadAsStreamAsync(patience.Token), stop).ConfigureAwait(false);
        var (buffer, brought, waited) = (new byte[1 << 18], 0, TimeSpan.Zero);
        while (body is not null)
        {
            var began = Stopwatch.GetTimestamp();
            patience.CancelAfter(LongestSilence);
            var read = await OrNullAsync(async () => (object)await body.ReadAsync(buffer, patience.Token).ConfigureAwait(false), stop).ConfigureAwait(false) as int?;
            patience.CancelAfter(Timeout.InfiniteTimeSpan);
            if (read is null or 0)
            {
                return read is 0 ? Transfer.Whole : Transfer.Cut;
            }

            // Only waiting for the holder counts: a slow disk here is no fault of the line.
            (brought, waited) = (brought + read.Value, waited + Stopwatch.GetElapsedTime(began));
            await to.WriteAsync(buffer.AsMemory(0, read.Value), stop).ConfigureAwait(false);
            moved(read.Value);
            if (brought >= LeastBytes)
            {
                (brought, waited) = (0, TimeSpan.Zero);
            }
            else if (waited > LongestSilence)
            {
                return Transfer.Cut;
            }
        }

        return Transfer.Cut;
    }

    /// <summary>Asks a holder to keep artifacts, or which it has.</summary>
    /// <returns>Null: it cannot be reached, or does not answer.</returns>
    public async Task<KeepAnswer?> KeepAsync(Holder holder, KeepRequest what, CancellationToken stop)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(LongestSilence);
        return !MayAsk(holder) ? null : await OrNullAsync(async () =>
        {
            using var request = Request(holder, HttpMethod.Post, KeepPath, JsonSerializer.SerializeToUtf8Bytes(what));
            using var answer = await client.SendAsync(request, patience.Token).ConfigureAwait(false);
            return answer.IsSuccessStatusCode ? JsonSerializer.Deserialize<KeepAnswer>(await answer.Content.ReadAsByteArrayAsync(patience.Token).ConfigureAwait(false))! : null!;
        }, stop).ConfigureAwait(false);
    }

    public void Dispose() => client.Dispose();

    private bool MayAsk(Holder holder) => !needsTls || holder.Url.StartsWith("https:", StringComparison.Ordinal);

    private HttpRequestMessage Request(Holder to, HttpMethod method, string path, byte[] body)
    {
        var request = new HttpRequestMessage(method, to.Url + path) { Content = body.Length > 0 ? new ByteArrayContent(body) : null };
        request.Headers.TryAddWithoutValidation("Authorization", Sign(key, method.Method, path, body));
        return request;
    }

    private static async Task<T?> OrNullAsync<T>(Func<Task<T>> ask, CancellationToken stop)
        where T : class
    {
        try
        {
            return await ask().ConfigureAwait(false);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or JsonException || (e is OperationCanceledException && !stop.IsCancellationRequested))
        {
            return null;
        }
    }
}
