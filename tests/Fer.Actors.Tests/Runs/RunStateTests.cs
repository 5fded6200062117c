using System.Collections.Immutable;
using Fer.Actors.Runs;
using Fer.Actors.Runs.V1;
using Fer.Actors.Storage;
using Fer.Actors.Tests.Storage;
using Fer.Models.Training;
using FsCheck.Xunit;

namespace Fer.Actors.Tests.Runs;

/// <summary>What holds for every run, whatever happens to it: hundreds of runs by chance, each up to some hundred events.</summary>
public sealed class RunStateTests
{
    [Property(MaxTest = 200, EndSize = 400)]
    public void Whatever_a_supervisor_writes_can_be_folded_at_every_place(byte[] choices)
    {
        var run = new SupervisedRun().Do(choices);

        var state = RunState.Empty;
        foreach (var e in run.Events)
        {
            state = state.Apply(e);
            Assert.Equal(e.At, state.LastEventAt);
        }

        Assert.Equal(Summary.Of(run.State), Summary.Of(state));
    }

    [Property(MaxTest = 200, EndSize = 400)]
    public void A_step_has_at_most_two_checkpoints_in_order_and_none_once_it_has_completed(byte[] choices) => Always(choices, state =>
    {
        foreach (var step in state.Steps.Values)
        {
            Assert.InRange(step.Checkpoints.Length, 0, step.Status == StepStatus.Completed ? 0 : 2);
            Assert.Equal(step.Checkpoints.OrderBy(c => c.Position), step.Checkpoints);
        }
    });

    [Property(MaxTest = 200, EndSize = 400)]
    public void No_checkpoint_lies_behind_a_place_that_its_step_went_back_to(byte[] choices)
    {
        var run = new SupervisedRun().Do(choices);

        var state = RunState.Empty;
        foreach (var e in run.Events)
        {
            state = state.Apply(e);
            if (e is StepAdjusted a)
            {
                Assert.All(state.Steps[a.Step].Checkpoints, c => Assert.True(c.Position <= a.Adjustment.From));
            }
        }
    }

    [Property(MaxTest = 200, EndSize = 400)]
    public void What_is_retired_is_referred_to_no_more_and_what_is_not_retired_still_is(byte[] choices)
    {
        var run = new SupervisedRun().Do(choices);

        var retired = run.Events.OfType<ArtifactsRetired>().SelectMany(r => r.Artifacts).ToHashSet();
        var damaged = run.Events.OfType<CheckpointDamaged>().Select(d => d.Artifact);
        var named = run.Events.OfType<StepCheckpointed>().Select(c => c.Artifact).ToHashSet();
        var files = new Dictionary<string, string>();
        foreach (var e in run.Events)
        {
            _ = e switch
            {
                StepCompleted c => files[c.Step] = c.Files["chain"],
                StepShared s => files[s.Spec.Name] = files[s.From],
                StepReopened r => files.Remove(r.Step) ? "" : "",
                _ => "",
            };
        }

        Assert.Equal(named.Except(retired).Except(damaged).Concat(files.Values.Distinct()).Append("in-1").Order(), run.State.ReferredArtifacts().Order());
    }

    [Property(MaxTest = 200, EndSize = 400)]
    public void Attempts_restarts_and_incidents_are_counted_as_they_happened(byte[] choices)
    {
        var run = new SupervisedRun().Do(choices);

        Assert.Equal(run.Events.OfType<Claimed>().Count() - 1, run.State.Restarts);
        Assert.Equal(run.Events.OfType<StepStarted>().Count(), run.State.Steps.Values.Sum(s => s.Attempts.Length));
        Assert.Equal(run.Events.Select(e => (e as StepStarted)?.Spec.Name ?? (e as StepShared)?.Spec.Name).OfType<string>().Distinct(), run.State.Order);
        Assert.Equal(run.Events.Where(e => e is StepFailed or StepLeft or StepReopened or StepAdjusted or CheckpointDamaged or RunPaused or RunResumed), run.State.Incidents);
        Assert.All(run.State.Steps.Values, s => Assert.All(s.Attempts, a => Assert.InRange(a.Incarnation, 1, run.State.Claims.Length)));
    }

