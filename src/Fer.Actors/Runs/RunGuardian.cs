using Akka.Actor;
using Akka.Event;
using Fer.Actors.Hosting;

namespace Fer.Actors.Runs;

/// <summary>What a run's actors are made with.</summary>
internal sealed record RunSetup(RunRequest Request, Fingerprint Fingerprint, string Precision, string Version, IActorRef Pool, IRunObserver Observer, TimeProvider Clock);

/// <summary>
/// Stands above a run's supervisor, which stops whenever its journal fails: makes it again, waiting longer each time.
/// What is true after a failed write is what recovery says, never what memory said.
/// </summary>
internal sealed class RunGuardian : ReceiveActor, IWithTimers
{
    private const int Tries = 5;

    /// <summary>A supervisor that lived so long had no lasting trouble: the next trouble is counted from one again.</summary>
    private static readonly TimeSpan Healthy = TimeSpan.FromMinutes(5);

    private readonly RunSetup setup;
    private readonly TaskCompletionSource<RunOutcome> ended;
    private readonly ILoggingAdapter log = Context.GetLogger();
    private IActorRef supervisor = ActorRefs.Nobody;
    private StopRun? stop;
    private string trouble = "The run's supervisor stopped.";
    private int failures;
    private int made;
    private long madeAt;

    public RunGuardian(RunSetup setup, TaskCompletionSource<RunOutcome> ended)
    {
        this.setup = setup;
        this.ended = ended;
        Receive<RunOver>(o => ended.TrySetResult(o.Outcome));
        Receive<JournalTrouble>(t =>
        {
            trouble = t.Sentence;
            log.Warning("{Trouble}", t.Sentence);
        });
        Receive<StopRun>(s =>
        {
            stop = s;
            supervisor.Forward(s);
            GiveUpIfDown();
        });
        Receive<Terminated>(_ => OnStopped());
        Receive<Again>(_ => Make());
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart() => Make();

    // Restarting a broken supervisor at once, as Akka does by default, would claim the run again and again for ever.
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(e =>
    {
        trouble = $"Run '{setup.Request.Folder.RunId}' cannot go on: {e.GetType().Name}: {e.Message.Split('\n')[0]}";
        log.Error(e, "{Trouble}", trouble);
        return Directive.Stop;
    });

    private void Make()
    {
        madeAt = Environment.TickCount64;
        supervisor = Context.Watch(Context.ActorOf(Props.Create(() => new RunSupervisor(setup)), $"supervisor-{++made}"));
    }

    private void OnStopped()
    {
        supervisor = ActorRefs.Nobody;
        failures = TimeSpan.FromMilliseconds(Environment.TickCount64 - madeAt) > Healthy ? 1 : failures + 1;
        if (failures > Tries)
        {
            ended.TrySetResult(new RunOutcome(RunEnd.Faulted, RunState.Empty, trouble));
            return;
        }

        Timers.StartSingleTimer(nameof(Again), Again.Instance, setup.Request.Engine.RetryDelay * Math.Pow(2, failures - 1));
        GiveUpIfDown();
    }

    private void GiveUpIfDown()
    {
        if (stop is not null && supervisor.IsNobody())
        {
            ended.TrySetResult(new RunOutcome(stop.End == RunEnd.Interrupted ? RunEnd.Interrupted : RunEnd.Faulted, RunState.Empty, trouble));
        }
    }

    private sealed class Again
    {
        public static readonly Again Instance = new();
    }
}
