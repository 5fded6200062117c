using System.Collections.Immutable;
using System.Diagnostics;
using Fer.Actors.Hosting;
using Fer.Models;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Fer.Actors.Hosts;

/// <summary>
/// Which hosts are there, and hints between them. It makes things quick and decides nothing: ownership is rows in the
/// database, so whatever this says may be late, wrong or missing, and nothing is lost by it. It lives in an actor system of
/// its own, which is ended and started again whenever the others have given it up; the process and what computes in it go on.
/// </summary>
public sealed class Presence : IAsyncDisposable
{
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private readonly ClusterSettings settings;
    private readonly SeedFinder seeds;
    private readonly Action<string> onHint;
    private readonly Action<ImmutableArray<HostSeen>> onChange;
    private readonly ILoggerFactory logs;
    private readonly ILogger log;
    private readonly CancellationTokenSource stopping = new();
    private readonly Lock changing = new();
    private readonly Task life;
    private CancellationTokenRegistration registration;
    private volatile PresenceNode node;

    // One reference: whoever reads it without the lock reads it whole.
    private ImmutableArray<HostSeen> hosts = [];
    private bool aborted;

    private Presence(ClusterSettings settings, NpgsqlDataSource database, Action<string> onHint, Action<ImmutableArray<HostSeen>> onChange, ILoggerFactory logs)
    {
        this.settings = settings;
        this.onHint = onHint;
        this.onChange = onChange;
        this.logs = logs;
        log = logs.CreateLogger<Presence>();
        seeds = new SeedFinder(settings, new SeedRow(database, Guid.NewGuid()), log);
        node = StartNode();
        Show(node, []);
        life = Task.Run(LiveAsync);
    }

    /// <summary>
    /// Listens for other hosts and looks for them from then on; returns before any is found. The table <c>fer.seed</c> is
    /// made where it is missing; a database that is away is waited for.
    /// </summary>
    /// <param name="onHint">What another host hinted. Called one at a time from a thread that must not be held.</param>
    /// <param name="onChange">All hosts, after any change; the same rule.</param>
    /// <param name="stop">Leaves, as <see cref="LeaveAsync"/> does.</param>
    /// <exception cref="BadInputException">The address, the seeds or the certificates are wrong.</exception>
    public static async Task<Presence> StartAsync(ClusterSettings settings, NpgsqlDataSource database, Action<string> onHint, Action<ImmutableArray<HostSeen>> onChange, ILoggerFactory logs, CancellationToken stop)
    {
        PresenceChecks.Of(settings);
        var presence = await Task.Run(() => new Presence(settings, database, onHint, onChange, logs), stop).ConfigureAwait(false);
        presence.registration = stop.Register(() => _ = presence.LeaveAsync());
        return presence;
    }

    /// <summary>host:port in use; another one after a new start where <c>fer.cluster.port</c> is 0.</summary>
    public string Address => node.Address;

    /// <summary>The hosts as seen now, this one among them, by name.</summary>
    public ImmutableArray<HostSeen> Hosts => hosts;

    /// <summary>Tells every other reachable host, at most once each. Returns at once and never throws.</summary>
    public void Hint(string what) => node.Hint(what);

    /// <summary>Says goodbye, so that the others know at once. Takes some seconds at most; may be called again.</summary>
    public Task LeaveAsync()
    {
        stopping.Cancel();
        return life;
    }

