using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Npgsql;

namespace Fer.Process.Tests.Hosts;

/// <summary>A wire to the database, which carries everything and may be slow.</summary>
internal sealed class Wire : IDisposable
{
    private readonly TcpListener listener;
    private readonly NpgsqlConnectionStringBuilder server;
    private readonly CancellationTokenSource stop = new();

    /// <param name="at">Where it is entered.</param>
    public Wire(string connectionString, IPAddress at)
    {
        server = new NpgsqlConnectionStringBuilder(connectionString);
        listener = new TcpListener(at, 0);
        listener.Start();
        _ = AcceptAsync();
    }

    /// <summary>Each way.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>For whoever goes through it.</summary>
    public string ConnectionString
    {
        get
        {
            var end = (IPEndPoint)listener.LocalEndpoint;
            return new NpgsqlConnectionStringBuilder(server.ConnectionString) { Host = end.Address.ToString(), Port = end.Port }.ConnectionString;
        }
    }

    public void Dispose()
    {
        stop.Cancel();
        listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!stop.IsCancellationRequested)
        {
            _ = CarryAsync(await listener.AcceptTcpClientAsync(stop.Token));
        }
    }

    private async Task CarryAsync(TcpClient from)
    {
        using (from)
        using (var to = new TcpClient())
        {
            try
            {
                await to.ConnectAsync(server.Host!, server.Port, stop.Token);
                await Task.WhenAny(CarryAsync(from.GetStream(), to.GetStream()), CarryAsync(to.GetStream(), from.GetStream()));
            }
            catch (SocketException)
            {
                // No server: whoever came in sees its connection end.
            }
        }
    }

    // What is under way does not hold up what comes after it: slow, not narrow.
    private async Task CarryAsync(NetworkStream from, NetworkStream to)
    {
        var under = Channel.CreateUnbounded<(byte[] Bytes, long Due)>();
        var delivery = DeliverAsync();
        var buffer = new byte[65_536];
        while (await from.ReadAsync(buffer, stop.Token) is > 0 and var read)
        {
            under.Writer.TryWrite((buffer[..read], Environment.TickCount64 + (long)Delay.TotalMilliseconds));
        }

        under.Writer.Complete();
        await delivery;

        async Task DeliverAsync()
        {
            await foreach (var (bytes, due) in under.Reader.ReadAllAsync(stop.Token))
            {
                await Task.Delay((int)Math.Max(0, due - Environment.TickCount64), stop.Token);
                await to.WriteAsync(bytes, stop.Token);
            }
        }
    }
}
