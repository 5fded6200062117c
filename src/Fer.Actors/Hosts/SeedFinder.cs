using System.Net.Sockets;
using Fer.Actors.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Fer.Actors.Hosts;

/// <summary>Knows where hosts find each other: at the first of <c>fer.cluster.seeds</c>, or where <see cref="SeedRow"/> says while the database answers.</summary>
internal sealed class SeedFinder(ClusterSettings settings, SeedRow row, ILogger log)
{
    /// <summary>A database that has not answered by then is away; meanwhile nobody looks after the actor system.</summary>
    private static readonly TimeSpan LongestAnswer = TimeSpan.FromSeconds(5);

    /// <summary>To say goodbye to a database that does not answer.</summary>
    private static readonly TimeSpan LongestRelease = TimeSpan.FromSeconds(2);

    private bool databaseIsAway;

    /// <summary>The address that every host's cluster should hold; null where that is not known now.</summary>
    /// <param name="node">The life that is on now, which the row may name next.</param>
    public async Task<string?> FindAsync(PresenceNode node, CancellationToken stop)
    {
        if (!settings.Seeds.IsEmpty)
        {
            return settings.Seeds[0];
        }

        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
            limit.CancelAfter(LongestAnswer);
            var seed = await row.BeatAsync(node.Address, node.IsMember, limit.Token).ConfigureAwait(false);
            if (databaseIsAway)
            {
                databaseIsAway = false;
                log.LogInformation("The database answers again: hosts find each other.");
            }

            return seed;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception e) when (e is NpgsqlException or OperationCanceledException or TimeoutException or SocketException or IOException or InvalidOperationException)
        {
            if (!databaseIsAway)
            {
                databaseIsAway = true;
                log.LogWarning("The database does not say where the other hosts are ({Reason}): those known stay known, new ones wait.", e.Message.Split('\n')[0]);
            }

            return null;
        }
    }

    /// <summary>Gives the row up, should it be this host's.</summary>
    /// <param name="isAlone">See <see cref="SeedRow.ReleaseAsync"/>.</param>
    public async Task ReleaseAsync(bool isAlone)
    {
        if (!settings.Seeds.IsEmpty)
        {
            return;
        }

        try
        {
            using var limit = new CancellationTokenSource(LongestRelease);
            await row.ReleaseAsync(isAlone, limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is NpgsqlException or OperationCanceledException or TimeoutException or SocketException or IOException or InvalidOperationException)
        {
            // Then it runs out by itself.
        }
    }
}
