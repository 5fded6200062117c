using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using Fer.Actors.Devices;
using Fer.Actors.Hosting;
using Fer.Actors.Runs.V1;

namespace Fer.Actors.Runs;

/// <summary>What every owner of steps is given.</summary>
/// <param name="Place">Digest of what a slot must be that keeps the run's bits.</param>
/// <param name="PlainPlace">The same for steps of a plain kind (<see cref="StepKind.IsPlain"/>).</param>
public sealed record StepOwnerSetup(string RunId, string Store, string Precision, string Place, string PlainPlace, EngineSettings Engine, IActorRef Pool, TimeProvider Clock);

/// <summary>To an owner: carry this step.</summary>
internal sealed record Carry(StepSpec Spec, string Hash, StepState? State, int Incarnation, int Priority);

/// <summary>To an owner: save and stop everything.</summary>
internal sealed record ReleaseAll(bool Save);

/// <summary>To the supervisor: write this down, all of it or nothing: a fault and its cure are one fact, whenever the process dies.</summary>
internal sealed record Record(ImmutableArray<IRunEvent> Events);

/// <summary>To the supervisor: a step cannot read this artifact; whatever made it must make it again.</summary>
internal sealed record InputDamaged(string Step, string Artifact, string Reason);

/// <summary>To the supervisor: the step is in nobody's hands now.</summary>
internal sealed record Settled(string Step);

/// <summary>To the supervisor: the step cannot be carried further; the run must pause.</summary>
internal sealed record GaveUp(string Step, string Reason);

/// <summary>
/// Owns a family of steps of one run: places them on devices, tells the supervisor what became of them, and decides by
/// <see cref="StepPolicy"/> what happens after a fault. Keeps no truth of its own: it is given the folded state with each step.
/// </summary>
public abstract class StepOwner : ReceiveActor, IWithTimers
{
    private readonly StepOwnerSetup setup;
    private readonly StepPolicy policy;
    private readonly Dictionary<string, Carried> carried = [];
    private int orders;

