using System.Collections.Immutable;
using Fer.Actors.Hosting;
using Fer.Actors.Sweeps;
using Microsoft.Extensions.Logging;

namespace Fer.Actors.Hosts;

/// <summary>What this host makes of others that come and go: one that falls silent has its steps let to others before its leases run out.</summary>
internal sealed class Others(string self, IStepRows steps, ClusterSettings cluster, Action<string> say, ILogger log)
{
    private readonly HashSet<string> reachable = new(StringComparer.Ordinal);

    /// <summary>It is this host that goes: whom it no longer sees is not gone.</summary>
    public bool IsLeaving { get; set; }

    /// <summary>Called one at a time, with all hosts that are known.</summary>
    public void See(ImmutableArray<HostSeen> hosts)
    {
        var now = hosts.Where(h => h.IsReachable && h.Name != self).Select(h => h.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var come in now.Where(reachable.Add))
        {
            say($"sees {come}");
            Log(HostEvents.HostSeen, "{Member} is seen", come);
        }

        foreach (var gone in reachable.Where(h => !now.Contains(h)).ToList())
        {
            reachable.Remove(gone);
            say($"no longer sees {gone}");
            if (!IsLeaving)
            {
                Log(HostEvents.HostGone, "{Member} is no longer seen", gone);
            }

            _ = ExpireAsync(gone);
        }

        HostMeter.Others = reachable.Count;
    }

    // No warning, which would go to whoever watches a second time; a log server's alert goes by the event's name.
    private void Log(string name, string template, string member)
    {
        using (log.As(name, member))
        {
#pragma warning disable CA2254 // one of two templates above
            log.LogInformation(template, member);
#pragma warning restore CA2254
        }
    }

    // A host that only the network hides still speaks to the database, and keeps what it has.
    private async Task ExpireAsync(string host)
    {
        try
        {
            await steps.ExpireAsync(host, 2 * cluster.Beat).ConfigureAwait(false);
        }
        catch (Exception e) when (e is Npgsql.NpgsqlException or TimeoutException)
        {
            log.LogInformation("Steps of {Member} are let to others when their leases run out: {Reason}", host, e.Message);
        }
    }
}
