using System.Diagnostics;
using System.Globalization;
using System.Net;

namespace Fer.Process.Tests.Hosts;

/// <summary>A network namespace for each host, on one bridge; links can be cut, and healed. Needs root.</summary>
internal sealed class HostNetwork : IDisposable
{
    private readonly string bridge = string.Create(CultureInfo.InvariantCulture, $"fer{Environment.ProcessId}");
    private readonly string subnet = string.Create(CultureInfo.InvariantCulture, $"10.199.{Environment.ProcessId % 256}");
    private readonly List<string> hosts = [];

    public HostNetwork(params string[] names)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.UserName == "root", "network namespaces need root");
        try
        {
            Assert.SkipUnless(Ip("link", "add", bridge, "type", "bridge") == 0, "this machine allows no bridge between network namespaces");
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("network namespaces need ip (apt-get install iproute2)");
        }

        Must("addr", "add", $"{Gateway}/24", "dev", bridge);
        Must("link", "set", bridge, "up");
        foreach (var name in names)
        {
            hosts.Add(name);
            Must("netns", "add", Space(name));
            Must("link", "add", Link(name), "type", "veth", "peer", "name", "eth0", "netns", Space(name));
            Must("link", "set", Link(name), "master", bridge, "up");
            Must("-n", Space(name), "addr", "add", $"{Address(name)}/24", "dev", "eth0");
            Must("-n", Space(name), "link", "set", "eth0", "up");
            Must("-n", Space(name), "link", "set", "lo", "up");
        }
    }

    /// <summary>This side of the bridge.</summary>
    public IPAddress Gateway => IPAddress.Parse($"{subnet}.1");

    public string Address(string host) => string.Create(CultureInfo.InvariantCulture, $"{subnet}.{hosts.IndexOf(host) + 2}");

    /// <summary>The same command in a host's namespace; <c>ip</c> becomes it, so its process is the one that was started.</summary>
    public ProcessStartInfo In(string host, ProcessStartInfo start)
    {
        var there = FerProcess.Start("ip", ["netns", "exec", Space(host), start.FileName, .. start.ArgumentList]);
        foreach (var (key, value) in start.Environment)
        {
            there.Environment[key] = value;
        }

        return there;
    }

    /// <summary>Pulls the cable: nobody hears of it, packets just no longer arrive.</summary>
    public void Cut(string host) => Must("link", "set", Link(host), "down");

    /// <summary>A host hears everybody, and what it says goes nowhere.</summary>
    public void Mute(string host) => Array.ForEach([.. Others(host)], to => Must("-n", Space(host), "route", "add", "blackhole", to));

    public void Heal(string host)
    {
        Must("link", "set", Link(host), "up");
        Array.ForEach([.. Others(host)], to => Ip("-n", Space(host), "route", "del", "blackhole", to));
    }

    public void Dispose()
    {
        foreach (var name in hosts)
        {
            Ip("netns", "del", Space(name));
            Ip("link", "del", Link(name));
        }

        Ip("link", "del", bridge);
    }

    private string[] Others(string host) => [Gateway.ToString(), .. hosts.Where(h => h != host).Select(Address)];

    private string Space(string host) => $"{bridge}-{host}";

    private string Link(string host) => $"{bridge}{host}";

    private static void Must(params string[] arguments) => Assert.True(Ip(arguments) == 0, $"ip {string.Join(' ', arguments)} failed");

    private static int Ip(params string[] arguments)
    {
        using var process = System.Diagnostics.Process.Start(FerProcess.Start("ip", arguments))!;
        process.WaitForExit();
        return process.ExitCode;
    }
}
