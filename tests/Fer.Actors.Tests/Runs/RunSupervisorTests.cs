using System.Collections.Immutable;
using Akka.Actor;
using Akka.Configuration;
using Akka.TestKit;
using Akka.TestKit.Xunit;
using Fer.Actors.Devices;
using Fer.Actors.Hosting;
using Fer.Actors.Jobs;
using Fer.Actors.Runs;
using Fer.Actors.Runs.V1;
using Fer.Actors.Storage;
using Fer.Actors.Tests.Storage;
using Fer.Models.Training;

namespace Fer.Actors.Tests.Runs;

/// <summary>One supervisor over a journal in memory; the test stands where its guardian and its step's owner do.</summary>
public sealed class RunSupervisorTests : TestKit
{
    private static readonly Config InMemory = ConfigurationFactory.ParseString("""
        akka { loglevel = OFF
          stdout-loglevel = OFF
          log-dead-letters = off
          log-dead-letters-during-shutdown = off
          persistence.journal.plugin = "akka.persistence.journal.inmem"
          persistence.snapshot-store.plugin = "akka.persistence.snapshot-store.local" }
        """);

    private readonly TemporaryFolder folder = new();
    private readonly TestProbe owner;
    private readonly TestProbe guardian;
    private readonly RunFolder run;
    private readonly string job = $"one-step-{Guid.NewGuid():N}";
    private readonly Recorder seen = new();

    public RunSupervisorTests()
        : base(InMemory)
    {
        owner = CreateTestProbe();
        guardian = CreateTestProbe();
        run = new RunFolder(folder.Path, "supervised");
        JobRegistry.Add(new OneStep(job, owner));
    }

    [Fact]
    public void A_fault_and_its_cure_are_written_together()
    {
        var supervisor = Start();
        owner.ExpectMsg<Carry>();

        Tell(supervisor, new StepStarted(default, OneStep.Spec, "h", "cpu:0", 1, 0));
        Tell(supervisor, new StepCheckpointed(default, "step", 60, 100, "ab01"), new StepCheckpointed(default, "step", 80, 100, "ab02"));
        Tell(supervisor, new StepFailed(default, "step", "cpu:0", "non-finite", "NaN", 1), new StepAdjusted(default, "step", new Adjustment(50, 0.5, 1), "non-finite"));
        supervisor.Tell(new Settled("step"), owner);

        var carry = owner.ExpectMsg<Carry>();
        Assert.Equal(new Adjustment(50, 0.5, 1), Assert.Single(carry.State!.Adjustments.Items));
        Assert.Empty(carry.State.Checkpoints);
        Assert.Equal(["ab01", "ab02"], Assert.Single(seen.Events.OfType<ArtifactsRetired>()).Artifacts);
    }

    [Fact]
    public void A_run_that_stops_already_stops_also_when_its_last_step_gives_up_meanwhile()
    {
        var supervisor = Start();
        owner.ExpectMsg<Carry>();

        supervisor.Tell(new StopRun(RunEnd.Interrupted, "stopped from outside"));
        owner.ExpectMsg<ReleaseAll>();
        supervisor.Tell(new GaveUp("step", "Step 'step' stopped: it failed 4 times"), owner);

        Assert.Equal(RunEnd.Interrupted, guardian.ExpectMsg<RunOver>().Outcome.End);
    }

    [Fact]
    public void A_step_that_gives_up_pauses_the_run_with_its_last_words()
    {
        var supervisor = Start();
        owner.ExpectMsg<Carry>();

        Tell(supervisor, new StepStarted(default, OneStep.Spec, "h", "cpu:0", 1, 0), new StepFailed(default, "step", "cpu:0", "io", "No space left on device", 1));
        supervisor.Tell(new GaveUp("step", "Step 'step' stopped on cpu:0: it failed 4 times without coming forward"), owner);

        var outcome = guardian.ExpectMsg<RunOver>().Outcome;
        Assert.Equal((RunEnd.Paused, "fault"), (outcome.End, outcome.State.PausedBy));
        Assert.Equal("Step 'step' stopped on cpu:0: it failed 4 times without coming forward: No space left on device", outcome.Sentence);
    }

    [Fact]
    public void Cancelling_overtakes_a_pause_that_waits_for_its_steps()
    {
        var supervisor = Start();
        owner.ExpectMsg<Carry>();

        supervisor.Tell(new StopRun(RunEnd.Paused, "asked for"));
        Assert.True(owner.ExpectMsg<ReleaseAll>().Save);
        supervisor.Tell(new StopRun(RunEnd.Cancelled, "asked for"));
        Assert.False(owner.ExpectMsg<ReleaseAll>().Save);
        supervisor.Tell(new Settled("step"), owner);

        Assert.Equal(RunEnd.Cancelled, guardian.ExpectMsg<RunOver>().Outcome.End);
        Assert.DoesNotContain(seen.Events, e => e is RunPaused);
    }

