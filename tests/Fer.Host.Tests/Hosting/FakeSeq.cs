using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace Fer.Host.Tests.Hosting;

/// <summary>Takes what Seq would take.</summary>
internal sealed class FakeSeq : IDisposable
{
    private readonly HttpListener listener = new();
    private readonly TaskCompletionSource enough = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int wanted = int.MaxValue;

    public FakeSeq(int port)
    {
        listener.Prefixes.Add($"http://127.0.0.1:{port}/");
        listener.Start();
        _ = Task.Run(ServeAsync);
    }

    public ConcurrentQueue<JsonObject> Entries { get; } = [];

    public string? ApiKey { get; private set; }

    /// <summary>A port of this machine that nobody listens on.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public Task Got(int entries)
    {
        wanted = entries;
        Check();
        return enough.Task;
    }

    public void Dispose() => listener.Close();

    private async Task ServeAsync()
    {
        while (listener.IsListening)
        {
            HttpListenerContext call;
            try
            {
                call = await listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            ApiKey = call.Request.Headers["X-Seq-ApiKey"];
            using var reader = new StreamReader(call.Request.InputStream);
            foreach (var line in (await reader.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                Entries.Enqueue(JsonNode.Parse(line)!.AsObject());
            }

            call.Response.StatusCode = 201;
            call.Response.Close();
            Check();
        }
    }

    private void Check()
    {
        if (Entries.Count >= wanted)
        {
            enough.TrySetResult();
        }
    }
}
