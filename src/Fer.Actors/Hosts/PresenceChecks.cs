using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Fer.Actors.Hosting;
using Fer.Models;

namespace Fer.Actors.Hosts;

/// <summary>Whether addresses can be right, and whether one answers.</summary>
internal static class PresenceChecks
{
    /// <summary>Refuses an address, seeds or certificates that cannot work, with a <see cref="BadInputException"/> that names the key.</summary>
    public static void Of(ClusterSettings settings)
    {
        settings.Check();
        if (settings.Tls.Certificate.Length == 0 && !settings.IsLoopback)
        {
            throw new BadInputException($"fer.cluster.address is {settings.Address}, which others reach over the network, and fer.cluster.tls names no certificate: expected fer.cluster.tls.certificate and fer.cluster.tls.authority, or a loopback address such as 127.0.0.1.");
        }

        if (IPAddress.TryParse(settings.Address, out var ip) && (ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any)))
        {
            throw new BadInputException($"fer.cluster.address is {settings.Address}, which stands for every address of this machine: expected the one that other hosts reach it at.");
        }

        foreach (var seed in settings.Seeds)
        {
            var colon = seed.LastIndexOf(':');
            if (colon < 1 || !ushort.TryParse(seed[(colon + 1)..], out var port) || port == 0)
            {
                throw new BadInputException($"fer.cluster.seeds holds \"{seed}\": expected host:port, such as \"gpu1:5070\".");
            }

            if (settings.Tls.Certificate.Length == 0 && !(settings with { Address = seed[..colon] }).IsLoopback)
            {
                throw new BadInputException($"fer.cluster.seeds holds \"{seed}\", which is reached over the network, and fer.cluster.tls names no certificate: expected fer.cluster.tls.certificate and fer.cluster.tls.authority, or loopback seeds.");
            }
        }
    }

    /// <summary>Whether anybody listens at host:port.</summary>
    /// <param name="limit">Not waited for any longer.</param>
    public static async Task<bool> AnswersAsync(string address, TimeSpan limit, CancellationToken stop)
    {
        try
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
            patience.CancelAfter(limit);
            using var client = new TcpClient();
            var colon = address.LastIndexOf(':');
            await client.ConnectAsync(address[..colon], int.Parse(address[(colon + 1)..], CultureInfo.InvariantCulture), patience.Token).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            return false;
        }
    }
}
