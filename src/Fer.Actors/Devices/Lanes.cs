using Akka.Actor;
using Fer.Actors.Hosting;

namespace Fer.Actors.Devices;

/// <summary>A slot and how to make the actor that keeps its worker.</summary>
internal sealed record SlotPlan(DeviceName Device, Func<Props> Lane)
{
    /// <param name="link">Needed where a slot lives in a process of its own; that of the actor system that the lane lives in.</param>
    public static SlotPlan Of(DeviceName slot, EngineSettings engine, WorkerLink? link) => new(slot, () => RunEngine.LivesInProcess(slot, engine)
        ? Props.Create(() => new ProcessLane(slot, engine.ThreadsPerSlot, engine.RetryDelay, link!))
        : Props.Create(() => new ThreadLane(slot, engine.ThreadsPerSlot, ActorConfig.Dispatcher(slot))));
}

/// <summary>From a lane to the pool: its worker takes steps now.</summary>
/// <param name="Process">Of the operating system: where the worker computes.</param>
internal sealed record LaneReady(string Device, IActorRef Worker, int Process);

/// <summary>From a lane to the pool: its worker has ended; another is on its way.</summary>
internal sealed record LaneLost(string Device, string Reason);

/// <summary>From a lane to the pool: no worker of its has come up for long; it goes on trying.</summary>
internal sealed record LaneDown(string Device, string Reason);

/// <summary>From the pool to its parent: whether a slot has a worker now.</summary>
/// <param name="Process">Of the one that has just come up.</param>
internal sealed record HasWorker(bool Value, int? Process);

/// <summary>From the pool to its parent: no slot has a worker, and none is to be expected.</summary>
internal sealed record NoWorkers(string Sentence);

/// <summary>From a lane to the pool, and on to the root: a thread of this process hangs for good, so another process must go on.</summary>
internal sealed record ProcessSpent(string Sentence);

internal sealed record LanePulse(string Device, long Count);

/// <summary>To a lane: end the worker and start another.</summary>
internal sealed record EndWorker(string Reason);

internal sealed class AskPulse
{
    public static readonly AskPulse Instance = new();
}

/// <summary>
/// Keeps a worker on a thread of this process. A thread cannot be ended from outside: when it hangs for good, its step
/// counts as lost, everything else is saved, and another process goes on.
/// </summary>
internal sealed class ThreadLane : ReceiveActor
{
    public ThreadLane(DeviceName device, int threads, string dispatcher)
    {
        var pulse = new PulseCounter();
        var worker = Context.ActorOf(DeviceWorker.Props(device.Torch, threads, pulse, dispatcher), "worker");
        Context.Parent.Tell(new LaneReady(device.ToString(), worker, Environment.ProcessId));
        Receive<AskPulse>(_ => Sender.Tell(new LanePulse(device.ToString(), pulse.Count)));
        Receive<EndWorker>(end =>
        {
            // In this order: the step's owner writes the loss down before the run is told to stop.
            Context.Parent.Tell(new LaneLost(device.ToString(), end.Reason));
            Context.Parent.Tell(new ProcessSpent($"the worker of {device} is a thread that cannot be ended from outside, and {end.Reason}"));
        });
    }
}