    [Property(MaxTest = 200, EndSize = 400)]
    public void A_rate_is_never_lowered_more_often_than_allowed(byte[] choices) => Always(choices, state =>
        Assert.All(state.Steps.Values, s => Assert.InRange(s.Adjustments.Items.Count(a => a.LearningRateFactor < 1), 0, SupervisedRun.MaxRollbacks)));

    [Fact]
    public void A_restart_is_another_process_whether_or_not_it_has_the_same_number()
    {
        var state = RunState.Empty.Apply(new Claimed(At, 1, "lab", 7)).Apply(new Claimed(At.AddSeconds(1), 2, "lab", 7));
        Assert.Equal(0, state.Restarts);

        state = state.Apply(new WorkerRestarted(At.AddSeconds(2), "cpu:0", "hung")).Apply(new Claimed(At.AddSeconds(3), 3, "lab", 7));
        Assert.Equal(1, state.Restarts);

        Assert.Equal(2, state.Apply(new Claimed(At.AddSeconds(4), 4, "lab", 8)).Restarts);
    }

    [Fact]
    public void A_step_that_goes_on_with_another_worker_is_passed_on_unless_a_person_paused_the_run()
    {
        var begun = RunState.Empty.Apply(new Claimed(At, 1, "lab", 7)).Apply(Started("a", 1, 1)).Apply(new StepLeft(At.AddSeconds(2), "a", "lab/cpu:0", "it fell silent, and another slot has the step by now"));
        Assert.Equal((1, 0), (begun.StepsPassedOn, begun.Restarts));

        var lost = begun.Apply(Started("a", 2, 3)).Apply(new StepFailed(At.AddSeconds(4), "a", "attic/cpu:0", "worker-lost", "its process ended", 2));
        Assert.Equal(2, lost.StepsPassedOn);
        Assert.Equal(2, lost.Apply(Started("a", 3, 5)).Apply(new StepFailed(At.AddSeconds(6), "a", "attic/cpu:0", "io", "the disk is full", 3)).StepsPassedOn);

        var paused = lost.Apply(Started("a", 3, 5)).Apply(new RunPaused(At.AddSeconds(6), "user", "")).Apply(new Claimed(At.AddSeconds(7), 2, "lab", 7)).Apply(new RunResumed(At.AddSeconds(7)))
            .Apply(new StepLeft(At.AddSeconds(8), "a", "attic/cpu:0", "it gave the step back"));
        Assert.Equal(2, paused.StepsPassedOn);

        static StepStarted Started(string step, int attempt, int second) =>
            new(At.AddSeconds(second), new StepSpec(step, "chain", 1, ImmutableSortedDictionary<string, string>.Empty, "{}", 1), "hash", "lab/cpu:0", attempt, 0);
    }

    [Fact]
    public void The_runs_by_chance_know_every_event_but_those_that_end_a_run_at_once()
    {
        var chance = new Random(1);
        var seen = Enumerable.Range(0, 40).SelectMany(_ =>
        {
            var choices = new byte[300];
            chance.NextBytes(choices);
            return new SupervisedRun().Do(choices).Events;
        }).Select(e => e.GetType()).Distinct();

        Assert.Equal(
            [nameof(RunCancelled), nameof(RunFailed)],
            typeof(IRunEvent).Assembly.GetTypes().Where(t => !t.IsInterface && typeof(IRunEvent).IsAssignableFrom(t)).Except(seen).Select(t => t.Name).Except([nameof(Decided), nameof(FingerprintAccepted), nameof(RunForked), nameof(WorkerRestarted)]).Order());
    }

    [Fact]
    public void A_run_is_queued_until_it_starts_and_has_nothing() =>
        Assert.Equal((RunStatus.Queued, false, 0), (RunState.Empty.Status, RunState.Empty.IsOver, RunState.Empty.ReferredArtifacts().Count()));

