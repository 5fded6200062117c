using System.Collections.Immutable;
using System.Diagnostics;
using Akka.Actor;
using Fer.Actors.Artifacts;
using Fer.Actors.Devices;
using Fer.Actors.Hosting;
using Fer.Actors.Storage;
using Fer.Actors.Sweeps;
using Fer.Models;
using Microsoft.Extensions.Logging;

namespace Fer.Actors.Hosts;

public enum HostEnd
{
    /// <summary>It was asked to leave: what it computed is given back, saved.</summary>
    Left,

    /// <summary>A thread of this process hangs for good: another process must take its place.</summary>
    Restart,

    /// <summary>Another process speaks under its name.</summary>
    Replaced,

    /// <summary>Hosts of a newer wire version have entered: what it computes is given back, saved.</summary>
    Outdated,
}

/// <param name="Sentence">For a person: why.</param>
public sealed record HostOutcome(HostEnd End, string Sentence);

/// <summary>A host to be.</summary>
/// <param name="Runs">Folder of its own for what belongs to runs that it coordinates and is no artifact.</param>
/// <param name="Say">Is given what happens, a sentence each, from any thread.</param>
/// <param name="Observe">Gives the observer of a run that it coordinates.</param>
/// <param name="Sweeps">How sweeps are carried out.</param>
/// <param name="OpenDoor">Opens the door to this host's artifacts, where hosts have no folder in common.</param>
public sealed record HostRequest(ClusterSettings Cluster, EngineSettings Engine, JournalSettings Journal, string Runs, Action<string> Say, Func<string, IRunObserver> Observe, SweepWays Sweeps, Func<ArtifactDoorSetup, CancellationToken, Task<IArtifactDoor>> OpenDoor);

/// <summary>This process as a host, alone or one of several: its slots claim steps, and one of the hosts coordinates.</summary>
public static class HostEngine
{
    /// <summary>What is asked to stop saves within seconds; a slot whose thread hangs does not.</summary>
    private static readonly TimeSpan LongestLeave = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan GpuLook = TimeSpan.FromSeconds(2);

    /// <summary>Saving and leaving copies together: less than service managers are told to wait for.</summary>
    private static readonly TimeSpan LongestGoodbye = TimeSpan.FromSeconds(130);

    private static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(5);

