using System.Collections.Immutable;
using System.Diagnostics;
using Akka.Actor;
using Akka.Event;
using Akka.Persistence;
using Fer.Actors.Hosting;
using Fer.Actors.Jobs;
using Fer.Actors.Runs.V1;
using Fer.Actors.Storage;

namespace Fer.Actors.Runs;

/// <summary>
/// One run: folds its journal, asks the job's pure plan what is next, has the owners carry it, and writes down what they
/// say. Everything it decides is a function of the folded state.
/// </summary>
internal sealed class RunSupervisor : ReceivePersistentActor, IWithTimers
{
    /// <summary>Above what a plan's own priorities reach.</summary>
    private const int PriorityOfRun = 10_000_000;

    private static readonly TimeSpan LookForRequests = TimeSpan.FromMilliseconds(500);

    private readonly RunSetup setup;
    private readonly ILoggingAdapter log;
    private readonly Dictionary<string, IActorRef> owners = [];

    /// <summary>Steps that an owner carries, by name, with their hashes.</summary>
    private readonly Dictionary<string, string> inHand = [];
    private readonly RunFiles files;
    private readonly TrainingPace pace;
    private RunState state = RunState.Empty;
    private Stopping? stopping;
    private int incarnation;
    private bool over;

    public RunSupervisor(RunSetup setup)
    {
        this.setup = setup;
        pace = new TrainingPace(setup.Clock);
        log = Context.GetLogger().WithContext("RunId", setup.Request.Folder.RunId);
        files = new RunFiles(setup, log);
        PersistenceId = RunReader.PersistenceId(setup.Request.Folder.RunId);

        Recover<IRunEvent>(e => state = state.Apply(e));
        Recover<RecoveryCompleted>(_ => OnRecovered());

        Command<Record>(r => Persist(Retirement.With(state, r.Events, Now)));
        Command<InputDamaged>(d => OnTrouble(StepTrouble.Of(state, d, Now)));
        Command<Settled>(OnSettled);
        Command<GaveUp>(g =>
        {
            inHand.Remove(g.Step);
            OnTrouble(StepTrouble.Of(state, g));
        });
        Command<StopRun>(s => Stop(s, by: "user"));
        Command<LiveStep>(OnLive);
        Command<LookNow>(_ => OnLook());
    }

    public override string PersistenceId { get; }

