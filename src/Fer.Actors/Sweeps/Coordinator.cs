using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using Fer.Actors.Hosting;
using Fer.Actors.Jobs;
using Fer.Actors.Runs;
using Fer.Actors.Storage;

namespace Fer.Actors.Sweeps;

/// <summary>What a coordinator works with.</summary>
/// <param name="Runs">Folder of this host for what belongs to a run and is no artifact.</param>
/// <param name="Store">The artifacts that hosts share.</param>
/// <param name="Observe">Gives the observer of a run.</param>
internal sealed record CoordinatorSetup(IStepRows Steps, RunRows RunRows, HostRows Hosts, JournalSettings Journal, string Runs, string Store, string Version, Func<string, IRunObserver> Observe, TimeProvider Clock);

/// <summary>
/// Whoever has the seat: takes every run that was handed over from where its journal says it is, and has its steps computed by whichever
/// slots claim them. Its death delays decisions and disturbs no running step: the next one recovers all of it from journals and rows.
/// </summary>
internal sealed class Coordinator : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(500);

    /// <summary>A host that was silent for so long is not counted on.</summary>
    private static readonly TimeSpan Gone = TimeSpan.FromSeconds(10);

    /// <summary>Journals that are read at once: with all of them at once beats and seats would wait for connections.</summary>
    private static readonly SemaphoreSlim Reading = new(4);

    /// <summary>After a journal's trouble that five tries did not cure.</summary>
    private static readonly TimeSpan TryAgain = TimeSpan.FromSeconds(10);

    private readonly CoordinatorSetup setup;
    private readonly long seat;
    private readonly IActorRef pool;
    private readonly ILoggingAdapter log = Context.GetLogger();
    private readonly Dictionary<string, Active> active = new(StringComparer.Ordinal);
    private readonly HashSet<string> starting = new(StringComparer.Ordinal);
    private readonly HashSet<string> waiting = new(StringComparer.Ordinal);
    private bool looking;
    private int made;

    public Coordinator(CoordinatorSetup setup, long seat)
    {
        this.setup = setup;
        this.seat = seat;
        pool = Context.ActorOf(Props.Create(() => new RowsPool(setup.Steps, seat, new ArtifactStore(setup.Store))), "rows");
        Receive<Tick>(_ => Look());
        Receive<Hinted>(h =>
        {
            if (h.What == Hints.Runs)
            {
                Look();
            }
        });
        Receive<Seen>(OnSeen);
        Receive<Ready>(OnReady);
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
        if (!looking)
        {
            looking = true;
            setup.RunRows.LiveAsync().PipeTo(Self, success: rows => new Seen(rows, null), failure: e => new Seen([], e.Message));
        }
    }

    private void OnSeen(Seen seen)
    {
        looking = false;
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
    }

    private void OnWish(RunRow row)
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
                    Fulfil(row);
                }
            }
            else
            {
                run.Guardian.Tell(new StopRun(row.Wish == WishFile.Cancel ? RunEnd.Cancelled : RunEnd.Paused, "asked for by the user"));
                run.Wish = row;
            }
        }
        else if (RunRowStatus.IsOver(row.Status))
        {
            Fulfil(row);
        }
        else
        {
            starting.Add(row.Id);
            Start(row, resume: row.Wish == "resume", instead: row.Wish == "resume" ? null : row.Wish);
        }
    }

    private void Fulfil(RunRow row) => Logged(setup.RunRows.FulfilAsync(seat, row.Id, row.Wish));

    private void Start(RunRow row, bool resume, string? instead) =>
        PrepareAsync(row, resume, instead).PipeTo(Self, failure: e => new Ready(row, null, default!, resume, instead, e.Message));

    private async Task<Ready> PrepareAsync(RunRow row, bool resume, string? instead)
    {
        var folder = new RunFolder(setup.Runs, row.Id) { Store = setup.Store };
        Directory.CreateDirectory(folder.Path);
        var before = await ReadAsync(folder).ConfigureAwait(false);
        _ = JobRegistry.Find(row.Run.Job);
        var fingerprint = before?.Fingerprint ?? await ChooseAsync(row).ConfigureAwait(false);
        return new Ready(row, folder, fingerprint, resume, instead, fingerprint is null ? "no host is there that could compute it" : null);
    }

    private async Task<RunState?> ReadAsync(RunFolder folder)
    {
        await Reading.WaitAsync().ConfigureAwait(false);
        try
        {
            return await Task.Run(() => RunReader.Read(folder, setup.Journal)).ConfigureAwait(false);
        }
        finally
        {
            Reading.Release();
        }
    }

    // The kind of slot that there is most of: a run keeps to one kind, so that its bits are those of one.
    private async Task<Fingerprint?> ChooseAsync(RunRow row)
    {
        var hosts = await setup.Hosts.AllAsync().ConfigureAwait(false);
        var slots = hosts.Where(h => h.Silent < Gone && !h.IsDraining).SelectMany(h => h.Slots).GroupBy(s => s.Facts.Digest).OrderByDescending(g => g.Count()).ThenBy(g => g.Key, StringComparer.Ordinal).FirstOrDefault();
        return slots is null ? null : FingerprintOf.OnSlots(slots.First().Facts, row.Engine);
    }

    private void OnReady(Ready ready)
    {
        var row = ready.Row;
        starting.Remove(row.Id);
        if (ready.Trouble is { } trouble)
        {
            if (waiting.Add(row.Id))
            {
                log.Warning("Run {Run} waits: {Reason}", row.Id, trouble.Split('\n')[0]);
                Logged(setup.RunRows.SayAsync(seat, row.Id, row.Status, $"waits: {trouble.Split('\n')[0]}"));
            }

            return;
        }

        waiting.Remove(row.Id);
        var fingerprint = ready.Fingerprint!;
        var request = new RunRequest(ready.Folder!, row.Engine, setup.Journal) { New = row.Run, Seat = seat, Resume = ready.Resume, Instead = ready.Instead };
        var ended = new TaskCompletionSource<RunOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        var run = new RunSetup(request, fingerprint, FingerprintOf.PrecisionOf(fingerprint), setup.Version, pool, setup.Observe(row.Id), setup.Clock);
        active.Add(row.Id, new Active { Wish = ready.Instead is null ? null : row });
        active[row.Id].Guardian = Context.ActorOf(Props.Create(() => new RunGuardian(run, ended)), $"run-{++made}");
        ended.Task.PipeTo(Self, success: o => new Ended(row.Id, o), failure: e => new Ended(row.Id, new RunOutcome(RunEnd.Faulted, RunState.Empty, e.Message)));
        log.Info("Run {Run} is taken up", row.Id);
        if (ready.Instead is null && row.Status != RunRowStatus.Running)
        {
            Logged(GoesOnAsync(row, ready.Resume));
        }
    }

    // In this order: whoever waits for the wish to be done reads the status next.
    private async Task GoesOnAsync(RunRow row, bool wished)
    {
        await setup.RunRows.SayAsync(seat, row.Id, RunRowStatus.Running, "").ConfigureAwait(false);
        if (wished)
        {
            await setup.RunRows.FulfilAsync(seat, row.Id, row.Wish).ConfigureAwait(false);
        }
    }

    private void OnEnded(Ended e)
    {
        var run = active[e.Id];
        Context.Stop(run.Guardian);
        active.Remove(e.Id);

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
        EndAsync(Context.System.EventStream, e.Id, status, e.Outcome.Sentence, run.Wish).PipeTo(Self, success: () => new Forgiven(e.Id), failure: _ => new Forgiven(e.Id));
    }

    private async Task EndAsync(EventStream events, string id, string status, string reason, RunRow? wish)
    {
        await setup.RunRows.SayAsync(seat, id, status, status is RunRowStatus.Completed ? "" : reason).ConfigureAwait(false);
        if (status != RunRowStatus.Running)
        {
            await setup.Steps.ForgetAsync(seat, id).ConfigureAwait(false);
            if (wish is not null)
            {
                await setup.RunRows.FulfilAsync(seat, id, wish.Wish).ConfigureAwait(false);
            }
        }

        events.Publish(new SayHint(Hints.Runs));
        if (status == RunRowStatus.Running)
        {
            await Task.Delay(TryAgain).ConfigureAwait(false);
        }
    }

    private void Logged(Task task) => task.ContinueWith(t => log.Warning("A row of a run could not be written: {Reason}", t.Exception!.InnerException!.Message), CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);

    private sealed record Seen(ImmutableArray<RunRow> Rows, string? Trouble);

    private sealed record Ready(RunRow Row, RunFolder? Folder, Fingerprint? Fingerprint, bool Resume, string? Instead, string? Trouble);

    private sealed record Ended(string Id, RunOutcome Outcome);

    private sealed record Forgiven(string Id);

    private sealed class Active
    {
        public IActorRef Guardian { get; set; } = ActorRefs.Nobody;

        public RunRow? Wish { get; set; }
    }

    private sealed class Tick
    {
        public static readonly Tick Instance = new();
    }
}
