using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using Fer.Actors.Hosting;

namespace Fer.Actors.Devices;

/// <summary>To the pool: carry this step when a slot is free. Answers come to <paramref name="Owner"/>; when the owner stops, so does the step.</summary>
internal sealed record Place(StepOrder Order, int Priority, IActorRef Owner)
{
    /// <summary>The step's hash under the run's fingerprint.</summary>
    public string Hash { get; init; } = "";

    /// <summary>Digest of what a slot must be that keeps the run's bits.</summary>
    public string Where { get; init; } = "";

    /// <summary>The last try that the journal says has begun and not ended; 0: none.</summary>
    public int BegunTry { get; init; }

    /// <summary>Where that was.</summary>
    public string BegunOn { get; init; } = "";

    /// <summary>The last try that the journal says ended for nothing; 0: none.</summary>
    public int FoldedTry { get; init; }
}

/// <summary>To a pool of hosts: a run no longer refers to these artifacts of the store that they share.</summary>
internal sealed record Retire(System.Collections.Immutable.ImmutableArray<string> Artifacts);

/// <summary>To the pool: stop a step, queued or running. Answered by <see cref="WorkStopped"/>.</summary>
internal sealed record Unplace(string Order, bool Save);

/// <summary>To an owner: its step has a slot now.</summary>
/// <param name="Try">The number of the try where the pool counts them, among all who want the step; null: the owner counts.</param>
internal sealed record Placed(string Order, string Device, int? Try = null) : IWorkerNews;

/// <summary>To an owner: the try ended without result and without fault of the step; it must be placed again.</summary>
internal sealed record WorkLeft(string Order, string Device, string Reason) : IWorkerNews;

/// <summary>To an owner: another run that shares the step has changed it so.</summary>
internal sealed record WorkAdjusted(string Order, ImmutableArray<Fer.Models.Training.Adjustment> Adjustments) : IWorkerNews;

/// <summary>To an owner: the worker was ended; the step must be placed again.</summary>
internal sealed record WorkerLost(string Order, string Device, string Reason);

