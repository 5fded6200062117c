using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using Akka.Persistence;
using Fer.Actors.Hosting;
using Fer.Actors.Runs;
using Fer.Actors.Storage;
using Fer.Actors.Sweeps.Search;
using Fer.Actors.Sweeps.V1;
using Fer.Models;

namespace Fer.Actors.Sweeps;

/// <summary>What a sweep's actor works with.</summary>
/// <param name="Seat">The coordinator's number: nothing is written by an older one.</param>
/// <param name="Make">A trial as a run; throws <see cref="BadInputException"/> where settings contradict each other.</param>
/// <param name="ReadRun">What a run's journal says.</param>
/// <param name="ChooseSlot">The kind of slot there is most of; null: no host is there.</param>
internal sealed record SweepSetup(
    SweepRow Row, SweepSpec Spec, long Seat, RunRows Runs, SweepRows Sweeps, Func<SweepSpec, ImmutableSortedDictionary<string, string>, TrialRun> Make, Func<string, Task<RunState?>> ReadRun, Func<Task<Fingerprint?>> ChooseSlot,
    ISweepObserver Observer, string Version, TimeProvider Clock);

/// <summary>
/// One sweep: folds its journal, lets the pure <see cref="SweepPlan"/> choose, hands trials over as runs, and writes down what became of them.
/// What rows should say is a function of the folded state (<see cref="TrialRows"/>); again and again they are looked at, and what is not so is brought about, whoever failed to.
/// </summary>
internal sealed class SweepActor : ReceivePersistentActor, IWithTimers
{
    private static readonly TimeSpan SayEvery = TimeSpan.FromMilliseconds(500);

    /// <summary>What went wrong with rows, or nobody was there to be told of, is found then.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);

    /// <summary>A run's journal that cannot be read so often is as good as lost.</summary>
    private const int Unreadable = 12;

    private readonly SweepSetup setup;
    private readonly ILoggingAdapter log;
    private readonly SweepPlan plan;
    private readonly Dictionary<int, double> busy = [];
    private readonly Dictionary<string, int> unreadable = new(StringComparer.Ordinal);
    private SweepState state = SweepState.Empty;
    private SweepSummary said = new();
    private string saidStatus = "";
    private string saidReason = "";
    private bool saying;
    private bool looking;
    private bool lookAgain;
    private bool isTrue;
    private bool choosing;
    private bool hasKind = true;
    private bool isStalled;
    private DateTimeOffset moved;
    private int limit;

    // One after another: of two words about a run the later one must come later.
    private Task rows = Task.CompletedTask;

    public SweepActor(SweepSetup setup)
    {
        this.setup = setup;
        log = Context.GetLogger().WithContext(LogNames.SweepId, setup.Row.Id);
        PersistenceId = SweepReader.PersistenceId(setup.Row.Id);
        plan = new SweepPlan(Samplers.Find(setup.Spec.Sampler), Pruners.Of(setup.Spec.Pruner));

        Recover<ISweepEvent>(e => state = state.Apply(e));
        Recover<RecoveryCompleted>(_ => OnRecovered());
        Command<MayRun>(m =>
        {
            limit = m.Trials;
            Advance();
        });
        Command<TrialMoved>(OnMoved);
        Command<TrialOver>(OnOver);
        Command<WishFor>(w => OnWish(w.Wish));
        Command<Found>(OnFound);
        Command<Chosen>(OnChosen);
        Command<LookTick>(_ =>
        {
            Look();
            LookForStall();
        });
        Command<UnreadableRun>(OnUnreadable);
        Command<TrialLives>(_ => Moved());
        Command<SlotsAre>(s => hasKind = s.HasKind);
        Command<SayTick>(_ => Say());
        Command<Saying>(OnSaid);
    }

    public override string PersistenceId { get; }

    public ITimerScheduler Timers { get; set; } = null!;

    private DateTimeOffset Now => setup.Clock.GetUtcNow();

    private SweepSpec Spec => setup.Spec;

    private string Word => state.Status.ToString().ToLowerInvariant();

    private string Reason => hasKind || state.Status != SweepStatus.Running ? state.Reason : "no host that is there has a slot of the kind that its trials keep to (fer.sweep.fingerprint = same): they wait for one";

