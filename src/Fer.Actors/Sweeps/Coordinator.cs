using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using Fer.Actors.Artifacts;
using Fer.Actors.Hosting;
using Fer.Actors.Runs;
using Fer.Actors.Storage;

namespace Fer.Actors.Sweeps;

/// <summary>What a coordinator works with.</summary>
/// <param name="Runs">Folder of this host for what belongs to a run and is no artifact.</param>
/// <param name="Store">Artifacts, as this machine has them.</param>
/// <param name="Bin">Where artifacts go that nothing refers to any more.</param>
/// <param name="Observe">Gives the observer of a run.</param>
/// <param name="Sweeps">How sweeps are carried out.</param>
internal sealed record CoordinatorSetup(IStepRows Steps, RunRows RunRows, SweepRows SweepRows, HostRows Hosts, JournalSettings Journal, string Runs, string Store, IArtifactBin Bin, string Version, Func<string, IRunObserver> Observe, SweepWays Sweeps, TimeProvider Clock);

/// <summary>What only the program around knows of sweeps.</summary>
/// <param name="Make">A trial as a run; throws <see cref="Fer.Models.BadInputException"/> where its settings contradict each other.</param>
/// <param name="Observe">Gives the observer of a sweep.</param>
/// <param name="Hook">Is told of ends, failures and standstill, at least once.</param>
public sealed record SweepWays(Func<SweepSpec, ImmutableSortedDictionary<string, string>, TrialRun> Make, Func<string, ISweepObserver> Observe, ISweepHook Hook);

