using System.Collections.Immutable;
using Fer.Actors.Hosting;
using Fer.Actors.Runs;
using Fer.Actors.Runs.V1;

namespace Fer.Actors.Tests.Runs;

/// <summary>Steps that their owner cannot carry further.</summary>
public sealed class StepTroubleTests
{
    private static readonly DateTimeOffset At = DateTimeOffset.UnixEpoch;
    private static readonly ImmutableSortedDictionary<string, string> None = ImmutableSortedDictionary<string, string>.Empty;

    [Fact]
    public void What_a_step_made_is_made_again_by_every_step_that_made_it()
    {
        var state = Made(Made(Begun(), "one"), "other");

        var trouble = StepTrouble.Of(state, new InputDamaged("next", "made", "it is cut short."), At);

        Assert.Equal([new StepReopened(At, "one", "made", "it is cut short."), new StepReopened(At, "other", "made", "it is cut short.")], trouble.Events);
        Assert.Null(trouble.Stop);
    }

    [Fact]
    public void What_a_run_was_given_only_a_person_can_put_back()
    {
        var trouble = StepTrouble.Of(Begun(), new InputDamaged("first", "given", "It is cut short."), At);

        Assert.Empty(trouble.Events);
        Assert.Equal(new StopRun(RunEnd.Paused, "Step 'first' cannot read a file that the run was given: It is cut short. Put back a copy of it, or start the run under another id"), trouble.Stop);
    }

    [Fact]
    public void What_nothing_in_the_run_refers_to_any_more_is_no_trouble()
    {
        var trouble = StepTrouble.Of(Begun(), new InputDamaged("first", "old", "It is gone."), At);

        Assert.True(trouble.Events.IsEmpty && trouble.Stop is null);
    }

    [Fact]
    public void A_step_that_is_given_up_stops_the_run_with_what_it_last_failed_of()
    {
        var gaveUp = new GaveUp("one", "Step 'one' stopped: it failed 2 times");
        Assert.Equal("Step 'one' stopped: it failed 2 times", StepTrouble.Of(Begun(), gaveUp).Stop!.Reason);

        var state = Failed(Failed(Failed(Begun(), "one", "first"), "one", "no memory"), "other", "its own");
        Assert.Equal(new StopRun(RunEnd.Paused, "Step 'one' stopped: it failed 2 times: no memory"), StepTrouble.Of(state, gaveUp).Stop);
    }

    private static RunState Begun() =>
        RunState.Empty.Apply(new RunStarted(At, "x", "job", "{}", new Fingerprint(None), None.Add("images", "given"), "1")).Apply(new Claimed(At, 1, "lab", 1));

    private static RunState Started(RunState state, string step) => state.Apply(new StepStarted(At, new StepSpec(step, "kind", 1, None, "{}", 1), step, "cpu:0", 1, 0));

    private static RunState Made(RunState state, string step) => Started(state, step).Apply(new StepCompleted(At, step, None.Add("file", "made"), ImmutableSortedDictionary<string, double>.Empty));

    private static RunState Failed(RunState state, string step, string message) => Started(state, step).Apply(new StepFailed(At, step, "cpu:0", "io", message, 1));
}