    public async ValueTask DisposeAsync()
    {
        await LeaveAsync().ConfigureAwait(false);
        await registration.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>For tests: ends as a crash would, without a word to hosts or database.</summary>
    internal Task AbortAsync()
    {
        aborted = true;
        return LeaveAsync();
    }

    /// <summary>For tests: the life that is on now.</summary>
    internal PresenceNode Node => node;

    private async Task LiveAsync()
    {
        var pause = ShortestPause;
        for (var since = Stopwatch.GetTimestamp(); await GuardedKeepAsync().ConfigureAwait(false) is { } reason; since = Stopwatch.GetTimestamp())
        {
            node.IsOver = true;
            Show(node, []);
            await seeds.ReleaseAsync(isAlone: false).ConfigureAwait(false);
            await (node.Ended.IsCompleted ? node.AbortAsync() : node.LeaveAsync()).ConfigureAwait(false);
            pause = Stopwatch.GetElapsedTime(since) > LongestPause ? ShortestPause : pause;
            while (!await StartAgainAsync(reason, pause).ConfigureAwait(false))
            {
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }

            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }

        if (aborted)
        {
            await node.AbortAsync().ConfigureAwait(false);
            return;
        }

        await seeds.ReleaseAsync(isAlone: Hosts.Length == 1).ConfigureAwait(false);
        await node.LeaveAsync().ConfigureAwait(false);
    }

    /// <summary>True also where there is no need any more.</summary>
    private async Task<bool> StartAgainAsync(string reason, TimeSpan pause)
    {
        log.LogWarning("Presence of {Host} ended: {Reason}. What computes goes on; it starts again in {Pause} s.", settings.HostName, reason, pause.TotalSeconds);
        try
        {
            await Task.Delay(pause, stopping.Token).ConfigureAwait(false);
            node = StartNode();
            log.LogInformation("Presence of {Host} listens again, on {Address}.", settings.HostName, node.Address);
            Show(node, []);
            return true;
        }
        catch (OperationCanceledException)
        {
            return true;
        }
#pragma warning disable CA1031 // whatever is wrong now, a later try may find it mended; nothing but presence waits for it
        catch (Exception e)
#pragma warning restore CA1031
        {
            log.LogWarning("Presence of {Host} cannot start: {Reason}", settings.HostName, e.Message.Split('\n')[0]);
            return false;
        }
    }

    /// <summary>Whatever goes wrong in looking after presence costs one life of it, never presence itself.</summary>
    private async Task<string?> GuardedKeepAsync()
    {
        try
        {
            return await KeepAsync().ConfigureAwait(false);
        }
#pragma warning disable CA1031
        catch (Exception e)
#pragma warning restore CA1031
        {
            return stopping.IsCancellationRequested ? null : $"{e.GetType().Name}: {e.Message.Split('\n')[0]}";
        }
    }

    /// <summary>Looks after one life of the actor system. Returns why it is over, or null when asked to stop.</summary>
    private async Task<string?> KeepAsync()
    {
        var follower = new SeedFollower(node, settings, log);
        while (!stopping.IsCancellationRequested)
        {
            if (await seeds.FindAsync(node, stopping.Token).ConfigureAwait(false) is { } seed
                && await follower.FollowAsync(seed, stopping.Token).ConfigureAwait(false) is { } reason)
            {
                return reason;
            }

            await Task.WhenAny(node.Ended, Task.Delay(Beat, stopping.Token)).ConfigureAwait(false);
            if (node.Ended.IsCompleted)
            {
                return stopping.IsCancellationRequested ? null : await node.Ended.ConfigureAwait(false);
            }
        }

        return null;
    }

    private PresenceNode StartNode() => PresenceNode.Start(settings, logs, what => Guard(() => onHint(what)), Show);

    /// <summary>Only the life that is on now is heard.</summary>
    private void Show(PresenceNode from, ImmutableArray<HostSeen> others)
    {
        lock (changing)
        {
            if ((node is not null && from != node) || (from.IsOver && !others.IsEmpty))
            {
                return;
            }

            // Where a host has just come back, its former self is not worth a line.
            var shown = others.Where(o => o.IsReachable || !others.Any(b => b.IsReachable && b.Name == o.Name))
                .Append(new HostSeen(settings.HostName, from.Address, IsReachable: true, IsSelf: true))
                .OrderBy(h => h.Name, StringComparer.Ordinal).ThenBy(h => h.Address, StringComparer.Ordinal);
            ImmutableArray<HostSeen> now = [.. shown];
            if (!now.SequenceEqual(hosts))
            {
                hosts = now;
                Guard(() => onChange(now));
            }
        }
    }

    private void Guard(Action act)
    {
        try
        {
            act();
        }
#pragma warning disable CA1031 // a mistake of whoever listens must not end presence
        catch (Exception e)
#pragma warning restore CA1031
        {
            log.LogError(e, "Who listens to presence failed.");
        }
    }
}