/// <summary>
/// Whoever has the seat: takes every run that was handed over from where its journal says it is, and has its steps computed by whichever
/// slots claim them. Its death delays decisions and disturbs no running step: the next one recovers all of it from journals and rows.
/// </summary>
internal sealed class Coordinator : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(500);

    private readonly CoordinatorSetup setup;
    private readonly long seat;
    private readonly IActorRef pool;
    private readonly ILoggingAdapter log = Context.GetLogger();
    private readonly Dictionary<string, Active> active = new(StringComparer.Ordinal);
    private readonly HashSet<string> starting = new(StringComparer.Ordinal);
    private readonly HashSet<string> waiting = new(StringComparer.Ordinal);
    private readonly RunHands hands;
    private readonly SweepDesk desk;

    // Also read where slots are chosen, on another thread.
    private volatile ImmutableDictionary<string, int> activeByKind = ImmutableDictionary<string, int>.Empty;
    private bool looking;
    private bool lookAgain;
    private int made;

    public Coordinator(CoordinatorSetup setup, long seat)
    {
        this.setup = setup;
        this.seat = seat;
        pool = Context.ActorOf(Props.Create(() => new RowsPool(setup.Steps, seat, setup.Bin)), "rows");
        hands = new RunHands(setup, seat, () => desk!.ChooseSlotAsync(), Context.System.EventStream, log);
        desk = new SweepDesk(setup, seat, Context, hands.ReadAsync, () => activeByKind, sweep => active.Values.Count(r => r.Row.Sweep == sweep));
        Receive<Tick>(_ => Look());
        Receive<RowsChanged>(_ => Look());
        Receive<SweepIs>(desk.OnIs);
        Receive<RunMoved>(desk.OnRunMoved);
        Receive<SweepBroke>(desk.OnBroke);
        Receive<Terminated>(t => desk.OnStopped(t.ActorRef));
        Receive<Hinted>(h =>
        {
            if (h.What == Hints.Runs)
            {
                Look();
            }
        });
        Receive<Seen>(OnSeen);
        Receive<RunReady>(OnReady);
        Receive<Ended>(OnEnded);
        Receive<Forgiven>(f => starting.Remove(f.Id));
        Receive<SeatLost>(Context.Parent.Forward);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        Timers.StartPeriodicTimer(nameof(Tick), Tick.Instance, LookEvery);
        Context.System.EventStream.Subscribe(Self, typeof(Hinted));
        Look();
    }

    // What breaks here is made again with everything below it, from journals and rows.
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Escalate);

    private void Look()
    {
        lookAgain = looking;
        if (!looking)
        {
            looking = true;
            SeeAsync().PipeTo(Self, failure: e => new Seen([], SweepsSeen.Nothing, e.Message));
        }
    }

    private async Task<Seen> SeeAsync() => new(await setup.RunRows.LiveAsync().ConfigureAwait(false), await desk.SeeAsync().ConfigureAwait(false), null);

    private void OnSeen(Seen seen)
    {
        looking = false;
        desk.OnSeen(seen.Sweeps);
        foreach (var row in seen.Rows)
        {
            if (row.Wish.Length > 0 && (active.ContainsKey(row.Id) || row.Status == RunRowStatus.Paused || row.Status == RunRowStatus.Queued || RunRowStatus.IsOver(row.Status)))
            {
                OnWish(row);
            }
            else if (!active.ContainsKey(row.Id) && !RunRowStatus.IsOver(row.Status) && row.Status != RunRowStatus.Paused && starting.Add(row.Id))
            {
                Start(row, resume: false, instead: null);
            }
        }

        if (lookAgain)
        {
            Look();
        }
    }

    private void OnWish(LiveRun row)
    {
        if (starting.Contains(row.Id))
        {
            return;
        }

        if (active.TryGetValue(row.Id, out var run))
        {
            if (row.Wish == "resume")
            {
                // While it is being paused the wish waits until it is.
                if (run.Wish is null)
                {
                    hands.Fulfil(row);
                }
            }
            else
            {
                run.Guardian.Tell(new StopRun(WishFile.Ends(row.Wish) ? RunEnd.Cancelled : RunEnd.Paused, Pausing.Of(row.Wish)));
                run.Wish = row;
            }
        }
        else if (RunRowStatus.IsOver(row.Status))
        {
            hands.Fulfil(row);
        }
        else
        {
            starting.Add(row.Id);
            Start(row, resume: row.Wish == "resume", instead: row.Wish == "resume" ? null : row.Wish);
        }
    }

    private void Start(LiveRun live, bool resume, string? instead) =>
        hands.PrepareAsync(live, resume, instead).PipeTo(Self, failure: e => new RunReady(live, null, null, default!, resume, instead, e.Message));

    private void OnReady(RunReady ready)
    {
        var row = ready.Live;
        starting.Remove(row.Id);
        if (ready.Trouble is { } trouble)
        {
            if (waiting.Add(row.Id))
            {
                log.Warning("Run {Run} waits: {Reason}", row.Id, trouble.Split('\n')[0]);
                hands.Waits(row, trouble);
            }

            return;
        }

        waiting.Remove(row.Id);
        var fingerprint = ready.Fingerprint!;
        var trial = ready.Row!;
        var request = new RunRequest(ready.Folder!, trial.Engine, setup.Journal) { New = trial.Run, Seat = seat, Resume = ready.Resume, Instead = ready.Instead, Priority = row.Priority };
        var ended = new TaskCompletionSource<RunOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        var run = new RunSetup(request, fingerprint, FingerprintOf.PrecisionOf(fingerprint), setup.Version, pool, SweepDesk.ObserverOf(trial, setup.Observe(row.Id), Self), setup.Clock);
        active.Add(row.Id, new Active(trial, FingerprintOf.PlaceOf(fingerprint)) { Wish = ready.Instead is null ? null : row });
        CountKinds();
        active[row.Id].Guardian = Context.ActorOf(Props.Create(() => new RunGuardian(run, ended)), $"run-{++made}");
        ended.Task.PipeTo(Self, success: o => new Ended(row.Id, o), failure: e => new Ended(row.Id, new RunOutcome(RunEnd.Faulted, RunState.Empty, e.Message)));
        log.Info("Run {Run} is taken up", row.Id);
        if (ready.Instead is null && row.Status != RunRowStatus.Running)
        {
            hands.GoesOn(row, ready.Resume);
        }
    }

    private void CountKinds() => activeByKind = active.Values.CountBy(r => r.Place).ToImmutableDictionary(StringComparer.Ordinal);

    private void OnEnded(Ended e)
    {
        var run = active[e.Id];
        Context.Stop(run.Guardian);
        active.Remove(e.Id);
        CountKinds();

        // Until the row says what became of it, it is not taken up again.
        starting.Add(e.Id);
        log.Info("Run {Run} has ended here: {End} ({Reason})", e.Id, e.Outcome.End, e.Outcome.Sentence);
        var status = e.Outcome.End switch
        {
            RunEnd.Completed => RunRowStatus.Completed,
            RunEnd.Cancelled => RunRowStatus.Cancelled,
            RunEnd.Failed => RunRowStatus.Failed,
            RunEnd.Paused => RunRowStatus.Paused,
            _ => RunRowStatus.Running,
        };
        desk.OnRunEnded(run.Row, status, e.Outcome);
        hands.EndAsync(e.Id, status, e.Outcome.Sentence, run.Wish).PipeTo(Self, success: () => new Forgiven(e.Id), failure: _ => new Forgiven(e.Id));
    }

    private sealed record Seen(ImmutableArray<LiveRun> Rows, SweepsSeen Sweeps, string? Trouble);

    private sealed record Ended(string Id, RunOutcome Outcome);

    private sealed record Forgiven(string Id);

    private sealed class Active(RunRow row, string place)
    {
        public RunRow Row { get; } = row;

        /// <summary>The kind of slot that it keeps to.</summary>
        public string Place { get; } = place;

        public IActorRef Guardian { get; set; } = ActorRefs.Nobody;

        public LiveRun? Wish { get; set; }
    }

    private sealed class Tick
    {
        public static readonly Tick Instance = new();
    }
}
