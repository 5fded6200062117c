using System.Collections.Immutable;
using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Event;
using Akka.Persistence;
using Fer.Actors.Hosting;
using Fer.Actors.Sweeps.Search;
using Fer.Actors.Sweeps.V1;

namespace Fer.Actors.Sweeps;

/// <summary>
/// One sweep: folds its journal, lets the pure <see cref="SweepPlan"/> choose, hands trials over as runs, and writes down what became of them.
/// What rows should say is a function of the folded state (<see cref="TrialRows"/>); <see cref="TrialMender"/> brings about what is not so.
/// </summary>
internal sealed class SweepActor : ReceivePersistentActor, IWithTimers
{
    private static readonly TimeSpan SayEvery = TimeSpan.FromMilliseconds(500);

    /// <summary>What went wrong with rows, or nobody was there to be told of, is found then.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);

    private readonly SweepSetup setup;
    private readonly ILoggingAdapter log;
    private readonly SweepPlan plan;
    private readonly TrialHands hands;
    private readonly TrialMender mender;
    private readonly StallWatch stall;
    private readonly SweepVoice voice;
    private readonly SweepTeller teller;
    private readonly Dictionary<int, ImmutableSortedDictionary<string, double>> busy = [];
    private SweepState state = SweepState.Empty;
    private KindIs kind;
    private int limit;
    private long heard;

    public SweepActor(SweepSetup setup)
    {
        this.setup = setup;
        log = Context.GetLogger().WithContext(LogNames.SweepId, setup.Row.Id);
        PersistenceId = SweepReader.PersistenceId(setup.Row.Id);
        hands = new TrialHands(setup, Self, Context.Parent, log);
        mender = new TrialMender(setup, Self, hands);
        stall = new StallWatch(Spec.StalledAfter);
        voice = new SweepVoice(setup, Self);
        teller = new SweepTeller(setup, Self);
        plan = new SweepPlan(Samplers.Find(setup.Spec.Sampler), Pruners.Of(setup.Spec.Pruner));

        Recover<ISweepEvent>(e => state = state.Apply(e));
        Recover<RecoveryCompleted>(_ => OnRecovered());
        Command<MayRun>(m =>
        {
            (limit, heard) = (m.Trials, m.Number);
            Tell();
            Advance();
        });
        Command<TrialMoved>(OnMoved);
        Command<TrialOver>(OnOver);
        Command<WishFor>(w => OnWish(w.Wish));
        Command<RowsFound>(f => mender.OnFound(state, f));
        Command<SlotChosen>(OnChosen);
        Command<LookTick>(_ => OnLookTick());
        Command<UnreadableRun>(OnUnreadable);
        Command<TrialLives>(_ => stall.Moved(Now));
        Command<SlotsAre>(s => kind = s.Kind);
        Command<SayTick>(_ => Say());
        Command<SweepSaid>(voice.OnSaid);
        Command<HookAnswered>(a => Write([teller.OnAnswered(a)]));
    }

    public override string PersistenceId { get; }

    public ITimerScheduler Timers { get; set; } = null!;

    private DateTimeOffset Now => setup.Clock.GetUtcNow();

    private SweepSpec Spec => setup.Spec;

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
        if (reason.GetBaseException() is SerializationException unknown)
        {
            // Trying again will not help this version.
            Context.Parent.Tell(new SweepBroke(setup.Row.Id, unknown.Message));
        }

        base.OnRecoveryFailure(reason, message);
    }

    private void OnRecovered()
    {
        if (SweepTakeOver.Of(state, setup, Now) is not { } first)
        {
            Context.Stop(Self);
            return;
        }

        stall.Moved(Now);
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
            mender.HandOver(state, [.. events.OfType<TrialPlanned>().Select(p => state.Trial(p.Trial))]);

            // Whose runs should be otherwise than before.
            if (events.Any(e => e is TrialLetOn || (e is TrialJudged j && (j.Answer != "go-on" || before.Trial(j.Trial).Status == TrialStatus.Waiting))))
            {
                Look();
            }

            Advance();
        });
    }

    private void OnMoved(TrialMoved m)
    {
        if (TrialNews.Of(state, m, Now) is not { } fresh)
        {
            return;
        }

        busy[m.Trial] = m.Tries;
        if (!fresh.IsEmpty)
        {
            Write(fresh, Advance);
        }
    }

    private void OnOver(TrialOver over)
    {
        if (TrialNews.Of(state, over, Now) is not { } events)
        {
            // What was cancelled may still report.
            log.Info("Trial {Trial} of sweep {Sweep} reports after its end: {Status}", over.Trial, setup.Row.Id, over.Status);
            return;
        }

        var isRetried = events.Any(e => e is TrialRetried);
        Write(events, () =>
        {
            if (!isRetried)
            {
                busy.Remove(over.Trial);
            }

            if (isRetried || over.Stands)
            {
                // A person may look at the journal of one that stands; the sweep does not wait for one.
                Look();
            }

            // One that waited begins again when it is its turn, which may be now.
            Advance();
        });
    }

    private void OnWish(SweepWish wish)
    {
        var answer = WishAnswer.Of(state, wish, busy, Now);
        if (answer.Events.IsEmpty)
        {
            hands.Answer(wish, answer);
            return;
        }

        Write(answer.Events, () =>
        {
            Look();
            hands.Answer(wish, answer);
            Advance();
        });
    }

    private void OnChosen(SlotChosen chosen)
    {
        if (mender.OnChosen(state, chosen, Now) is { } pinned)
        {
            Write([pinned], Look);
        }
    }

    private void OnUnreadable(UnreadableRun run)
    {
        if (mender.OnUnreadable(run) is { } over)
        {
            OnOver(over);
        }
    }

    private void OnLookTick()
    {
        Look();
        if (stall.Look(state, Now) is { } stalled)
        {
            Write([stalled]);
        }

        if (teller.GivesUp(state) is { } told)
        {
            Write([told]);
        }
    }

    private void Look() => mender.Look(state);

    private void Write(IReadOnlyCollection<ISweepEvent> events, Action? then = null)
    {
        var left = events.Count;
        PersistAll(events, e =>
        {
            state = state.Apply(e);
            mender.Changed();
            setup.Observer.OnEvent(e, state);
            if (--left == 0)
            {
                // That it stands, and that somebody knows of it, is no move.
                if (e is not (SweepStalled or WebhookTold))
                {
                    stall.Moved(Now);
                }

                Tell();
                teller.Tell(state);
                then?.Invoke();
            }
        });
    }

    // What stands takes no room from others.
    private void Tell()
    {
        var isOn = state.Status == SweepStatus.Running;
        Context.Parent.Tell(new SweepIs(setup.Row.Id, isOn ? state.Running : 0, plan.Wants(state), state.Slot?.Digest, heard));
    }

    // What lists show is at most half a second old, and is no reason to wait for.
    private void Say()
    {
        if (!voice.Say(SweepShown.Of(state, kind)) || !state.IsOver)
        {
            return;
        }

        if (!mender.IsTrue)
        {
            Look();
        }
        else if (hands.IsIdle && !SweepTeller.Owes(state))
        {
            // All is said and told, and no run of it lives.
            Context.Stop(Self);
        }
    }

    private sealed class LookTick
    {
        public static readonly LookTick Instance = new();
    }

    private sealed class SayTick
    {
        public static readonly SayTick Instance = new();
    }
}