    protected StepOwner(StepOwnerSetup setup)
    {
        this.setup = setup;
        policy = new StepPolicy(setup.Engine.MaxRollbacks, setup.Engine.RollbackUnits, setup.Engine.MaxRetries, setup.Engine.RetryDelay);
        Log = Context.GetLogger().WithContext("RunId", setup.RunId);

        Receive<Carry>(OnCarry);
        Receive<Due>(d => Place(d.Order));
        Receive<Placed>(p => On(p.Order, c => OnPlaced(c, p)));
        Receive<WorkOpened>(m => On(m.Order, c =>
        {
            if (!c.IsStarted)
            {
                Tell([Started(c, m.From)]);
            }
        }));
        Receive<WorkAdjusted>(m => On(m.Order, c =>
        {
            Tell([.. m.Adjustments.Select(a => new StepAdjusted(Now, c.Name, a, "another run that shares the step changed it"))]);
            c.Adjusted = c.Adjusted.AddRange(m.Adjustments);
        }));
        Receive<WorkLeft>(m => Settle(m.Order, c => Tell([.. StartedIfNot(c, 0), new StepLeft(Now, c.Name, m.Device, m.Reason)])));
        Receive<WorkMoved>(m => On(m.Order, c => Context.Parent.Tell(new LiveStep(c.Name, c.Device, m.Position, m.Length, m.Unit, m.Figures))));
        Receive<WorkSaved>(m => On(m.Order, c => Tell([new StepCheckpointed(Now, c.Name, m.Checkpoint.Position, m.Checkpoint.Length, m.Checkpoint.Artifact)])));
        Receive<WorkDamaged>(m => On(m.Order, c => Tell([new CheckpointDamaged(Now, c.Name, m.Artifact, m.Reason)])));
        Receive<WorkDone>(m => Settle(m.Order, c => Tell([new StepCompleted(Now, c.Name, m.Files, m.Figures)])));
        Receive<WorkStopped>(m => Settle(m.Order, _ => { }));
        Receive<WorkFault>(OnFault);
        Receive<WorkerLost>(OnLost);
        Receive<ReleaseAll>(OnRelease);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>Logs under the run's id.</summary>
    protected ILoggingAdapter Log { get; }

    /// <summary>Said in the log when a step of this owner begins; each owner has its own words.</summary>
    protected abstract string Describe(StepSpec step);

    private DateTimeOffset Now => setup.Clock.GetUtcNow();

    private void OnCarry(Carry carry)
    {
        var (wait, giveUp) = policy.Next(carry.State);
        if (giveUp is not null)
        {
            var last = carry.State!.Attempts.IsEmpty ? "" : $" on {carry.State.Attempts[^1].Device}";
            Context.Parent.Tell(new GaveUp(carry.Spec.Name, $"Step '{carry.Spec.Name}' stopped{last}: {giveUp}"));
            return;
        }

        var order = $"{carry.Incarnation}.{Self.Path.Name}.{++orders}";
        carried.Add(order, new Carried(carry));
        if (wait == TimeSpan.Zero)
        {
            Place(order);
        }
        else
        {
            Timers.StartSingleTimer(order, new Due(order), wait);
        }
    }

    private void Place(string order) => On(order, c =>
    {
        Log.Info("{What}", Describe(c.Carry.Spec));
        c.IsPlaced = true;
        setup.Pool.Tell(new Place(
            new StepOrder(
                order, setup.RunId, c.Carry.Spec, setup.Store,
                [.. (c.Carry.State?.Checkpoints ?? []).Reverse()],
                c.Carry.State?.Adjustments ?? Models.Training.Adjustments.None,
                setup.Precision, setup.Engine.CheckpointEvery, setup.Engine.CheckpointSteps),
            c.Carry.Priority,
            Self)
        {
            Hash = c.Carry.Hash,
            Where = Jobs.JobRegistry.IsPlain(c.Carry.Spec) ? setup.PlainPlace : setup.Place,
            BegunTry = c.Carry.State is { Status: StepStatus.Started, Attempts: [.., { Ended: null }] } begun ? begun.LastTry : 0,
            BegunOn = c.Carry.State is { Attempts: [.., var last] } ? last.Device : "",
            FoldedTry = c.Carry.State is { Status: StepStatus.Failed } failed ? failed.LastTry : 0,
        });
    });

    private void OnFault(WorkFault fault) => Settle(fault.Order, c =>
    {
        Tell(
        [
            .. StartedIfNot(c, fault.Position),
            new StepFailed(Now, c.Name, c.Device, fault.Fault, fault.Message, AttemptOf(c)),
            .. policy.Changes(StateOf(c), c.Name, fault.Fault, fault.Position, Now),
        ]);
        if (fault.Artifact is { } artifact)
        {
            Context.Parent.Tell(new InputDamaged(c.Name, artifact, fault.Message));
        }
    });

    private void OnLost(WorkerLost lost) => Settle(lost.Order, c => Tell(
    [
        .. StartedIfNot(c, 0),
        new StepFailed(Now, c.Name, lost.Device, "worker-lost", lost.Reason, AttemptOf(c)),
        new WorkerRestarted(Now, lost.Device, lost.Reason),
    ]));

    // A step that could not even be opened has no start yet; its failure needs one to belong to.
    private ImmutableArray<IRunEvent> StartedIfNot(Carried c, long from) => c.IsStarted ? [] : [Started(c, from)];

    private StepStarted Started(Carried c, long from)
    {
        c.IsStarted = true;
        return new StepStarted(Now, c.Carry.Spec, c.Carry.Hash, c.Device, AttemptOf(c), from);
    }

    private static int AttemptOf(Carried c) => c.Try ?? (c.Carry.State?.Attempts.Length ?? 0) + 1;

    // With what came since it was carried: runs that share a step must decide the same about it.
    private static StepState? StateOf(Carried c) => c.Adjusted.IsEmpty
        ? c.Carry.State
        : (c.Carry.State ?? new StepState(c.Carry.Spec, c.Carry.Hash, StepStatus.Started)).With(c.Adjusted);

    // A try that began before this process took the run over is in the journal already.
    private static void OnPlaced(Carried c, Placed placed)
    {
        (c.Device, c.Try) = (placed.Device, placed.Try);
        c.IsStarted = placed.Try is not null && placed.Try == c.Carry.State?.LastTry && c.Carry.State is { Status: StepStatus.Started, Attempts: [.., { Ended: null }] };
    }

    private void OnRelease(ReleaseAll release)
    {
        foreach (var (order, c) in carried.ToList())
        {
            if (c.IsPlaced)
            {
                setup.Pool.Tell(new Unplace(order, release.Save));
            }
            else
            {
                Timers.Cancel(order);
                Settle(order, _ => { });
            }
        }
    }

    private void On(string order, Action<Carried> act)
    {
        if (carried.TryGetValue(order, out var c))
        {
            act(c);
        }
    }

    private void Settle(string order, Action<Carried> act) => On(order, c =>
    {
        act(c);
        carried.Remove(order);
        Context.Parent.Tell(new Settled(c.Name));
    });

    private static void Tell(ImmutableArray<IRunEvent> events) => Context.Parent.Tell(new Record(events));

    private sealed record Due(string Order);

    private sealed class Carried(Carry carry)
    {
        public Carry Carry { get; } = carry;

        public string Name => Carry.Spec.Name;

        public string Device { get; set; } = "";

        public int? Try { get; set; }

        public ImmutableArray<Models.Training.Adjustment> Adjusted { get; set; } = [];

        public bool IsPlaced { get; set; }

        public bool IsStarted { get; set; }
    }
}