    // An owner that breaks forgets what it carries: the run begins anew from its journal.
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Escalate);

    public ITimerScheduler Timers { get; set; } = null!;

    private DateTimeOffset Now => setup.Clock.GetUtcNow();

    protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr)
    {
        Context.Parent.Tell(new JournalTrouble($"The journal of run '{setup.Request.Folder.RunId}' did not take an event: {Innermost(cause)}"));
        base.OnPersistFailure(cause, @event, sequenceNr);
    }

    protected override void OnPersistRejected(Exception cause, object @event, long sequenceNr)
    {
        base.OnPersistRejected(cause, @event, sequenceNr);
        End(RunEnd.Faulted, $"An event of run '{setup.Request.Folder.RunId}' could not be written: {Innermost(cause)}");
    }

    protected override void OnRecoveryFailure(Exception reason, object? message = null)
    {
        Context.Parent.Tell(new JournalTrouble($"The journal of run '{setup.Request.Folder.RunId}' could not be read: {Innermost(reason)}"));
        base.OnRecoveryFailure(reason, message);
    }

    private void OnRecovered()
    {
        incarnation = state.Claims.Length + 1;
        var first = TakeOver.Of(state, setup, Now);
        if (first.End is { } end)
        {
            End(end, first.Sentence);
            return;
        }

        Persist(first.Events, Begin);
    }

    private void Begin()
    {
        files.Begin(state);
        if (setup.Request.Instead is { } instead)
        {
            Stop(new StopRun(WishFile.Ends(instead) ? RunEnd.Cancelled : RunEnd.Paused, Pausing.Of(instead)), by: "user");
            return;
        }

        var job = JobRegistry.Find(state.Job);
        var ownerSetup = new StepOwnerSetup(state.RunId, files.Root, setup.Precision, FingerprintOf.PlaceOf(state.Fingerprint), FingerprintOf.PlainPlaceOf(state.Fingerprint), setup.Request.Engine, setup.Pool, setup.Clock);
        foreach (var (name, props) in job.Owners)
        {
            owners[name] = Context.ActorOf(props(ownerSetup), name);
        }

        Timers.StartPeriodicTimer(nameof(LookNow), LookNow.Instance, LookForRequests);
        Advance();
    }

    private void Advance()
    {
        if (stopping is not null || over || owners.Count == 0)
        {
            return;
        }

        var job = JobRegistry.Find(state.Job);
        var answer = job.Next(state);
        if (!answer.Decisions.IsEmpty)
        {
            Persist([.. answer.Decisions.Select(d => new Decided(Now, d.Question, d.Answer, d.Because))]);
            return;
        }

        if (answer.Result is not null)
        {
            Persist([new RunCompleted(Now, answer.Result)], () => End(RunEnd.Completed, "completed"));
            return;
        }

        Carry(job, answer.Ready);
    }

    private void Carry(IJob job, ImmutableArray<PlannedStep> ready)
    {
        var next = NextSteps.Of(state, ready, inHand);
        if (!next.Shared.IsEmpty)
        {
            Persist([.. next.Shared.Select(s => new StepShared(Now, s.Spec, s.Hash, s.MadeBy))]);
            return;
        }

        foreach (var ((spec, priority), hash) in next.Begin)
        {
            inHand.Add(spec.Name, hash);
            owners[job.OwnerOf(spec.Kind)].Tell(new Carry(spec, hash, state.Steps.GetValueOrDefault(spec.Name), incarnation, (Math.Clamp(setup.Request.Priority, -100, 100) * PriorityOfRun) + priority));
        }
    }

    private void OnTrouble(StepTrouble trouble)
    {
        if (!trouble.Events.IsEmpty)
        {
            Persist(trouble.Events);
        }
        else if (trouble.Stop is { } stop)
        {
            Stop(stop, by: "fault");
        }
    }

    private void OnLive(LiveStep live)
    {
        if (pace.Look(live) is { } rate && state.Steps.GetValueOrDefault(live.Step) is { } step)
        {
            FerMeter.Trained(rate, step.Spec.Kind, live.Device);
        }

        setup.Observer.OnLive(live);
    }

    private void OnSettled(Settled settled)
    {
        inHand.Remove(settled.Step);
        pace.Forget(settled.Step);
        FinishStopping();
        Advance();
    }

    private void Stop(StopRun stop, string by)
    {
        if (stopping is null || stopping.GivesWayTo(stop))
        {
            stopping = new Stopping(stop, by);
            foreach (var owner in owners.Values)
            {
                owner.Tell(new ReleaseAll(Save: stop.End != RunEnd.Cancelled));
            }
        }

        // Also where the run stops already: what asked may have been the last step in hand.
        FinishStopping();
    }

    private void FinishStopping()
    {
        if (stopping is null || over || inHand.Count > 0)
        {
            return;
        }

        var how = stopping.How;
        if (stopping.LastWord(Now) is { } last)
        {
            Persist([last], () => End(how.End, how.Reason));
        }
        else
        {
            End(how.End, how.Reason);
        }
    }

    private void OnLook()
    {
        if (WishFile.Take(setup.Request.Folder) is { } wish)
        {
            Stop(new StopRun(wish == WishFile.Cancel ? RunEnd.Cancelled : RunEnd.Paused, Pausing.ByUser), by: "user");
        }
    }

    private void Persist(IReadOnlyCollection<IRunEvent> events, Action? then = null)
    {
        var started = Stopwatch.GetTimestamp();
        var left = events.Count;
        PersistAll(events, e =>
        {
            state = state.Apply(e);
            FerMeter.JournalSeconds.Record(Stopwatch.GetElapsedTime(started).TotalSeconds);
            FerMeter.Count(e, state);
            if (e is StepStarted begun)
            {
                pace.Forget(begun.Spec.Name);
            }

            setup.Observer.OnEvent(e, state);
            if (e is ArtifactsRetired retired)
            {
                files.Delete(state, retired.Artifacts);
            }

            if (--left == 0)
            {
                if (then is not null)
                {
                    then();
                }
                else
                {
                    Advance();
                }
            }
        });
    }

    private void End(RunEnd end, string sentence)
    {
        over = true;
        Context.Parent.Tell(new RunOver(new RunOutcome(end, state, sentence)));
    }

    private static string Innermost(Exception e)
    {
        while (e is AggregateException { InnerException: { } inner })
        {
            e = inner;
        }

        return e.InnerException is { } i && i.Message.Length > 0 ? i.Message.Split('\n')[0] : e.Message.Split('\n')[0];
    }

    private sealed class LookNow
    {
        public static readonly LookNow Instance = new();
    }
}
