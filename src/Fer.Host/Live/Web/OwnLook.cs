using System.Net.Sockets;
using System.Text;

namespace Fer.Host.Live.Web;

/// <summary>Asks a server of this process for an address over a connection of its own, as a browser would, and throws the answer away.</summary>
/// <param name="url">As a browser on this machine opens it.</param>
internal sealed class OwnLook(string url)
{
    private readonly Uri server = new(url);

    public async Task AtAsync(string path, CancellationToken stop)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(server.Host, server.Port, stop).ConfigureAwait(false);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: {server.Authority}\r\nConnection: close\r\n\r\n"), stop).ConfigureAwait(false);
        await stream.CopyToAsync(Stream.Null, stop).ConfigureAwait(false);
    }
}