    // Whatever is wrong with one sweep must not end the coordinator of all others.
    protected override bool AroundReceive(Receive receive, object message)
    {
        try
        {
            return base.AroundReceive(receive, message);
        }
#pragma warning disable CA1031
        catch (Exception e) when (e is not ActorKilledException)
#pragma warning restore CA1031
        {
            log.Error(e, "Sweep {Sweep} breaks", setup.Row.Id);
            Context.Parent.Tell(new SweepBroke(setup.Row.Id, $"{e.GetType().Name}: {e.Message.Split('\n')[0]}"));
            Context.Stop(Self);
            return true;
        }
    }

    protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr)
    {
        log.Warning("The journal of sweep {Sweep} did not take an event ({Reason}): it is taken up again", setup.Row.Id, cause.Message.Split('\n')[0]);
        base.OnPersistFailure(cause, @event, sequenceNr);
    }

    protected override void OnPersistRejected(Exception cause, object @event, long sequenceNr)
    {
        Context.Parent.Tell(new SweepBroke(setup.Row.Id, $"an event could not be written: {cause.Message.Split('\n')[0]}"));
        Context.Stop(Self);
    }

    protected override void OnRecoveryFailure(Exception reason, object? message = null)
    {
        log.Warning("The journal of sweep {Sweep} could not be read ({Reason}): it is tried again", setup.Row.Id, reason.Message.Split('\n')[0]);
        base.OnRecoveryFailure(reason, message);
    }

    private void OnRecovered()
    {
        if (state.Claims is [.., var last] && last.Number > setup.Seat)
        {
            // Somebody with a later right has it.
            Context.Stop(Self);
            return;
        }

        Moved();
        var first = new List<ISweepEvent>();
        if (state.SweepId.Length == 0)
        {
            first.Add(new SweepStarted(Now, setup.Row.Id, setup.Row.Spec, setup.Version));
        }

        first.Add(new SweepClaimed(Now, setup.Seat, Environment.MachineName, Environment.ProcessId));
        Write(first, () =>
        {
            Timers.StartPeriodicTimer(nameof(SayTick), SayTick.Instance, SayEvery);
            Timers.StartPeriodicTimer(nameof(LookTick), LookTick.Instance, LookEvery);
            Look();
        });
    }

    private void Advance()
    {
        var before = state;
        var events = plan.Next(state, limit, Now);
        if (events.IsEmpty)
        {
            return;
        }

        Write(events, () =>
        {
            HandOver([.. events.OfType<TrialPlanned>().Select(p => state.Trial(p.Trial))]);

            // Whose runs should be otherwise than before.
            if (events.OfType<TrialJudged>().Any(j => j.Answer != "go-on" || before.Trial(j.Trial).Status == TrialStatus.Waiting))
            {
                Look();
            }

            Advance();
        });
    }

    private void OnMoved(TrialMoved m)
    {
        if (!state.Active.Contains(m.Trial) || state.Trial(m.Trial) is var trial && (trial.Attempt != m.Attempt || trial.Doomed))
        {
            return;
        }

        busy[m.Trial] = m.DeviceSeconds;
        var last = trial.Reports.IsEmpty ? 0 : trial.Reports[^1].Rung;
        var fresh = m.Reports.Where(r => r.Rung > last).Select(r => (ISweepEvent)new TrialReported(Now, m.Trial, r.Rung, r.Value)).ToList();
        if (fresh.Count > 0)
        {
            Write(fresh, Advance);
        }
    }

    private void OnOver(TrialOver over)
    {
        if (over.Trial > state.Trials.Count || state.Trial(over.Trial) is var trial && (trial.IsOver || trial.Attempt != over.Attempt))
        {
            // What was cancelled may still report.
            log.Info("Trial {Trial} of sweep {Sweep} reports after its end: {Status}", over.Trial, setup.Row.Id, over.Status);
            return;
        }

        if (trial.Doomed && over.Status != RunRowStatus.Completed)
        {
            End(trial, over with { Status = "pruned", Value = null, Reason = FormattableString.Invariant($"others were better at {trial.Judged}") });
        }
        else if (over.Status == RunRowStatus.Failed && !over.IsFinal && trial.Attempt <= Spec.Retries)
        {
            Write([new TrialRetried(Now, trial.Number, trial.Attempt + 1, "policy", over.Reason, over.DeviceSeconds)], Look);
        }
        else
        {
            End(trial, over);
        }
    }

    private void End(TrialState trial, TrialOver over) => Write([new TrialEnded(Now, trial.Number, trial.Attempt, over.Status, over.Value, over.Reason, over.DeviceSeconds)], () =>
    {
        busy.Remove(trial.Number);
        if (over.Stands)
        {
            // A person may look at its journal; the sweep does not wait for one.
            Look();
        }

        Advance();
    });

    private void OnWish(SweepWish wish)
    {
        switch (wish.Wish)
        {
            case WishFile.Pause when state.Status == SweepStatus.Running:
                Write([new SweepPaused(Now, "asked for by the user")], () =>
                {
                    Look();
                    Answer(wish, $"Sweep '{setup.Row.Id}' is paused: its trials save and stand.");
                });
                break;
            case "resume" when state.Status == SweepStatus.Paused:
                Write([new SweepResumed(Now)], () =>
                {
                    Look();
                    Answer(wish, $"Sweep '{setup.Row.Id}' goes on.");
                    Advance();
                });
                break;
            case WishFile.Cancel when !state.IsOver:
                var open = state.Active.Union(state.Waiting).Select(state.Trial).ToList();
                Write([.. open.Select(t => new TrialEnded(Now, t.Number, t.Attempt, "cancelled", null, "the sweep was cancelled", busy.GetValueOrDefault(t.Number))), new SweepCancelled(Now)], () =>
                {
                    Look();
                    Answer(wish, $"Sweep '{setup.Row.Id}' is cancelled.");
                });
                break;
            case "retry" when wish.Trial < 1 || wish.Trial > state.Trials.Count:
                Refuse(wish, $"Sweep '{setup.Row.Id}' has no trial {wish.Trial}: it has {state.Trials.Count}.");
                break;
            case "retry" when state.Trial(wish.Trial) is { Status: TrialStatus.Failed or TrialStatus.Cancelled } failed && state.Status != SweepStatus.Cancelled:
                Write([new TrialRetried(Now, failed.Number, failed.Attempt + 1, "user", "asked for by the user", 0)], () =>
                {
                    Look();
                    Answer(wish, $"Trial {failed.Number} of sweep '{setup.Row.Id}' is tried again, as run {state.RunIdOf(state.Trial(failed.Number))}.");
                });
                break;
            case "retry":
                Refuse(wish, $"Trial {wish.Trial} of sweep '{setup.Row.Id}' is {SweepState.WordOf(state.Trial(wish.Trial).Status)}{(state.Status == SweepStatus.Cancelled ? " and the sweep was cancelled" : "")}: only one that failed or was cancelled can be tried again.");
                break;
            default:
                if (state.IsOver)
                {
                    Refuse(wish, $"Sweep '{setup.Row.Id}' is over: it is {Word}.");
                }
                else
                {
                    Answer(wish, $"Sweep '{setup.Row.Id}' is {Word}.");
                }

                break;
        }
    }

    private void Answer(SweepWish wish, string sentence) => Queue(() => setup.Sweeps.FulfilAsync(setup.Seat, wish.Id, sentence, isRefused: false));

    private void Refuse(SweepWish wish, string sentence) => Queue(() => setup.Sweeps.FulfilAsync(setup.Seat, wish.Id, sentence, isRefused: true));

    private void HandOver(ImmutableArray<TrialState> trials)
    {
        if (trials.IsEmpty || state.Status != SweepStatus.Running)
        {
            // Those that stand without a row get one when the sweep goes on.
            return;
        }

        if (Spec.Fingerprint == "same" && state.Slot is null)
        {
            if (!choosing)
            {
                choosing = true;
                setup.ChooseSlot().PipeTo(Self, success: slot => new Chosen(slot), failure: _ => new Chosen(null));
            }

            return;
        }

        var made = ImmutableArray.CreateBuilder<RunRow>();
        foreach (var trial in trials)
        {
            try
            {
                var run = setup.Make(Spec, trial.Values);
                made.Add(new RunRow(state.RunIdOf(trial), run.Run, run.Engine, Spec.Priority, RunRowStatus.Queued, "", "", Now, setup.Row.Submitter) { Sweep = setup.Row.Id, Trial = trial.Number, Attempt = trial.Attempt, Slot = state.Slot });
            }
#pragma warning disable CA1031 // whatever settings do to it, it is this trial's trouble
            catch (Exception e)
#pragma warning restore CA1031
            {
                Self.Tell(new TrialOver(trial.Number, trial.Attempt, RunRowStatus.Failed, null, e is BadInputException ? e.Message : $"{e.GetType().Name}: {e.Message}", 0) { IsFinal = true });
            }
        }

        var (all, self, coordinator) = (made.ToImmutable(), Self, Context.Parent);
        Queue(async () =>
        {
            foreach (var taken in await setup.Runs.SubmitTrialsAsync(setup.Seat, all).ConfigureAwait(false))
            {
                self.Tell(new TrialOver(taken.Trial, taken.Attempt, RunRowStatus.Failed, null, $"there is a run '{taken.Id}' already that is not this sweep's", 0) { IsFinal = true });
            }

            coordinator.Tell(RowsChanged.Instance);
        });
    }

    private void OnChosen(Chosen chosen)
    {
        choosing = false;
        if (state.Slot is null && chosen.Slot is { } slot)
        {
            Write([new SweepPinned(Now, slot)], Look);
        }
    }

    // Behind what is under way: it sees what that has done.
    private void Look()
    {
        lookAgain = looking;
        if (looking)
        {
            return;
        }

        looking = true;
        var (self, trials) = (Self, state.Active.Union(state.Waiting));
        Queue(async () => self.Tell(new Found(await setup.Runs.OfSweepAsync(setup.Row.Id, trials).ConfigureAwait(false), trials)), failed: new Found([], trials) { IsUnknown = true });
    }

    private void OnFound(Found found)
    {
        looking = false;
        if (!found.IsUnknown)
        {
            Mend(TrialRows.Compare(state, found.Rows, found.Asked));
        }

        if (lookAgain)
        {
            Look();
        }
    }

    private void Mend(RowsToMend mend)
    {
        isTrue = mend.IsNothing;
        HandOver([.. mend.Missing.Select(state.Trial)]);
        if (!mend.Wishes.IsEmpty)
        {
            var coordinator = Context.Parent;
            Queue(async () =>
            {
                foreach (var (run, wish) in mend.Wishes)
                {
                    await setup.Runs.WishAsync(setup.Seat, run, wish).ConfigureAwait(false);
                }

                coordinator.Tell(RowsChanged.Instance);
            });
        }

        foreach (var row in mend.Over)
        {
            var (trial, stands) = (state.Trial(row.Trial), row.Status == RunRowStatus.Paused);
            OverAsync(trial, row, stands).PipeTo(Self);
        }
    }

    private async Task<object> OverAsync(TrialState trial, TrialRow row, bool stands)
    {
        var failures = unreadable.GetValueOrDefault(row.Id);
        try
        {
            var run = await setup.ReadRun(row.Id).ConfigureAwait(false) ?? RunState.Empty;
            return Outcome(trial.Number, trial.Attempt, stands ? RunRowStatus.Failed : row.Status, row.Reason, run, Spec.Objective) with { Stands = stands };
        }
#pragma warning disable CA1031 // the store may be away, or this one journal broken
        catch (Exception e)
#pragma warning restore CA1031
        {
            return new UnreadableRun(row.Id, new TrialOver(trial.Number, trial.Attempt, RunRowStatus.Failed, null, $"the journal of run '{row.Id}' cannot be read: {e.Message.Split('\n')[0]}", 0) { IsFinal = true }, failures + 1);
        }
    }

    private void OnUnreadable(UnreadableRun run)
    {
        unreadable[run.Id] = run.Failures;
        if (run.Failures >= Unreadable)
        {
            OnOver(run.Over);
        }
    }

    /// <summary>What a run's end means for its trial.</summary>
    public static TrialOver Outcome(int trial, int attempt, string status, string reason, RunState run, string objective)
    {
        var seconds = DeviceSecondsOf(run);
        if (status != RunRowStatus.Completed)
        {
            return new TrialOver(trial, attempt, status, null, reason, seconds);
        }

        return run.Figures.TryGetValue(objective, out var value) && double.IsFinite(value)
            ? new TrialOver(trial, attempt, status, value, "", seconds)
            : new TrialOver(trial, attempt, RunRowStatus.Failed, null, $"its result has no figure {objective}", seconds) { IsFinal = true };
    }

    /// <summary>How long slots were busy with a run. A step that two runs wait for at once counts for both; what a host took along when it fell silent is not counted, since nobody knows when it stopped.</summary>
    public static double DeviceSecondsOf(RunState run) => run.Steps.Values.Sum(s => s.Attempts.Sum(a => a is { Ended: { } end, End: not "left" } ? Math.Max(0, (end - a.Started).TotalSeconds) : 0));

    private void Queue(Func<Task> write, object? failed = null)
    {
        var self = Self;
        rows = DoAsync(rows);

        async Task DoAsync(Task before)
        {
            await before.ConfigureAwait(false);
            try
            {
                await write().ConfigureAwait(false);
            }
#pragma warning disable CA1031 // rows are looked at again, and what is missing is done then
            catch (Exception e)
#pragma warning restore CA1031
            {
                log.Info("A row of sweep {Sweep} could not be read or written ({Reason}): they are looked at again", setup.Row.Id, e.Message.Split('\n')[0]);
                if (failed is not null)
                {
                    self.Tell(failed);
                }
            }
        }
    }

    private void Write(IReadOnlyCollection<ISweepEvent> events, Action then)
    {
        var left = events.Count;
        PersistAll(events, e =>
        {
            state = state.Apply(e);
            isTrue = false;
            setup.Observer.OnEvent(e, state);
            if (--left == 0)
            {
                Moved();
                Tell();
                then();
            }
        });
    }

    // What stands takes no room from others.
    private void Tell()
    {
        var isOn = state.Status == SweepStatus.Running;
        Context.Parent.Tell(new SweepIs(setup.Row.Id, isOn ? state.Active.Count : 0, isOn && state.Filled.Length == 0 ? Math.Max(0, Spec.Parallel - state.Active.Count) : 0, state.Slot?.Digest));
    }

    private void Moved() => (moved, isStalled) = (Now, false);

    private void LookForStall()
    {
        if (state.Status == SweepStatus.Running && !state.Active.IsEmpty && !isStalled && Now - moved > Spec.StalledAfter)
        {
            isStalled = true;
            setup.Observer.OnStalled(state, moved);
        }
    }

    // What lists show is at most half a second old, and is no reason to wait for.
    private void Say()
    {
        if (saying)
        {
            return;
        }

        var now = SweepSummary.Of(state);
        if (now != said || saidStatus != Word || saidReason != Reason)
        {
            saying = true;
            var (word, reason) = (Word, Reason);
            setup.Sweeps.SayAsync(setup.Seat, setup.Row.Id, word, reason, now).PipeTo(Self, success: () => new Saying(now, word, reason), failure: _ => new Saying(null, "", ""));
        }
        else if (state.IsOver && !isTrue)
        {
            Look();
        }
        else if (state.IsOver && rows.IsCompleted)
        {
            // All is said, and no run of it lives.
            Context.Stop(Self);
        }
    }

    private void OnSaid(Saying s)
    {
        saying = false;
        if (s.Summary is { } summary)
        {
            (said, saidStatus, saidReason) = (summary, s.Status, s.Reason);
        }
    }

    /// <param name="Asked">Trials that were not over when it was asked.</param>
    private sealed record Found(ImmutableArray<TrialRow> Rows, ImmutableSortedSet<int> Asked)
    {
        public bool IsUnknown { get; init; }
    }

    private sealed record Chosen(Fingerprint? Slot);

    private sealed record UnreadableRun(string Id, TrialOver Over, int Failures);

    private sealed record Saying(SweepSummary? Summary, string Status, string Reason);

    private sealed class LookTick
    {
        public static readonly LookTick Instance = new();
    }

    private sealed class SayTick
    {
        public static readonly SayTick Instance = new();
    }
}
