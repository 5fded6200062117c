using System.Globalization;
using System.Net;
using Fer.Models;

namespace Fer.Host.Live.Web;

/// <summary>Where the page listens: <c>:5080</c> is this machine alone; other machines are let in only by an address that says so.</summary>
internal sealed record HttpAddress(IPAddress Address, int Port)
{
    public bool IsLoopback => IPAddress.IsLoopback(Address);

    /// <summary>As a browser on this machine opens it, once the port is known.</summary>
    public string Url(int port) => string.Create(CultureInfo.InvariantCulture, $"http://{(Address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? $"[{Address}]" : Address.ToString())}:{port}");

    /// <summary>Throws <see cref="BadInputException"/> with what is expected.</summary>
    public static HttpAddress Parse(string text)
    {
        var colon = text.LastIndexOf(':');
        var (host, port) = colon < 0 ? ("", text) : (text[..colon], text[(colon + 1)..]);
        var address = host switch
        {
            "" or "localhost" => IPAddress.Loopback,
            ['[', .. var inside, ']'] => IPAddress.TryParse(inside, out var six) ? six : null,
            _ => host.Contains(':', StringComparison.Ordinal) ? null : IPAddress.TryParse(host, out var four) ? four : null,
        };
        return address is not null && int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= IPEndPoint.MaxPort
            ? new HttpAddress(address, number)
            : throw new BadInputException($"--http is '{text}': expected :PORT for this machine alone, or ADDRESS:PORT such as 0.0.0.0:5080 or [::]:5080 to let others look, too.");
    }
}
