using System.Collections.Immutable;
using System.Globalization;
using Akka.Actor;
using Akka.Event;
using Fer.Actors.Devices;

namespace Fer.Actors.Hosts;

/// <summary>What watching a host's GPUs needs.</summary>
/// <param name="Uuids">Slot → the GPU's UUID.</param>
/// <param name="LimitBytes">What others may have of a GPU's memory without its being theirs.</param>
internal sealed record GpuWatchSetup(IGpuReader Reader, ImmutableSortedDictionary<string, string> Uuids, long LimitBytes, TimeSpan Every)
{
    /// <summary>A look that takes longer tells nothing: what it was to find out stops nothing then.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(10);
}

/// <summary>To the watch: a slot's worker is there, or is gone (null).</summary>
internal sealed record WorkerOnGpu(string Device, int? Process);

/// <summary>To the watch: the slot's worker is about to compute.</summary>
internal sealed record ComputesOnGpu(string Device);

/// <summary>From the watch: what others have of a slot's GPU; null: little enough, or not known. Once for each slot at first, then when it changes sides.</summary>
internal sealed record GpuOthers(string Device, long? Bytes);

/// <summary>
/// Looks whether somebody else uses this host's GPUs: such a slot is to take nothing new until it is free. What a GPU's driver cannot tell
/// stops nothing, be it that it knows nothing or that it does not answer. Each GPU is looked at by itself, one look at a time and on a thread of its own: a driver in trouble may never answer.
/// </summary>
internal sealed class GpuWatch : ReceiveActor, IWithTimers
{
    private readonly GpuWatchSetup setup;
    private readonly Action<string> say;
    private readonly Dictionary<string, Gpu> gpus;
    private readonly ILoggingAdapter log = Context.GetLogger();

    public GpuWatch(GpuWatchSetup setup, Action<string> say)
    {
        this.setup = setup;
        this.say = say;
        gpus = setup.Uuids.ToDictionary(u => u.Key, u => new Gpu { Uuid = u.Value }, StringComparer.Ordinal);
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
        foreach (var (device, gpu) in gpus)
        {
            if (gpu.Since is not { } since)
            {
                Ask(device, gpu);
            }
            else if (Environment.TickCount64 - since > setup.Patience.TotalMilliseconds)
            {
                SaySilent(device, gpu);
                Judge(device, gpu, null);
            }
        }
    }

    private void Ask(string device, Gpu gpu)
    {
        gpu.Since = Environment.TickCount64;
        var (changes, reader) = (gpu.Changes, setup.Reader);
        Task.Factory.StartNew(() => reader.Look(gpu.Uuid), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)
            .PipeTo(Self, success: memory => new Seen(device, changes, memory, null), failure: e => new Seen(device, changes, null, e.Message));
    }

    private void OnSeen(Seen seen)
    {
        var gpu = gpus[seen.Device];
        (gpu.Since, gpu.SaidSilent) = (null, false);
        if (seen.Trouble is not null && !gpu.SaidBlind)
        {
            gpu.SaidBlind = true;
            log.Warning("Whether others use {Device} cannot be told: {Trouble}; it takes steps all the same", seen.Device, seen.Trouble);
        }

        if (gpu.Changes == seen.Changes)
        {
            Judge(seen.Device, gpu, seen.Memory);
        }
    }

    private void SaySilent(string device, Gpu gpu)
    {
        if (!gpu.SaidSilent)
        {
            (gpu.SaidSilent, gpu.SaidBlind) = (true, true);
            log.Warning("The driver does not answer whether others use {Device}, asked {Seconds} s ago; it takes steps all the same", device, (int)setup.Patience.TotalSeconds);
            say($"{device}: the driver does not answer whether others use it; it takes steps all the same");
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
        public required string Uuid { get; init; }

        /// <summary>When the look under way was begun; null: there is none.</summary>
        public long? Since { get; set; }

        public int? Worker { get; set; }

        public bool Computes { get; set; }

        public int Changes { get; set; }

        public bool? IsTaken { get; set; }

        public bool Doubts { get; set; }

        public bool SaidBlind { get; set; }

        public bool SaidSilent { get; set; }
    }

    private sealed record Seen(string Device, int Changes, GpuMemory? Memory, string? Trouble);

    private sealed class LookTick
    {
        public static readonly LookTick Instance = new();
    }
}
