using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using System.Threading.Channels;

namespace Fer.Host.Tests.Hosting;

/// <summary>Whoever listens to a webhook: takes, refuses or never answers what comes.</summary>
internal sealed class Receiver : IDisposable
{
    private readonly HttpListener listener = new();
    private readonly Channel<(JsonNode Body, HttpListenerResponse Answer)> told = Channel.CreateUnbounded<(JsonNode, HttpListenerResponse)>();

    public Receiver()
    {
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        Address = $"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}/hook/";
        free.Stop();
        listener.Prefixes.Add(Address);
        listener.Start();
        _ = ListenAsync();
    }

    public string Address { get; }

    /// <summary>The next message, which is answered by a status; null: by nothing at all.</summary>
    public async Task<JsonNode> NextAsync(int? status)
    {
        var (body, answer) = await told.Reader.ReadAsync(new CancellationTokenSource(TimeSpan.FromMinutes(2)).Token);
        if (status is { } code)
        {
            answer.StatusCode = code;
            answer.Close();
        }

        return body;
    }

    /// <summary>Nobody listens there any more.</summary>
    public void Stop() => listener.Stop();

    public void Dispose() => listener.Close();

    private async Task ListenAsync()
    {
        try
        {
            while (true)
            {
                var context = await listener.GetContextAsync();
                told.Writer.TryWrite(((await JsonNode.ParseAsync(context.Request.InputStream))!, context.Response));
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException)
        {
        }
    }
}
