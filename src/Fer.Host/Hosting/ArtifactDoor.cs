using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Fer.Actors.Artifacts;
using Fer.Actors.Storage;
using Fer.Host.Live.Web;
using Fer.Models;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Fer.Host.Hosting;

/// <summary>
/// A host's door to its artifacts, for other hosts (HTTP/1.1): <c>GET /artifacts/HASH</c> with ranges, and <c>POST /artifacts/keep</c>, which has it fetch
/// copies. Who does not sign with the database's key gets nothing, whatever he asks for.
/// </summary>
internal sealed class ArtifactDoor : IArtifactDoor
{
    private static readonly TimeSpan LongestHandshake = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan LongestStop = TimeSpan.FromSeconds(2);

    /// <summary>A list of hashes.</summary>
    private const int LongestBody = 1 << 20;

    private const int MostConnections = 256;

    private readonly WebApplication app;
    private readonly ArtifactDoorSetup setup;

    private ArtifactDoor(ArtifactDoorSetup setup, IPAddress address, ILoggerFactory logs)
    {
        this.setup = setup;
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(k =>
        {
            k.AddServerHeader = false;
            k.Limits.MaxRequestBodySize = LongestBody;
            k.Limits.MaxConcurrentConnections = MostConnections;
            k.Listen(address, setup.Port, Listen);
        });
        builder.Services.AddRoutingCore();
        builder.Logging.AddProvider(new PageLog(logs));
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = LongestStop);
        app = builder.Build();
        app.Use(GuardAsync);
        app.MapMethods("/artifacts/{hash}", [HttpMethods.Get], GiveAsync);
        app.MapPost(ArtifactLine.KeepPath, KeepAsync);
    }

    public int Port { get; private set; }

    /// <summary>Listens. Throws <see cref="BadInputException"/> where it cannot.</summary>
    public static async Task<IArtifactDoor> OpenAsync(ArtifactDoorSetup setup, ILoggerFactory logs, CancellationToken stop)
    {
        ArtifactDoor? door = null;
        try
        {
            door = new ArtifactDoor(setup, await AddressOfAsync(setup.Address, stop).ConfigureAwait(false), logs);
            await door.app.StartAsync(stop).ConfigureAwait(false);
            door.Port = new Uri(door.app.Urls.First()).Port;
            return door;
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            if (door is not null)
            {
                await door.DisposeAsync().ConfigureAwait(false);
            }

            throw new BadInputException(e is AddressInUseException || e.InnerException is AddressInUseException
                ? $"fer.cluster.artifact-port: port {setup.Port} of {setup.Address} is in use by another program: choose another, or 0 for any free one."
                : $"fer.cluster.address: artifacts cannot be given away at {setup.Address}:{setup.Port}: {e.Message}", e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        // Transfers that end soon may end.
        using var limit = new CancellationTokenSource(LongestStop);
        await app.StopAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await app.DisposeAsync().ConfigureAwait(false);
    }

    private static async Task<IPAddress> AddressOfAsync(string address, CancellationToken stop) =>
        IPAddress.TryParse(address, out var ip) ? ip : (await Dns.GetHostAddressesAsync(address, stop).ConfigureAwait(false)).OrderBy(a => a.AddressFamily == AddressFamily.InterNetwork ? 0 : 1).First();

    private void Listen(ListenOptions options)
    {
        options.Protocols = HttpProtocols.Http1;
        if (setup.Certificate is { } own)
        {
            options.UseHttps(new HttpsConnectionAdapterOptions
            {
                ServerCertificate = own,
                HandshakeTimeout = LongestHandshake,
                ClientCertificateMode = ClientCertificateMode.RequireCertificate,
                ClientCertificateValidation = (X509Certificate2 peer, X509Chain? chain, System.Net.Security.SslPolicyErrors _) => setup.Accepts(peer, chain),
            });
        }
    }

    // Whoever does not know the key learns nothing, not even what is here.
    private async Task GuardAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            var shown = context.Request.Headers.Authorization.ToString();
            if (shown.Length != ArtifactLine.SignatureLength)
            {
                // Without reading on: a stranger.
                context.Response.StatusCode = StatusCodes.Status401Unauthorized;
                return;
            }

            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body, context.RequestAborted).ConfigureAwait(false);
            var expected = ArtifactLine.Sign(setup.Key, context.Request.Method, context.Request.Path.Value ?? "", body.GetBuffer().AsSpan(0, (int)body.Length));
            if (!CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(expected), Encoding.UTF8.GetBytes(shown)))
            {
                context.Response.StatusCode = StatusCodes.Status401Unauthorized;
                return;
            }

            body.Position = 0;
            context.Request.Body = body;
            await next(context).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException && !context.Response.HasStarted)
        {
            context.Response.StatusCode = e switch
            {
                Microsoft.AspNetCore.Http.BadHttpRequestException bad => bad.StatusCode,
                JsonException => StatusCodes.Status400BadRequest,
                FileNotFoundException => StatusCodes.Status404NotFound,
                _ => StatusCodes.Status500InternalServerError,
            };
        }
    }

    private Task GiveAsync(HttpContext context)
    {
        var hash = (string)context.Request.RouteValues["hash"]!;
        return ArtifactStore.IsHash(hash) && setup.Store.Has(hash)
            ? Results.File(setup.Store.PathOf(hash), "application/octet-stream", enableRangeProcessing: true).ExecuteAsync(context)
            : Task.FromResult(context.Response.StatusCode = StatusCodes.Status404NotFound);
    }

    private async Task KeepAsync(HttpContext context)
    {
        var what = JsonSerializer.Deserialize<KeepRequest>(((MemoryStream)context.Request.Body).ToArray());
        if (what is null || what.Hashes.IsDefault || !what.Hashes.All(ArtifactStore.IsHash))
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        await PageAnswer.BytesAsync(context, "application/json", JsonSerializer.SerializeToUtf8Bytes(await setup.Keep(what).ConfigureAwait(false))).ConfigureAwait(false);
    }
}