    [Fact]
    public void Pausing_from_outside_accepts_no_other_fingerprint()
    {
        var first = Start();
        owner.ExpectMsg<Carry>();
        Watch(first);
        first.Tell(PoisonPill.Instance);
        ExpectTerminated(first);

        Start(request => request with { Instead = "pause" }, new Fingerprint(SupervisedRun.Fingerprint.Facts.SetItem("device", "cuda")));

        var outcome = guardian.ExpectMsg<RunOver>().Outcome;
        Assert.Equal(RunEnd.Paused, outcome.End);
        Assert.Equal(SupervisedRun.Fingerprint, outcome.State.Fingerprint);
    }

    [Fact]
    public void A_wish_is_looked_at_again_while_it_is_still_being_written()
    {
        Start();
        owner.ExpectMsg<Carry>();
        File.WriteAllText(run.Request, "");

        owner.ExpectNoMsg(TimeSpan.FromMilliseconds(1200));
        Assert.True(File.Exists(run.Request));
        File.WriteAllText(run.Request, "cancel");

        Assert.False(owner.ExpectMsg<ReleaseAll>().Save);
        Assert.False(File.Exists(run.Request));
    }

    [Fact]
    public void A_step_in_hand_is_not_given_out_twice_and_what_is_decided_is_written_once()
    {
        var supervisor = Start();
        owner.ExpectMsg<Carry>();

        Tell(supervisor, new StepStarted(default, OneStep.Spec, "h", "cpu:0", 1, 0));
        Tell(supervisor, new StepCheckpointed(default, "step", 60, 100, "ab01"));
        owner.ExpectNoMsg(TimeSpan.FromMilliseconds(100));
        Tell(supervisor, new StepCompleted(default, "step", ImmutableSortedDictionary<string, string>.Empty, ImmutableSortedDictionary<string, double>.Empty));
        supervisor.Tell(new Settled("step"), owner);

        Assert.Equal(RunEnd.Completed, guardian.ExpectMsg<RunOver>().Outcome.End);
        guardian.ExpectNoMsg(TimeSpan.FromMilliseconds(200));
        Assert.Single(seen.Events.OfType<Decided>());
        Assert.Single(seen.Events.OfType<RunCompleted>());
        Assert.Single(seen.Events.OfType<ArtifactsRetired>());
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        folder.Dispose();
    }

    private IActorRef Start(Func<RunRequest, RunRequest>? change = null, Fingerprint? fingerprint = null)
    {
        Directory.CreateDirectory(run.Path);
        var request = new RunRequest(run, new EngineSettings(), new JournalSettings()) { New = new NewRun(job, "{}", ImmutableSortedDictionary<string, string>.Empty) };
        var setup = new RunSetup(change?.Invoke(request) ?? request, fingerprint ?? SupervisedRun.Fingerprint, "fp32", "0.1.0", CreateTestProbe(), seen, TimeProvider.System);
        return guardian.ChildActorOf(Props.Create(() => new RunSupervisor(setup)));
    }

    private void Tell(IActorRef supervisor, params IRunEvent[] events) => supervisor.Tell(new Fer.Actors.Runs.Record([.. events]), owner);

    private sealed class Recorder : IRunObserver
    {
        public List<IRunEvent> Events { get; } = [];

        public void OnEvent(IRunEvent e, RunState state)
        {
            lock (Events)
            {
                Events.Add(e);
            }
        }

        public void OnLive(LiveStep step)
        {
        }
    }

    private sealed class OneStep(string name, IActorRef owner) : IJob
    {
        public static readonly StepSpec Spec = new("step", "one", 1, ImmutableSortedDictionary<string, string>.Empty, "{}", 1);

        public string Name => name;

        public IReadOnlyList<StepKind> Kinds => [];

        public IReadOnlyDictionary<string, Func<StepOwnerSetup, Props>> Owners => new Dictionary<string, Func<StepOwnerSetup, Props>> { ["owner"] = _ => Props.Create(() => new Passer(owner)) };

        public string OwnerOf(string kind) => "owner";

        public PlanAnswer Next(RunState state)
        {
            if (state.Completed("step") is null)
            {
                return new PlanAnswer([new PlannedStep(Spec, 1)], [], null);
            }

            return state.Decisions.ContainsKey("enough")
                ? new PlanAnswer([], [], ImmutableSortedDictionary<string, double>.Empty)
                : new PlanAnswer([], [new PlanDecision("enough", "yes", "the step is done")], null);
        }
    }

    private sealed class Passer : ReceiveActor
    {
        public Passer(IActorRef to) => ReceiveAny(to.Tell);
    }
}
