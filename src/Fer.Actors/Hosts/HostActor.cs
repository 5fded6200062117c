using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using Fer.Actors.Devices;
using Fer.Actors.Hosting;
using Fer.Actors.Sweeps;

namespace Fer.Actors.Hosts;

/// <summary>
/// The slots of a host: each claims steps and has its device compute them (<see cref="SlotMachine"/> says how); one beat prolongs the
/// leases of all. A lease is prolonged only for a slot whose compute thread moves: the pool ends one that hangs, and its step goes back at once.
/// </summary>
internal sealed class HostActor : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    private readonly HostActorSetup setup;
    private readonly TaskCompletionSource<HostOutcome> ended;
    private readonly HostHands hands;
    private readonly HostVoice voice;
    private readonly List<HostSlotNow> slots = [];
    private readonly ILoggingAdapter log = Context.GetLogger();
    private IActorRef leaveAsked = ActorRefs.Nobody;
    private BeatWatch watch;
    private IActorRef gpus = ActorRefs.Nobody;
    private ImmutableArray<SlotInfo> said;
    private bool beating;
    private readonly DatabaseWatch database;
    private readonly GivenBack givenBack = new();
    private bool draining;
    private bool leaving;

    /// <param name="drains">Whether it was told before to take nothing new.</param>
    /// <param name="ended">Completed when this host cannot go on by itself.</param>
    public HostActor(HostActorSetup setup, bool drains, TaskCompletionSource<HostOutcome> ended)
    {
        draining = drains;
        this.setup = setup;
        this.ended = ended;
        watch = new BeatWatch(setup.Lease, Environment.TickCount64);
        hands = new HostHands(setup, Self);
        voice = new HostVoice(setup, log, Context.System.EventStream);
        database = new DatabaseWatch(log);
        foreach (var slot in setup.Slots)
        {
            var pool = Context.ActorOf(Props.Create(() => new DevicePool(new[] { slot.Plan }, setup.StallTimeout)), slot.Info.Name.Replace(':', '-'));
            slots.Add(new HostSlotNow(slot.Info, pool) { IsOurs = setup.Gpus?.Uuids.ContainsKey(slot.Info.Name) != true });
        }

        said = Infos;
        if (setup.Gpus is { } watched)
        {
            gpus = Context.ActorOf(Props.Create(() => new GpuWatch(watched, setup.Say)), "gpus");
        }

        Receive<LookTick>(_ => Look());
        Receive<Hinted>(h =>
        {
            if (h.What == Hints.Work)
            {
                Look();
            }
        });
        Receive<BeatTick>(_ => Beat());
        Receive<BeatAnswer>(OnBeat);
        Receive<ClaimAnswer>(OnClaim);
        Receive<WriteAnswer>(OnWritten);
        Receive<Fetched>(OnFetched);
        Receive<LeaveHost>(_ => Leave());

        Receive<Placed>(_ => { });
        Receive<WorkOpened>(m => On(m.Order, s => s.Machine.Opened(m.From)));
        Receive<WorkMoved>(m => On(m.Order, s => (s.Machine.Moved(m), [])));
        Receive<WorkSaved>(m => On(m.Order, s => s.Machine.Saved(m.Checkpoint)));
        Receive<WorkDamaged>(m => On(m.Order, s => s.Machine.FoundDamaged(m.Artifact, m.Reason)));
        Receive<WorkDone>(m => On(m.Order, s => s.Machine.Done(m)));
        Receive<WorkFault>(OnFault);
        Receive<WorkerLost>(m => On(m.Order, s => s.Machine.Failed(new RowFault("worker-lost", m.Reason, s.Machine.Position, null))));
        Receive<WorkStopped>(m => On(m.Order, s => s.Machine.Stopped()));
        Receive<HasWorker>(m => OnWorker(slots.First(s => s.Pool.Equals(Sender)), m));
        Receive<GpuOthers>(OnOthers);
        Receive<NoWorkers>(m => log.Error("{Trouble}", m.Sentence));
        Receive<ProcessSpent>(m => ended.TrySetResult(new HostOutcome(HostEnd.Restart, m.Sentence)));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        Timers.StartPeriodicTimer(nameof(LookTick), LookTick.Instance, TimeSpan.Zero, LookEvery);
        Timers.StartPeriodicTimer(nameof(BeatTick), BeatTick.Instance, setup.Beat);
        Context.System.EventStream.Subscribe(Self, typeof(Hinted));
        (HostMeter.IsDraining, HostMeter.HasDatabase) = (draining, true);
    }

    protected override void PostStop() => (HostMeter.IsDraining, HostMeter.HasDatabase) = (null, null);

    // What it knew is gone; the devices below end with it. A new process is the cleaner start.
    protected override void PreRestart(Exception reason, object message)
    {
        ended.TrySetResult(new HostOutcome(HostEnd.Restart, $"{reason.GetType().Name}: {reason.Message.Split('\n')[0]}"));
        base.PreRestart(reason, message);
    }

    private ImmutableArray<SlotInfo> Infos => [.. slots.Select(s => s.Info)];

    private void Look() => slots.Where(s => s.IsOurs && s.RestsUntil <= Environment.TickCount64).ToList().ForEach(s => Turn(s, s.Machine.Look()));

    // A slot without a worker would hold a step, and compute nothing.
    private void OnWorker(HostSlotNow slot, HasWorker worker)
    {
        gpus.Tell(new WorkerOnGpu(slot.Info.Name, worker.Process));
        slot.HasWorker = worker.Value;
        Gate(slot);
    }

    // What it computes goes on: only what is new would get in the others' way.
    private void OnOthers(GpuOthers others)
    {
        var slot = slots.First(s => s.Info.Name == others.Device);
        slot.IsOurs = others.Bytes is null;
        slot.Info = slot.Info with { OthersBytes = others.Bytes };
        Look();
    }

    private void Gate(HostSlotNow slot)
    {
        var open = slot.HasWorker && !draining && !leaving;
        Turn(slot, open ? (slot.Machine.Reopen(), []) : slot.Machine.Close());
        if (open)
        {
            Look();
        }
    }

    private void On(string order, Func<HostSlotNow, (SlotMachine, ImmutableArray<SlotEffect>)> turn)
    {
        if (slots.FirstOrDefault(s => s.Machine.Order == order) is { } slot)
        {
            Turn(slot, turn(slot));
        }
    }

    private void Turn(HostSlotNow slot, (SlotMachine Next, ImmutableArray<SlotEffect> Do) turn)
    {
        var before = slot.Machine;
        slot.Machine = turn.Next;
        foreach (var effect in turn.Do)
        {
            Do(slot, effect);
        }

        if (before.Step is not null && slot.Machine.Step is null)
        {
            SayWhenLeft();
            Look();
        }
    }

    private void SayWhenLeft()
    {
        if (leaving && slots.TrueForAll(s => s.Machine.Phase == SlotPhase.Free))
        {
            leaveAsked.Tell(new HostLeft());
        }
    }

    private void Do(HostSlotNow slot, SlotEffect effect)
    {
        switch (effect)
        {
            case SlotEffect.Claim:
                hands.Claim(slot, givenBack.Now(Environment.TickCount64));
                break;
            case SlotEffect.Start start:
                voice.Takes(slot, start);
                hands.Fetch(slot, start.Step);
                break;
            case SlotEffect.Stop stop:
                slot.Pool.Tell(new Unplace(stop.Order, stop.Save));
                break;
            case SlotEffect.Write write:
                hands.Write(slot, write);
                break;
        }
    }

    private void OnFetched(Fetched fetched)
    {
        var (slot, step) = (fetched.Slot, fetched.Step);
        if (slot.Machine.Phase != SlotPhase.Carrying || slot.Machine.Order != SlotMachine.OrderOf(step))
        {
            return;
        }

        if (fetched.WhyNot is { } reason)
        {
            GiveBack(slot, reason);
        }
        else
        {
            Start(slot, step);
        }
    }

    // No fault of the step: another host may have what this one lacks, or room for it.
    private void GiveBack(HostSlotNow slot, string reason)
    {
        var step = slot.Machine.Step!.Step;
        voice.GivesBack(slot, step, reason);
        givenBack.Add(step.Hash, Environment.TickCount64);
        Turn(slot, slot.Machine.Stopped());
    }

    private void Start(HostSlotNow slot, ClaimedStep step)
    {
        gpus.Tell(new ComputesOnGpu(slot.Info.Name));
        var spec = step.Step;
        slot.Pool.Tell(new Place(
            new StepOrder(SlotMachine.OrderOf(step), "", spec.Spec, setup.Store, [.. step.Checkpoints.Reverse()], step.Adjustments, spec.Precision, spec.CheckpointEvery, spec.CheckpointSteps), 0, Self));
    }

    private void OnFault(WorkFault fault)
    {
        // A disk that is this host's alone is no reason to use up the tries of a step.
        if (fault.Fault == "io" && setup.Sharing is not null && slots.FirstOrDefault(s => s.Machine.Order == fault.Order && s.Machine.Phase == SlotPhase.Carrying) is { } slot)
        {
            voice.StoreFails(slot, fault);
            GiveBack(slot, fault.Message);
            return;
        }

        On(fault.Order, s => s.Machine.Failed(new RowFault(fault.Fault, fault.Message, fault.Position, fault.Artifact)));
    }

    private void OnClaim(ClaimAnswer answer)
    {
        database.Answered(answer.Trouble);
        if (answer.Step is { } step)
        {
            HostMeter.Claimed(step.Step.Spec.Kind, answer.Slot.Info.Name);
        }

        Turn(answer.Slot, answer.Slot.Machine.Claimed(answer.Step));
        SayWhenLeft();
    }

    private void OnWritten(WriteAnswer answer)
    {
        database.Answered(answer.Trouble);
        var (slot, write) = (answer.Slot, answer.Write);
        if (slot.Machine.Step is not { } step || step.Step.Hash != write.Hash || step.Token != write.Token)
        {
            return;
        }

        if (answer.Accepted == false)
        {
            voice.Refused(slot, step);
        }
        else if (answer.Accepted == true)
        {
            voice.Accepted();
            if (write.What is RowWrite.Done or RowWrite.Failed)
            {
                slot.Rest(write.What is RowWrite.Failed);
                voice.Ended(slot, step, write);
            }
        }

        Turn(slot, slot.Machine.Written(answer.Accepted));
    }

    private void Beat()
    {
        (watch, var gap) = watch.Tick(Environment.TickCount64);
        if (gap)
        {
            // Stopped, starved, or without a database: others may have been let in. Nothing is said before the next answer.
            slots.ForEach(s => s.Machine = s.Machine.Gap());
        }

        if (beating)
        {
            return;
        }

        beating = true;
        var held = slots.Select(s => s.Machine.Word).OfType<HeldStep>().ToImmutableArray();
        var now = Infos;
        hands.Beat(held, now.SequenceEqual(said) ? [] : now);
    }

    private void OnBeat(BeatAnswer answer)
    {
        beating = false;
        database.Answered(answer.Trouble);
        if (answer.Trouble is not null)
        {
            return;
        }

        said = answer.News.IsEmpty ? said : answer.News;

        // An answer from before a long gap says nothing about after it.
        (watch, var counts) = watch.Heard(answer.Asked, Environment.TickCount64);
        if (counts)
        {
            foreach (var word in answer.Sent)
            {
                if (slots.FirstOrDefault(s => s.Machine.Word is { } w && w.Hash == word.Hash && w.Token == word.Token) is { } slot)
                {
                    if (answer.Held[(word.Hash, word.Token)] == Held.Taken && !slot.Machine.IsWriting)
                    {
                        voice.LeaseLost(slot, slot.Machine.Step!.Step.Spec);
                    }

                    Turn(slot, slot.Machine.Heard(answer.Held[(word.Hash, word.Token)]));
                }
            }
        }
        else
        {
            Beat();
        }

        if (answer.Refused is { } sentence)
        {
            ended.TrySetResult(new HostOutcome(HostEnd.Outdated, sentence));
        }
        else if (answer.Draining is null)
        {
            ended.TrySetResult(new HostOutcome(HostEnd.Replaced, $"another process speaks as host '{setup.Name}' now"));
        }
        else if (answer.Draining.Value != draining && !leaving)
        {
            draining = answer.Draining.Value;
            voice.Drains(draining);
            slots.ForEach(Gate);
        }
    }

    private void Leave()
    {
        leaving = true;
        leaveAsked = Sender;
        slots.ForEach(Gate);
        SayWhenLeft();
    }

    private sealed class BeatTick
    {
        public static readonly BeatTick Instance = new();
    }

    private sealed class LookTick
    {
        public static readonly LookTick Instance = new();
    }
}
