using System.Diagnostics;
using Fer.Actors.Hosting;
using Microsoft.Extensions.Logging;

namespace Fer.Actors.Hosts;

/// <summary>Keeps one life of presence in the cluster that the seed is in: joins it, and finds out when this life is in another.</summary>
internal sealed class SeedFollower(PresenceNode node, ClusterSettings settings, ILogger log)
{
    /// <summary>A cluster without the seed for so long is the wrong one. A seed that dies is replaced in the row before its own cluster forgets it.</summary>
    private static readonly TimeSpan LongestApart = TimeSpan.FromSeconds(6);

    private static readonly TimeSpan LongestCall = TimeSpan.FromSeconds(1);

    private string joining = "";
    private string missed = "";
    private long? apart;

    /// <returns>Why this life is over; null: it is not.</returns>
    /// <param name="seed">The address that every host's cluster should hold.</param>
    public async Task<string?> FollowAsync(string seed, CancellationToken stop)
    {
        if (node.Knows(seed))
        {
            apart = null;
            return null;
        }

        apart ??= Stopwatch.GetTimestamp();
        if (!node.IsMember && joining != seed)
        {
            node.Join(settings.Seeds.IsEmpty ? [seed] : settings.Seeds);
            joining = seed;
        }

        if (Stopwatch.GetElapsedTime(apart.Value) <= LongestApart)
        {
            return null;
        }

        // A seed that cannot be reached is no reason to give up those who are here.
        if (await PresenceChecks.AnswersAsync(seed, LongestCall, stop).ConfigureAwait(false))
        {
            return $"it is apart from the host at {seed}, which the others join";
        }

        if (missed != seed)
        {
            missed = seed;
            log.LogWarning("Presence of {Host} cannot reach the host at {Seed}, which all others join: expected that host's fer.cluster.address to be one that can be reached from here.", settings.HostName, seed);
        }

        return null;
    }
}
