using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using Fer.Actors.Devices;
using Fer.Actors.Hosting;
using Fer.Actors.Sweeps;

namespace Fer.Actors.Hosts;

/// <summary>
/// A host: its slots (<see cref="SlotsAtWork"/>), the one beat that prolongs the leases of all, and whether it takes steps, leaves or is over.
/// A lease is prolonged only for a slot whose compute thread moves: the pool ends one that hangs, and its step goes back at once.
/// </summary>
internal sealed class HostActor : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    private readonly HostActorSetup setup;
    private readonly TaskCompletionSource<HostOutcome> ended;
    private readonly HostHands hands;
    private readonly HostVoice voice;
    private readonly SlotsAtWork slots;
    private readonly ILoggingAdapter log = Context.GetLogger();
    private IActorRef leaveAsked = ActorRefs.Nobody;
    private BeatWatch watch;
    private ImmutableArray<SlotInfo> said;
    private bool beating;
    private readonly DatabaseWatch database;
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
        ImmutableArray<HostSlotNow> all = [.. setup.Slots.Select(Make)];
        var gpus = setup.Gpus is { } watched ? Context.ActorOf(Props.Create(() => new GpuWatch(watched, setup.Say)), "gpus") : ActorRefs.Nobody;
        slots = new SlotsAtWork(setup, all, gpus, Self, !drains, SayWhenLeft, hands, voice);
        said = slots.Infos;

        Receive<LookTick>(_ => slots.Look());
        Receive<Hinted>(h =>
        {
            if (h.What == Hints.Work)
            {
                slots.Look();
            }
        });
        Receive<BeatTick>(_ => Beat());
        Receive<BeatAnswer>(OnBeat);
        Receive<ClaimAnswer>(OnClaimed);
        Receive<WriteAnswer>(OnWritten);
        Receive<Fetched>(slots.OnFetched);
        Receive<LeaveHost>(_ => Leave());

        Receive<Placed>(_ => { });
        Receive<WorkOpened>(m => slots.On(m.Order, s => s.Machine.Opened(m.From)));
        Receive<WorkMoved>(m => slots.On(m.Order, s => (s.Machine.Moved(m), [])));
        Receive<WorkSaved>(m => slots.On(m.Order, s => s.Machine.Saved(m.Checkpoint)));
        Receive<WorkDamaged>(m => slots.On(m.Order, s => s.Machine.FoundDamaged(m.Artifact, m.Reason)));
        Receive<WorkDone>(m => slots.On(m.Order, s => s.Machine.Done(m)));
        Receive<WorkFault>(slots.OnFault);
        Receive<WorkerLost>(m => slots.On(m.Order, s => s.Machine.Failed(new RowFault("worker-lost", m.Reason, s.Machine.Position, null))));
        Receive<WorkStopped>(m => slots.On(m.Order, s => s.Machine.Stopped()));
        Receive<HasWorker>(m => slots.OnWorker(Sender, m));
        Receive<GpuOthers>(slots.OnOthers);
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

    private HostSlotNow Make(HostSlot slot)
    {
        var pool = Context.ActorOf(Props.Create(() => new DevicePool(new[] { slot.Plan }, setup.StallTimeout)), slot.Info.Name.Replace(':', '-'));
        return new HostSlotNow(slot.Info, pool) { IsOurs = setup.Gpus?.Uuids.ContainsKey(slot.Info.Name) != true };
    }

    private void SayWhenLeft()
    {
        if (leaving && slots.AreFree)
        {
            leaveAsked.Tell(new HostLeft());
        }
    }

    private void OnClaimed(ClaimAnswer answer)
    {
        database.Answered(answer.Trouble);
        slots.OnClaimed(answer);
        SayWhenLeft();
    }

    private void OnWritten(WriteAnswer answer)
    {
        database.Answered(answer.Trouble);
        slots.OnWritten(answer);
    }

    private void Beat()
    {
        (watch, var gap) = watch.Tick(Environment.TickCount64);
        if (gap)
        {
            // Stopped, starved, or without a database: others may have been let in. Nothing is said before the next answer.
            slots.Gap();
        }

        if (beating)
        {
            return;
        }

        beating = true;
        var now = slots.Infos;
        hands.Beat(slots.Held, now.SequenceEqual(said) ? [] : now);
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
                slots.OnHeld(word, answer.Held[(word.Hash, word.Token)]);
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
            slots.Gate(takes: !draining);
        }
    }

    private void Leave()
    {
        leaving = true;
        leaveAsked = Sender;
        slots.Gate(takes: false);
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