    /// <summary>Joins, works, and returns when it has left. Throws <see cref="BadInputException"/> before it has joined.</summary>
    /// <param name="stop">Leaves: every step is saved and given back.</param>
    public static async Task<HostOutcome> RunAsync(HostRequest request, ILoggerFactory logs, CancellationToken stop)
    {
        var (cluster, engine) = (request.Cluster, request.Engine);
        var devices = HostSlot.Of(DeviceName.Resolve(engine.Devices));
        var inProcesses = RunEngine.InProcesses(devices, engine);
        using var link = inProcesses.Count > 0 ? WorkerLink.Make() : null;
        var slots = devices.Select(d => HostSlot.Of(d, engine, link)).ToImmutableArray();
        if (devices.Except(inProcesses).Any(d => d.IsCuda))
        {
            CudaDeterminism.Enforce(sentence => logs.CreateLogger(typeof(HostEngine)).LogWarning("{Sentence}", sentence));
        }

        var (name, incarnation) = (cluster.HostName, Guid.NewGuid().ToString("N"));
        await using var ground = await HostGround.OpenAsync(request, stop).ConfigureAwait(false);
        var (steps, hosts, store) = (ground.Steps, ground.Hosts, ground.Store);
        await hosts.RequireWireAsync(name, stop).ConfigureAwait(false);

        await using var sharing = ground.Several is { } own && cluster.KeepsOwn(request.Journal)
            ? await HostSharing.OpenAsync(cluster, own, store, incarnation, steps, request.OpenDoor, logs, stop).ConfigureAwait(false)
            : null;
        var config = ActorConfig.ForHost(request.Journal, store, devices.Except(inProcesses), remote: link is not null);
        var system = RunEngine.StartSystem(config, logs, link);
        system.ActorOf(Props.Create(() => new JournalWarmUp()), "warm-up");
        var ended = new TaskCompletionSource<HostOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        var others = new Others(name, steps, cluster, request.Say, logs.CreateLogger(typeof(HostEngine)));
        await using var presence = ground.Several is { } several
            ? await Presence.StartAsync(cluster, several, what => system.EventStream.Publish(new Hinted(what)), others.See, logs, CancellationToken.None).ConfigureAwait(false)
            : null;

        // Last of all that may fail: a host that is in the list is one.
        var drains = await hosts.EnterAsync(name, incarnation, RunEngine.Version, [.. slots.Select(s => s.Info)], presence?.Address ?? "", stop).ConfigureAwait(false);
        Action<string> toOthers = presence is null ? _ => { } : presence.Hint;
        system.ActorOf(Props.Create(() => new HintBridge(toOthers)), "hints");
        var hostSetup = new HostActorSetup(name, incarnation, slots, steps, hosts, store, cluster.Lease, cluster.Beat, engine.StallTimeout, () => presence?.Address ?? "", request.Say)
        {
            Gpus = GpuWatchOf(devices, cluster),
            Sharing = sharing,
        };
        if (sharing is not null)
        {
            sharing.Serve();
        }

        var host = system.ActorOf(Props.Create(() => new HostActor(hostSetup, drains, ended)), "host");
        var coordinator = new CoordinatorSetup(steps, new RunRows(ground.Database), new SweepRows(ground.Database), hosts, request.Journal, request.Runs, store, sharing?.Bin ?? new FolderBin(new ArtifactStore(store)), RunEngine.Version, request.Observe, request.Sweeps, TimeProvider.System);
        Func<int, LeaseRow> row = tenure => new LeaseRow(ground.Database, LeaseRow.Coordinator, FormattableString.Invariant($"{name}/{incarnation}/{tenure}"), CoordinatorSeat.Lease);
        Func<long, Props> make = number =>
        {
            ground.Seat = number;
            return Props.Create(() => new Coordinator(coordinator, number));
        };
        Action<bool> onSeat = has => request.Say(has ? "coordinates" : "no longer coordinates");
        var seat = system.ActorOf(Props.Create(() => new CoordinatorSeat(row, make, onSeat)), "seat");
        var log = logs.CreateLogger(typeof(HostEngine));
        using (log.As(HostEvents.HostThere, name))
        {
            log.LogInformation("{Member} is there with {Devices}", name, devices.Select(d => d.ToString()));
        }

        request.Say($"is there with {string.Join(", ", devices)}");

        using var registration = stop.Register(() => ended.TrySetResult(new HostOutcome(HostEnd.Left, "asked to leave")));
        var outcome = await ended.Task.ConfigureAwait(false);
        others.IsLeaving = true;
        var leaving = Stopwatch.GetTimestamp();
        await LeaveAsync(seat, host).ConfigureAwait(false);
        if (sharing is not null && outcome.End is (HostEnd.Left or HostEnd.Outdated))
        {
            var left = LongestGoodbye - Stopwatch.GetElapsedTime(leaving);
            await sharing.LeaveAsync(left > LongestEnd ? left : LongestEnd).ConfigureAwait(false);
        }

        if (outcome.End is HostEnd.Left or HostEnd.Outdated)
        {
            // Before the others miss it.
            using (log.As(HostEvents.HostLeft, name))
            {
                log.LogInformation("{Member} has left", name);
            }
        }

        if (outcome.End != HostEnd.Replaced)
        {
            await QuietlyAsync(hosts.LeaveAsync(name, incarnation)).ConfigureAwait(false);
        }

        await Task.WhenAny(system.Terminate(), Task.Delay(LongestEnd, CancellationToken.None)).ConfigureAwait(false);
        return outcome;
    }

    // The seat first, so that another host coordinates while this one saves.
    private static async Task LeaveAsync(IActorRef seat, IActorRef host)
    {
        await QuietlyAsync(seat.Ask(LeaveSeat.Instance, LongestEnd)).ConfigureAwait(false);
        await QuietlyAsync(host.Ask(LeaveHost.Instance, LongestLeave)).ConfigureAwait(false);
    }

    // Whatever cannot be said in time, the lease says later.
    private static async Task QuietlyAsync(Task task)
    {
        try
        {
            await task.ConfigureAwait(false);
        }
        catch (Exception e) when (e is TimeoutException or AskTimeoutException or TaskCanceledException or System.Data.Common.DbException)
        {
        }
    }

    private static GpuWatchSetup? GpuWatchOf(IReadOnlyList<DeviceName> devices, ClusterSettings cluster)
    {
        var uuids = devices.Where(d => d.Uuid.Length > 0).ToImmutableSortedDictionary(d => d.ToString(), d => d.Uuid, StringComparer.Ordinal);
        return !uuids.IsEmpty && Nvml.Open() is { } nvml ? new GpuWatchSetup(nvml, uuids, (long)cluster.GpuOthersMib << 20, GpuLook) : null;
    }
}