/// <summary>
/// Hands steps to slots, the most urgent first. A slot's worker counts as alive only while its compute thread moves: one
/// that hangs or dies is ended, started again, and its step's owner is told.
/// </summary>
internal sealed class DevicePool : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    /// <summary>This process has been stopped or starved itself when its own clockwork was late by so much.</summary>
    private static readonly TimeSpan Late = 2 * Look;

    private readonly TimeSpan stallTimeout;
    private long lookedAt = Environment.TickCount64;
    private readonly List<Slot> slots = [];
    private readonly List<Place> queue = [];
    private readonly ILoggingAdapter log = Context.GetLogger();

    public DevicePool(IReadOnlyList<SlotPlan> plans, TimeSpan stallTimeout)
    {
        this.stallTimeout = stallTimeout;
        foreach (var plan in plans)
        {
            var lane = Context.ActorOf(plan.Lane(), plan.Device.ToString().Replace(':', '-'));
            slots.Add(new Slot(plan.Device.ToString(), lane));
            FerMeter.Slots(plan.Device.ToString(), 1);
        }

        Receive<LaneReady>(r => OnReady(r));
        Receive<LaneLost>(OnLost);
        Receive<LaneDown>(OnDown);
        Receive<ProcessSpent>(Context.Parent.Forward);
        Receive<LanePulse>(p => SlotOf(p.Device).Pulse(p.Count));
        Receive<Place>(OnPlace);
        Receive<Unplace>(OnUnplace);
        Receive<WorkDone>(m => OnEnd(m.Order, m));
        Receive<WorkStopped>(m => OnEnd(m.Order, m));
        Receive<WorkFault>(OnFault);
        Receive<WorkOpened>(m => Forward(m.Order, m));
        Receive<WorkMoved>(m => Forward(m.Order, m));
        Receive<WorkSaved>(m => Forward(m.Order, m));
        Receive<WorkDamaged>(m => Forward(m.Order, m));
        Receive<Terminated>(OnOwnerGone);
        Receive<Tick>(_ => OnTick());
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart() => Timers.StartPeriodicTimer(nameof(Tick), Tick.Instance, Look);

    // A pool that ends carries nothing, whatever its slots were at.
    protected override void PostStop() => slots.ForEach(s =>
    {
        s.Busy = null;
        FerMeter.Slots(s.Device, -1);
    });

    private Slot SlotOf(string device) => slots.First(s => s.Device == device);

    private void OnReady(LaneReady ready)
    {
        var slot = SlotOf(ready.Device);
        slot.Worker = ready.Worker;
        slot.IsDown = false;
        slot.Pulse(-1);
        Context.Parent.Tell(new HasWorker(true, ready.Process));
        Fill();
    }

    private void OnLost(LaneLost lost)
    {
        var slot = SlotOf(lost.Device);
        slot.Worker = null;
        if (slot.Busy is { } busy)
        {
            slot.Busy = null;
            busy.Owner.Tell(new WorkerLost(busy.Order.Order, lost.Device, lost.Reason));
        }

        Context.Parent.Tell(new HasWorker(slots.Exists(s => s.Worker is not null), null));
    }

    private void OnDown(LaneDown down)
    {
        SlotOf(down.Device).IsDown = true;
        if (slots.TrueForAll(s => s.IsDown))
        {
            Context.Parent.Tell(new NoWorkers($"No worker comes up, the one of {down.Device} because {down.Reason}."));
        }
    }

    private void OnPlace(Place place)
    {
        Context.Watch(place.Owner);
        queue.Add(place);
        Fill();
    }

    private void OnUnplace(Unplace stop)
    {
        if (queue.FindIndex(p => p.Order.Order == stop.Order) is var at and >= 0)
        {
            var place = queue[at];
            queue.RemoveAt(at);
            place.Owner.Tell(new WorkStopped(stop.Order));
        }
        else if (slots.FirstOrDefault(s => s.Busy?.Order.Order == stop.Order) is { } slot)
        {
            slot.Worker!.Tell(new StopWork(stop.Order, stop.Save));
        }
        else
        {
            Sender.Tell(new WorkStopped(stop.Order));
        }
    }

    private void OnOwnerGone(Terminated gone)
    {
        queue.RemoveAll(p => p.Owner.Equals(gone.ActorRef));
        foreach (var slot in slots.Where(s => s.Busy?.Owner.Equals(gone.ActorRef) == true))
        {
            slot.Worker?.Tell(new StopWork(slot.Busy!.Order.Order, Save: false));
        }
    }

    private void OnFault(WorkFault fault)
    {
        var slot = slots.FirstOrDefault(s => s.Busy?.Order.Order == fault.Order);
        if (fault.Fault == "device" && slot is not null)
        {
            // A poisoned device context answers every later call with the same error: only a new process cures it.
            slot.Lane.Tell(new EndWorker(fault.Message));
            return;
        }

        OnEnd(fault.Order, fault);
    }

    private void OnEnd(string order, object message)
    {
        if (slots.FirstOrDefault(s => s.Busy?.Order.Order == order) is { } slot)
        {
            var owner = slot.Busy!.Owner;
            slot.Busy = null;
            owner.Tell(message);
            Fill();
        }
    }

    private void Forward(string order, object message) =>
        slots.FirstOrDefault(s => s.Busy?.Order.Order == order)?.Busy!.Owner.Tell(message);

    private void Fill()
    {
        foreach (var slot in slots.Where(s => s.Worker is not null && s.Busy is null))
        {
            if (queue.Count == 0)
            {
                return;
            }

            // A stable choice: by priority, then by arrival.
            var next = queue.Select((p, i) => (Place: p, Index: i)).OrderByDescending(p => p.Place.Priority).ThenBy(p => p.Index).First();
            queue.RemoveAt(next.Index);
            slot.Busy = next.Place;
            slot.Pulse(slot.LastPulse);
            slot.Touch();
            next.Place.Owner.Tell(new Placed(next.Place.Order.Order, slot.Device));
            slot.Worker!.Tell(next.Place.Order);
        }
    }

    private void OnTick()
    {
        var since = TimeSpan.FromMilliseconds(Environment.TickCount64 - lookedAt);
        lookedAt = Environment.TickCount64;
        if (since > Late)
        {
            // Suspended by a scheduler or a debugger, nothing moved, and no thread is to blame.
            slots.ForEach(s => s.Touch());
        }

        foreach (var slot in slots.Where(s => s.Worker is not null))
        {
            slot.Lane.Tell(AskPulse.Instance);
            if (slot.Busy is not null && slot.StillFor > stallTimeout)
            {
                slot.Touch();
                var reason = $"its compute thread has not moved for {stallTimeout.TotalSeconds:0} s";
                log.Error("Worker of {Device} is ended: {Reason}", slot.Device, reason);
                slot.Lane.Tell(new EndWorker(reason));
            }
        }
    }

    private sealed class Slot(string device, IActorRef lane)
    {
        private long movedAt = Environment.TickCount64;

        public string Device { get; } = device;

        public IActorRef Lane { get; } = lane;

        public IActorRef? Worker { get; set; }

        public Place? Busy
        {
            get;
            set
            {
                if ((field is null) != (value is null))
                {
                    FerMeter.Slot(Device, value is not null);
                }

                field = value;
            }
        }

        public bool IsDown { get; set; }

        public long LastPulse { get; private set; }

        public TimeSpan StillFor => TimeSpan.FromMilliseconds(Environment.TickCount64 - movedAt);

        public void Touch() => movedAt = Environment.TickCount64;

        public void Pulse(long count)
        {
            if (count != LastPulse)
            {
                LastPulse = count;
                Touch();
            }
        }
    }

    private sealed class Tick
    {
        public static readonly Tick Instance = new();
    }
}
