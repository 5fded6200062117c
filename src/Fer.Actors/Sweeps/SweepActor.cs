using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using Akka.Persistence;
using Fer.Actors.Jobs;
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
    SweepRow Row, long Seat, RunRows Runs, SweepRows Sweeps, Func<SweepSpec, ImmutableSortedDictionary<string, string>, TrialRun> Make, Func<string, Task<RunState?>> ReadRun, Func<Task<Fingerprint?>> ChooseSlot, ISweepObserver Observer, string Version, TimeProvider Clock);

/// <summary>
/// One sweep: folds its journal, lets the pure <see cref="SweepPlan"/> choose, hands trials over as runs, and writes down what became of them.
/// What rows and runs should be is a function of the folded state, and is brought about again after every recovery.
/// </summary>
internal sealed class SweepActor : ReceivePersistentActor, IWithTimers
{
    private static readonly TimeSpan SayEvery = TimeSpan.FromMilliseconds(500);

    /// <summary>Ends of runs that nobody was there to be told of.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(15);

    private readonly SweepSetup setup;
    private readonly ILoggingAdapter log;
    private readonly SweepPlan plan;
    private SweepState state = SweepState.Empty;
    private SweepSummary said = new();
    private string saidStatus = "";
    private string saidReason = "";
    private bool saying;
    private bool hasKind = true;
    private bool isStalled;
    private DateTimeOffset moved;
    private int room;

    public SweepActor(SweepSetup setup)
    {
        this.setup = setup;
        log = Context.GetLogger().WithContext("SweepId", setup.Row.Id);
        PersistenceId = SweepReader.PersistenceId(setup.Row.Id);
        var spec = Json.Read<SweepSpec>(setup.Row.Spec);
        plan = new SweepPlan(Samplers.Find(spec.Sampler), Pruners.Of(spec.Pruner));

        Recover<ISweepEvent>(e => state = state.Apply(e));
        Recover<RecoveryCompleted>(_ => OnRecovered());
        Command<MayStart>(m =>
        {
            room = m.Trials;
            Advance();
        });
        Command<TrialMoved>(OnMoved);
        Command<TrialOver>(OnOver);
        Command<WishFor>(w => OnWish(w.Wish));
        Command<Found>(OnFound);
        Command<Chosen>(OnChosen);
        Command<LookTick>(_ =>
        {
            LookUp(isFirst: false);
            LookForStall();
        });
        Command<TrialLives>(_ => (moved, isStalled) = (Now, false));
        Command<SlotsAre>(s => hasKind = s.HasKind);
        Command<SayTick>(_ => Say());
        Command<Saying>(s =>
        {
            saying = false;
            if (s.Summary is { } summary)
            {
                (said, saidStatus) = (summary, s.Status);
                if (state.IsOver && s.Status == Word)
                {
                    Context.Stop(Self);
                }
            }
        });
    }

    public override string PersistenceId { get; }

    public ITimerScheduler Timers { get; set; } = null!;

    private DateTimeOffset Now => setup.Clock.GetUtcNow();

    private SweepSpec Spec => state.Spec!;

    private string Word => state.Status.ToString().ToLowerInvariant();

    protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr)
    {
        log.Warning("The journal of sweep {Sweep} did not take an event ({Reason}): it is taken up again", setup.Row.Id, cause.Message.Split('\n')[0]);
        base.OnPersistFailure(cause, @event, sequenceNr);
    }

    protected override void OnPersistRejected(Exception cause, object @event, long sequenceNr) => throw new InvalidOperationException($"An event of sweep '{setup.Row.Id}' could not be written.", cause);

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

        var first = new List<ISweepEvent>();
        if (state.SweepId.Length == 0)
        {
            first.Add(new SweepStarted(Now, setup.Row.Id, setup.Row.Spec, setup.Version));
        }

        moved = Now;
        first.Add(new SweepClaimed(Now, setup.Seat, Environment.MachineName, Environment.ProcessId));
        Write(first, () =>
        {
            Timers.StartPeriodicTimer(nameof(SayTick), SayTick.Instance, SayEvery);
            Timers.StartPeriodicTimer(nameof(LookTick), LookTick.Instance, LookEvery);
            LookUp(isFirst: true);
        });
    }

    private void LookUp(bool isFirst) =>
        setup.Runs.OfSweepAsync(setup.Row.Id, state.Active.Union(state.Waiting)).PipeTo(Self, success: rows => new Found(rows) { IsFirst = isFirst }, failure: e => new Found([]) { Trouble = e.Message });

    /// <summary>Rows are made what the state says they should be: whatever was under way when the last coordinator died is done again, or turns out to be done.</summary>
    private void OnFound(Found found)
    {
        if (found.Trouble is { } trouble)
        {
            log.Warning("Rows of sweep {Sweep} could not be read or written ({Reason}): it is taken up again", setup.Row.Id, trouble.Split('\n')[0]);
            Context.Stop(Self);
            return;
        }

        var rows = found.Rows.ToDictionary(r => r.Id, StringComparer.Ordinal);
        if (found.IsFirst)
        {
            HandOver(state.Active.Select(state.Trial).Where(t => !rows.ContainsKey(state.RunIdOf(t))));
        }

        foreach (var row in found.Rows.Where(r => r.Trial >= 1 && r.Trial <= state.Trials.Count))
        {
            var trial = state.Trial(row.Trial);
            if (trial.IsOver || trial.Attempt != row.Attempt)
            {
                if (!RunRowStatus.IsOver(row.Status) && trial.Attempt >= row.Attempt)
                {
                    Wish(row.Id, WishFile.Cancel);
                }
            }
            else if (RunRowStatus.IsOver(row.Status))
            {
                OverAsync(trial, row).PipeTo(Self, failure: e => new Found([]) { Trouble = e.Message });
            }
            else if (found.IsFirst && WishOf(trial) is var wish && wish != row.Wish && wish != (row.Status == RunRowStatus.Paused ? WishFile.Pause : "resume"))
            {
                Wish(row.Id, wish);
            }
        }

        Tell();
        Advance();
    }

    private string WishOf(TrialState trial) =>
        trial.Doomed || state.IsOver ? WishFile.Cancel
        : trial.Status == TrialStatus.Waiting || state.Status == SweepStatus.Paused ? WishFile.Pause
        : "resume";

    private async Task<TrialOver> OverAsync(TrialState trial, RunRow row) =>
        Outcome(trial.Number, trial.Attempt, row.Status, row.Reason, await setup.ReadRun(row.Id).ConfigureAwait(false) ?? RunState.Empty, Spec.Objective);

    /// <summary>What a run's end means for its trial.</summary>
    public static TrialOver Outcome(int trial, int attempt, string status, string reason, RunState run, string objective)
    {
        var seconds = run.Steps.Values.Sum(s => s.Attempts.Sum(a => a.Ended is { } end ? Math.Max(0, (end - a.Started).TotalSeconds) : 0));
        if (status != RunRowStatus.Completed)
        {
            return new TrialOver(trial, attempt, status, null, reason, seconds);
        }

        return run.Figures.TryGetValue(objective, out var value) && double.IsFinite(value)
            ? new TrialOver(trial, attempt, status, value, "", seconds)
            : new TrialOver(trial, attempt, RunRowStatus.Failed, null, $"its result has no figure {objective}", seconds) { IsFinal = true };
    }

    private void Advance()
    {
        var before = state;
        var events = plan.Next(state, room, Now);
        if (events.IsEmpty)
        {
            return;
        }

        room = Math.Max(0, room - events.OfType<TrialPlanned>().Count());
        Write(events, () =>
        {
            HandOver(events.OfType<TrialPlanned>().Select(p => state.Trial(p.Trial)));
            foreach (var judged in events.OfType<TrialJudged>())
            {
                var wasWaiting = judged.Trial <= before.Trials.Count && before.Trial(judged.Trial).Status == TrialStatus.Waiting;
                if (judged.Answer != "go-on" || wasWaiting)
                {
                    Wish(state.Trial(judged.Trial), judged.Answer switch { "wait" => WishFile.Pause, "end" => WishFile.Cancel, _ => "resume" });
                }
            }

            Advance();
        });
    }

    private void OnMoved(TrialMoved moved)
    {
        if (!state.Active.Contains(moved.Trial) || state.Trial(moved.Trial) is var trial && (trial.Attempt != moved.Attempt || trial.Doomed))
        {
            return;
        }

        var last = trial.Reports.IsEmpty ? 0 : trial.Reports[^1].Rung;
        var fresh = moved.Reports.Where(r => r.Rung > last && double.IsFinite(r.Value)).Select(r => (ISweepEvent)new TrialReported(Now, moved.Trial, r.Rung, r.Value)).ToList();
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

        if (over.Stands)
        {
            // A person may look at its journal; the sweep does not wait for one.
            Wish(state.RunIdOf(trial), WishFile.Cancel);
        }

        if (trial.Doomed && over.Status != RunRowStatus.Completed)
        {
            Write([new TrialEnded(Now, trial.Number, trial.Attempt, "pruned", trial.Reports[^1].Value, FormattableString.Invariant($"others were better at {trial.Judged}"), over.DeviceSeconds)], Advance);
        }
        else if (over.Status == RunRowStatus.Failed && !over.IsFinal && trial.Attempt <= Spec.Retries)
        {
            Write([new TrialRetried(Now, trial.Number, trial.Attempt + 1, "policy", over.Reason)], () => HandOver([state.Trial(trial.Number)]));
        }
        else
        {
            Write([new TrialEnded(Now, trial.Number, trial.Attempt, over.Status, over.Value, over.Reason, over.DeviceSeconds)], Advance);
        }
    }

    private void OnWish(SweepWish wish)
    {
        switch (wish.Wish)
        {
            case WishFile.Pause when state.Status == SweepStatus.Running:
                Write([new SweepPaused(Now, "asked for by the user")], () => OnAll(WishFile.Pause, "is paused: its trials save and stand", wish));
                break;
            case "resume" when state.Status == SweepStatus.Paused:
                Write([new SweepResumed(Now)], () =>
                {
                    OnAll("resume", "goes on", wish);
                    Advance();
                });
                break;
            case WishFile.Cancel when !state.IsOver:
                var open = state.Active.Union(state.Waiting).Select(state.Trial).ToList();
                Write([.. open.Select(t => new TrialEnded(Now, t.Number, t.Attempt, "cancelled", null, "the sweep was cancelled", 0)), new SweepCancelled(Now)], () =>
                {
                    open.ForEach(t => Wish(t, WishFile.Cancel));
                    Answer(wish, $"Sweep '{setup.Row.Id}' is cancelled.");
                });
                break;
            case "retry" when wish.Trial < 1 || wish.Trial > state.Trials.Count:
                Answer(wish, $"Sweep '{setup.Row.Id}' has no trial {wish.Trial}: it has {state.Trials.Count}.");
                break;
            case "retry" when state.Trial(wish.Trial) is { Status: TrialStatus.Failed or TrialStatus.Cancelled } failed && state.Status != SweepStatus.Cancelled:
                Write([new TrialRetried(Now, failed.Number, failed.Attempt + 1, "user", "asked for by the user")], () =>
                {
                    HandOver([state.Trial(failed.Number)]);
                    Answer(wish, $"Trial {failed.Number} of sweep '{setup.Row.Id}' is tried again, as run {state.RunIdOf(state.Trial(failed.Number))}.");
                });
                break;
            case "retry":
                Answer(wish, $"Trial {wish.Trial} of sweep '{setup.Row.Id}' is {SweepState.WordOf(state.Trial(wish.Trial).Status)}{(state.Status == SweepStatus.Cancelled ? " and the sweep was cancelled" : "")}: only one that failed or was cancelled can be tried again.");
                break;
            default:
                Answer(wish, $"Sweep '{setup.Row.Id}' is {Word}.");
                break;
        }
    }

    private void OnAll(string wish, string words, SweepWish asked)
    {
        foreach (var trial in state.Active.Select(state.Trial).Where(t => !t.Doomed))
        {
            Wish(trial, wish);
        }

        Answer(asked, $"Sweep '{setup.Row.Id}' {words}.");
    }

    private void Answer(SweepWish wish, string sentence) => OrAgain(setup.Sweeps.FulfilAsync(setup.Seat, wish.Id, sentence));

    private void Wish(TrialState trial, string wish) => Wish(state.RunIdOf(trial), wish);

    private void Wish(string run, string wish)
    {
        var wished = setup.Runs.WishAsync(setup.Seat, run, wish);
        wished.PipeTo(Context.Parent, success: () => RowsChanged.Instance, failure: _ => RowsChanged.Instance);
        OrAgain(wished);
    }

    private void HandOver(IEnumerable<TrialState> which)
    {
        var trials = which.ToList();
        if (trials.Count > 0 && Spec.Fingerprint == "same" && state.Slot is null)
        {
            ImmutableArray<int> numbers = [.. trials.Select(t => t.Number)];
            setup.ChooseSlot().PipeTo(Self, success: slot => new Chosen(slot, numbers), failure: e => new Found([]) { Trouble = e.Message });
            return;
        }

        var rows = ImmutableArray.CreateBuilder<RunRow>();
        foreach (var trial in trials)
        {
            try
            {
                var made = setup.Make(Spec, trial.Values);
                rows.Add(new RunRow(state.RunIdOf(trial), made.Run, made.Engine, Spec.Priority, RunRowStatus.Queued, "", "", Now, setup.Row.Submitter) { Sweep = setup.Row.Id, Trial = trial.Number, Attempt = trial.Attempt, Slot = state.Slot });
            }
            catch (BadInputException e)
            {
                Self.Tell(new TrialOver(trial.Number, trial.Attempt, RunRowStatus.Failed, null, e.Message, 0) { IsFinal = true });
            }
        }

        if (rows.Count > 0)
        {
            var coordinator = Context.Parent;
            var submitted = setup.Runs.SubmitTrialsAsync(setup.Seat, rows.ToImmutable());
            submitted.PipeTo(coordinator, success: () => RowsChanged.Instance, failure: _ => RowsChanged.Instance);

            // It is not known which of them are there: after a recovery it is.
            OrAgain(submitted);
        }
    }

    private void OnChosen(Chosen chosen)
    {
        var trials = chosen.Trials.Select(state.Trial).Where(t => !t.IsOver);
        if (state.Slot is not null)
        {
            HandOver(trials);
        }
        else if (chosen.Slot is { } slot)
        {
            Write([new SweepPinned(Now, slot)], () => HandOver(trials));
        }
        else
        {
            // Hosts were there a moment ago.
            Self.Tell(new Found([]) { Trouble = "no host is there" });
        }
    }

    private void Write(IReadOnlyCollection<ISweepEvent> events, Action then)
    {
        var left = events.Count;
        PersistAll(events, e =>
        {
            state = state.Apply(e);
            setup.Observer.OnEvent(e, state);
            if (--left == 0)
            {
                Tell();
                then();
            }
        });
    }

    private void Tell() => Context.Parent.Tell(new SweepIs(setup.Row.Id, state.Active.Count, state.Status == SweepStatus.Running && state.Filled.Length == 0 ? Math.Max(0, Spec.Parallel - state.Active.Count) : 0, state.Slot?.Digest));

    private void LookForStall()
    {
        if (state.Status == SweepStatus.Running && !state.Active.IsEmpty && !isStalled && Now - moved > Spec.StalledAfter)
        {
            isStalled = true;
            log.Warning("Sweep {Sweep} has not moved since {Since}", setup.Row.Id, moved);
            setup.Observer.OnStalled(state, moved);
        }
    }

    private string Reason => hasKind || state.Status != SweepStatus.Running ? state.Reason : "no host that is there has a slot of the kind that its trials keep to (fer.sweep.fingerprint = same): they wait for one";

    // What lists show is at most half a second old, and is no reason to wait for.
    private void Say()
    {
        var now = SweepSummary.Of(state);
        if (!saying && (now != said || saidStatus != Word || saidReason != Reason))
        {
            saying = true;
            var word = Word;
            saidReason = Reason;
            setup.Sweeps.SayAsync(setup.Seat, setup.Row.Id, word, saidReason, now).PipeTo(Self, success: () => new Saying(now, word), failure: _ => new Saying(null, ""));
        }
    }

    // What rows should be is known from the journal: taken up again, it is brought about.
    private void OrAgain(Task task)
    {
        var self = Self;
        task.ContinueWith(t => self.Tell(new Found([]) { Trouble = t.Exception!.InnerException!.Message }), CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
    }

    private sealed record Chosen(Fingerprint? Slot, ImmutableArray<int> Trials);

    private sealed record Found(ImmutableArray<RunRow> Rows)
    {
        public string? Trouble { get; init; }

        public bool IsFirst { get; init; }
    }

    private sealed record Saying(SweepSummary? Summary, string Status);

    private sealed class LookTick
    {
        public static readonly LookTick Instance = new();
    }

    private sealed class SayTick
    {
        public static readonly SayTick Instance = new();
    }
}
