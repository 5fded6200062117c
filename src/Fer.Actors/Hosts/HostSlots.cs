using System.Collections.Immutable;
using Akka.Actor;
using Fer.Actors.Artifacts;
using Fer.Actors.Devices;
using Fer.Actors.Hosting;
using Fer.Actors.Sweeps;

namespace Fer.Actors.Hosts;

/// <summary>A slot of this host: how to make its lane, and what it is.</summary>
internal sealed record HostSlot(SlotPlan Plan, SlotInfo Info)
{
    /// <summary>The slot beside GPUs for steps that need no network: those take milliseconds to seconds, and would wait for a GPU that a GAN holds for an hour.</summary>
    private static readonly DeviceName Plain = new("cpu", Environment.ProcessorCount) { Id = "plain" };

    /// <summary>The slots of these devices, and the plain one where they have a GPU.</summary>
    public static ImmutableArray<DeviceName> Of(IReadOnlyList<DeviceName> devices) => [.. devices, .. devices.Any(d => d.IsCuda) ? [Plain] : Array.Empty<DeviceName>()];

    public static HostSlot Of(DeviceName device, EngineSettings engine, WorkerLink? link) =>
        new(SlotPlan.Of(device, engine, link), new SlotInfo(device.ToString(), LabelOf(device), FingerprintOf.OfSlot(engine, device)) { IsPlain = device == Plain });

    private static string LabelOf(DeviceName device) =>
        device == Plain ? "steps without a network"
        : device.IsCuda ? $"{NvidiaGpus.ModelOf(ProcessLane.VisibleDevice(Environment.GetEnvironmentVariable("CUDA_VISIBLE_DEVICES"), device))} {device.Uuid}".TrimEnd()
        : "processor core";
}

/// <summary>What a host's slots work with.</summary>
internal sealed record HostActorSetup(
    string Name, string Incarnation, ImmutableArray<HostSlot> Slots, IStepRows Steps, HostRows Hosts, string Store, TimeSpan Lease, TimeSpan Beat, TimeSpan StallTimeout, Func<string> Address, Action<string> Say)
{
    /// <summary>Where hosts have no folder in common; null: they have.</summary>
    public HostSharing? Sharing { get; init; }

    /// <summary>Null: there is no GPU whose memory can be looked at.</summary>
    public GpuWatchSetup? Gpus { get; init; }
}

/// <summary>To a host: take nothing new, give back what is in hand, saved. Answered by <see cref="HostLeft"/>.</summary>
internal sealed record LeaveHost
{
    public static readonly LeaveHost Instance = new();
}

internal sealed record HostLeft;

/// <summary>A slot as its host has it now.</summary>
internal sealed class HostSlotNow(SlotInfo info, IActorRef pool)
{
    public SlotInfo Info { get; set; } = info;

    /// <summary>Whether it may claim, as far as others on its GPU go; not before these have been looked for.</summary>
    public bool IsOurs { get; set; } = true;

    public IActorRef Pool { get; } = pool;

    /// <summary>Takes nothing before a worker is there.</summary>
    public SlotMachine Machine { get; set; } = new() { IsClosed = true };

    public bool HasWorker { get; set; }

    /// <summary>A slot that fails is free before all others: without a rest it would take the same step again and use up its tries.</summary>
    public long RestsUntil { get; private set; }

    private int failures;

    public void Rest(bool failed)
    {
        failures = failed ? failures + 1 : 0;
        RestsUntil = failed ? Environment.TickCount64 + (500L << Math.Min(failures, 6)) : 0;
    }

    /// <summary>What it computes: a GPU leaves plain steps to the slot beside it.</summary>
    public ImmutableArray<string> Places { get; } =
    [
        .. info.IsPlain ? [] : new[] { FingerprintOf.PlaceOf(info.Facts) },
        .. info.Name.StartsWith("cuda", StringComparison.Ordinal) ? [] : new[] { FingerprintOf.PlainPlaceOf(info.Facts) },
    ];
}