    [Fact]
    public void A_checkpoint_forgives_passing_trouble_but_no_loss_that_exploded()
    {
        var state = Started();
        state = state.Apply(new StepFailed(At, "left", "cpu:0", "io", "full", 1)).Apply(new StepFailed(At, "left", "cpu:0", "non-finite", "NaN", 2));

        state = state.Apply(new StepCheckpointed(At, "left", 10, 40, "a"));

        Assert.Equal(["non-finite"], state.Steps["left"].Faults.Keys);
    }

    [Fact]
    public void Going_on_after_a_pause_forgives_all_faults()
    {
        var state = Started().Apply(new StepFailed(At, "left", "cpu:0", "io", "full", 1)).Apply(new RunPaused(At, "fault", "it failed"));

        Assert.Equal((RunStatus.Paused, "fault", "it failed"), (state.Status, state.PausedBy, state.Reason));
        state = state.Apply(new RunResumed(At));
        Assert.Equal((RunStatus.Running, "", ""), (state.Status, state.PausedBy, state.Reason));
        Assert.Empty(state.Steps["left"].Faults);
    }

    [Fact]
    public void However_many_files_a_step_could_not_read_it_has_not_failed_once_they_are_made_again()
    {
        var inputs = Enumerable.Range(0, 10).Select(i => FormattableString.Invariant($"file {i}")).ToList();
        var reader = SupervisedRun.Spec("left") with { Inputs = inputs.ToImmutableSortedDictionary(i => i, i => i, StringComparer.Ordinal) };
        var state = new SupervisedRun().State.Apply(new StepStarted(At, SupervisedRun.Spec("maker"), "made", "cpu:0", 1, 0)).Apply(new StepStarted(At, reader, "hash", "cpu:0", 1, 0));
        foreach (var file in inputs)
        {
            state = Lose(state, file);
        }

        Assert.Empty(state.Steps["left"].Faults);

        // One that is lost each time it is made is another matter.
        for (var time = 0; time < 4; time++)
        {
            state = Lose(state, "file 0");
        }

        Assert.Equal(3, state.Steps["left"].Faults["damaged-input"]);

        static RunState Lose(RunState state, string file) => state.Apply(new StepFailed(At, "left", "cpu:0", "damaged-input", "missing", 0)).Apply(new StepReopened(At, "maker", file, "missing"));
    }

    [Fact]
    public void A_damaged_checkpoint_is_forgotten_and_the_one_before_stays()
    {
        var state = Started().Apply(new StepCheckpointed(At, "left", 10, 40, "a")).Apply(new StepCheckpointed(At, "left", 20, 40, "b"));

        state = state.Apply(new CheckpointDamaged(At, "left", "b", "cut"));

        Assert.Equal([new CheckpointRef(10, 40, "a")], state.Steps["left"].Checkpoints);
    }

    [Fact]
    public void Equal_bytes_at_two_places_are_not_retired_while_one_of_them_is_needed()
    {
        var state = Started().Apply(new StepCheckpointed(At, "left", 10, 40, "same")).Apply(new StepCheckpointed(At, "left", 20, 40, "other"));

        var written = Retirement.With(state, [new StepCheckpointed(At, "left", 30, 40, "same")], At);

        Assert.Single(written);
    }

    [Fact]
    public void An_accepted_fingerprint_is_the_runs_own_from_then_on()
    {
        var other = new Fingerprint(ImmutableSortedDictionary<string, string>.Empty.Add("device", "cuda"));

        var state = Started().Apply(new FingerprintAccepted(At, other));

        Assert.Equal(other, state.Fingerprint);
    }

    [Fact]
    public void An_event_that_nobody_knows_is_an_error() => Assert.Throws<InvalidOperationException>(() => RunState.Empty.Apply(new Unknown()));

    private static DateTimeOffset At => DateTimeOffset.UnixEpoch;

    private static RunState Started() => new SupervisedRun().State.Apply(new StepStarted(At, SupervisedRun.Spec("left"), "hash", "cpu:0", 1, 0));

    private static void Always(byte[] choices, Action<RunState> holds) => new SupervisedRun { AfterWrite = holds }.Do(choices);

    private sealed record Unknown : IRunEvent
    {
        public DateTimeOffset At => default;
    }
}
