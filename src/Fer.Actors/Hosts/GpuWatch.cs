using System.Collections.Immutable;
using System.Globalization;
using Akka.Actor;
using Akka.Event;
using Fer.Actors.Devices;

namespace Fer.Actors.Hosts;

/// <summary>What watching a host's GPUs needs.</summary>
/// <param name="Uuids">Slot → the GPU's UUID.</param>
/// <param name="LimitBytes">What others may have of a GPU's memory without its being theirs.</param>
internal sealed record GpuWatchSetup(IGpuReader Reader, ImmutableSortedDictionary<string, string> Uuids, long LimitBytes, TimeSpan Every);

/// <summary>To the watch: a slot's worker is there, or is gone (null).</summary>
internal sealed record WorkerOnGpu(string Device, int? Process);

/// <summary>To the watch: the slot's worker is about to compute.</summary>
internal sealed record ComputesOnGpu(string Device);

/// <summary>From the watch: what others have of a slot's GPU; null: little enough, or not known. Once for each slot at first, then when it changes sides.</summary>
internal sealed record GpuOthers(string Device, long? Bytes);

/// <summary>
/// Looks whether somebody else uses this host's GPUs: such a slot is to take nothing new until it is free. What a GPU's driver cannot tell
/// stops nothing. Looks are taken off the actor's thread, one at a time: a driver in trouble may not answer for long.
/// </summary>
internal sealed class GpuWatch : ReceiveActor, IWithTimers
{
    private readonly GpuWatchSetup setup;
    private readonly Action<string> say;
    private readonly Dictionary<string, Gpu> gpus;
    private readonly ILoggingAdapter log = Context.GetLogger();
    private bool looking;

    public GpuWatch(GpuWatchSetup setup, Action<string> say)
    {
        this.setup = setup;
        this.say = say;
        gpus = setup.Uuids.Keys.ToDictionary(d => d, _ => new Gpu(), StringComparer.Ordinal);
        Receive<WorkerOnGpu>(m => On(m.Device, g => (g.Worker, g.Computes) = (m.Process, false)));
        Receive<ComputesOnGpu>(m => On(m.Device, g => g.Computes = true));
        Receive<LookTick>(_ => Look());
        Receive<Seen>(OnSeen);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart() => Timers.StartPeriodicTimer(nameof(LookTick), LookTick.Instance, TimeSpan.Zero, setup.Every);

    private void On(string device, Action<Gpu> change)
    {
        if (gpus.TryGetValue(device, out var gpu))
        {
            change(gpu);

            // A look that was taken meanwhile knows another worker.
            gpu.Changes++;
        }
    }

    private void Look()
    {
        if (looking)
        {
            return;
        }

        looking = true;
        var asked = gpus.ToDictionary(g => g.Key, g => g.Value.Changes);
        Task.Run(() => new Seen(asked, setup.Uuids.ToDictionary(u => u.Key, u => setup.Reader.Look(u.Value)))).PipeTo(Self);
    }

    private void OnSeen(Seen seen)
    {
        looking = false;
        foreach (var (device, memory) in seen.Memory)
        {
            var gpu = gpus[device];
            if (gpu.Changes == seen.Asked[device])
            {
                Judge(device, gpu, memory);
            }
        }
    }

    private void Judge(string device, Gpu gpu, GpuMemory? memory)
    {
        var others = memory?.Others(gpu.Worker, gpu.Computes);
        var taken = others > setup.LimitBytes;
        SayWhenBlind(device, gpu, isBlind: others is null);

        // Memory of a worker that has just ended, or grows between two questions, is nobody's: it takes two looks to turn.
        var turns = gpu.IsTaken is { } before && before != taken;
        if (turns && !gpu.Doubts)
        {
            gpu.Doubts = true;
            return;
        }

        gpu.Doubts = false;
        if (gpu.IsTaken == taken)
        {
            return;
        }

        var isFirst = gpu.IsTaken is null;
        gpu.IsTaken = taken;
        Context.Parent.Tell(new GpuOthers(device, taken ? others : null));
        if (taken)
        {
            var who = string.Join(", ", memory!.Processes.Where(p => p.Id != gpu.Worker).Select(p => p.Id));
            log.As(HostEvents.GpuTaken).Warning("{Device} is used by others: {UsedMib} MiB of its memory (processes: {Processes}), {LimitMib} may be; it takes no new step", device, Mib(others!.Value), who.Length > 0 ? who : "not listed", Mib(setup.LimitBytes));
            say(string.Create(CultureInfo.InvariantCulture, $"{device} is used by others ({Mib(others.Value)} MiB): it takes no new step"));
        }
        else if (!isFirst)
        {
            log.As(HostEvents.GpuFree).Info("{Device} is free of others: it takes steps again", device);
            say($"{device} is free of others: it takes steps again");
        }
    }

    private void SayWhenBlind(string device, Gpu gpu, bool isBlind)
    {
        if (isBlind && !gpu.SaidBlind)
        {
            gpu.SaidBlind = true;
            log.Info("Whether others use {Device} cannot be told here: the driver does not list its memory, or lists the worker under another number, as in a container; it takes steps all the same", device);
        }
    }

    private static long Mib(long bytes) => bytes >> 20;

    private sealed class Gpu
    {
        public int? Worker { get; set; }

        public bool Computes { get; set; }

        public int Changes { get; set; }

        public bool? IsTaken { get; set; }

        public bool Doubts { get; set; }

        public bool SaidBlind { get; set; }
    }

    private sealed record Seen(Dictionary<string, int> Asked, Dictionary<string, GpuMemory?> Memory);

    private sealed class LookTick
    {
        public static readonly LookTick Instance = new();
    }
}
