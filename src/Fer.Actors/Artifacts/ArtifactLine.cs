using System.Collections.Immutable;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;

namespace Fer.Actors.Artifacts;

/// <summary>What is asked of a holder.</summary>
/// <param name="From">Who has them; null: look only at what is there.</param>
public sealed record KeepRequest(Holder? From, ImmutableArray<string> Hashes);

/// <summary>Its answer: those that it does not have.</summary>
public sealed record KeepAnswer(ImmutableArray<string> Missing);

/// <summary>Talks to other hosts' doors, over HTTP: with mutual TLS where hosts have certificates, with the database's word always.</summary>
public sealed class ArtifactLine : IDisposable
{
    /// <summary>A holder that says nothing for so long is not waited for: another has it, or it is made again.</summary>
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan LongestConnect = TimeSpan.FromSeconds(2);

    private readonly HttpClient client;

    /// <summary>A line on loopback.</summary>
    public ArtifactLine(string token, ILogger log)
        : this(token, null, log)
    {
    }

    /// <param name="certificates">Null: on loopback only.</param>
    internal ArtifactLine(string token, Hosts.HostCertificates? certificates, ILogger log)
    {
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
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    public static string PathOf(string hash) => $"/artifacts/{hash}";

    public const string KeepPath = "/artifacts/keep";

    /// <summary>Appends to a stream what it lacks of a holder's artifact: a transfer that was cut goes on where it was.</summary>
    /// <returns>False: the holder does not have it, or cannot be reached; what came so far stays.</returns>
    public async Task<bool> FetchAsync(Holder from, string hash, FileStream to, CancellationToken stop)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(LongestSilence);
        using var request = new HttpRequestMessage(HttpMethod.Get, from.Url + PathOf(hash));
        if (to.Length > 0)
        {
            request.Headers.Range = new RangeHeaderValue(to.Length, null);
        }

        using var answer = await OrNullAsync(() => client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token), stop).ConfigureAwait(false);
        if (answer?.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            // It has as much as that already: the hash will tell.
            return true;
        }

        if (answer is not { IsSuccessStatusCode: true })
        {
            return false;
        }

        to.SetLength(answer.StatusCode == HttpStatusCode.PartialContent ? answer.Content.Headers.ContentRange?.From ?? 0 : 0);
        to.Seek(0, SeekOrigin.End);
        await using var body = await OrNullAsync(() => answer.Content.ReadAsStreamAsync(patience.Token), stop).ConfigureAwait(false);
        for (var buffer = new byte[1 << 18]; body is not null; patience.CancelAfter(LongestSilence))
        {
            var read = await OrNullAsync(async () => (object)await body.ReadAsync(buffer, patience.Token).ConfigureAwait(false), stop).ConfigureAwait(false);
            if (read is null or 0)
            {
                return read is 0;
            }

            // A full disk here is no fault of the line.
            await to.WriteAsync(buffer.AsMemory(0, (int)read), stop).ConfigureAwait(false);
        }

        return false;
    }

    /// <summary>Asks a holder to fetch artifacts from another, or only which it lacks.</summary>
    /// <returns>Those it does not have then; null: it cannot be reached, or did not answer in time (it may still be at it).</returns>
    public async Task<ImmutableArray<string>?> KeepAsync(Holder holder, KeepRequest what, CancellationToken stop)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(LongestSilence);
        return await OrNullAsync<object>(async () =>
        {
            using var answer = await client.PostAsJsonAsync(holder.Url + KeepPath, what, patience.Token).ConfigureAwait(false);
            return answer.IsSuccessStatusCode ? (await answer.Content.ReadFromJsonAsync<KeepAnswer>(patience.Token).ConfigureAwait(false))!.Missing : null!;
        }, stop).ConfigureAwait(false) as ImmutableArray<string>?;
    }

    public void Dispose() => client.Dispose();

    private static async Task<T?> OrNullAsync<T>(Func<Task<T>> ask, CancellationToken stop)
        where T : class
    {
        try
        {
            return await ask().ConfigureAwait(false);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or System.Text.Json.JsonException || (e is OperationCanceledException && !stop.IsCancellationRequested))
        {
            return null;
        }
    }
}
