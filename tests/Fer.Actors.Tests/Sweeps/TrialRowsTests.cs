using System.Collections.Immutable;
using Fer.Actors.Runs;
using Fer.Actors.Storage;
using Fer.Actors.Sweeps;
using Fer.Actors.Sweeps.V1;

namespace Fer.Actors.Tests.Sweeps;

/// <summary>What a sweep makes of rows that are not as they should be: after a crash between any two words, after words that were lost, after a person's.</summary>
public sealed class TrialRowsTests
{
    private static readonly DateTimeOffset At = DateTimeOffset.UnixEpoch;
    private static readonly ImmutableSortedDictionary<string, string> None = ImmutableSortedDictionary<string, string>.Empty;

    [Fact]
    public void A_planned_trial_without_a_run_gets_one_unless_it_was_planned_since() =>
        Assert.Equal([1], TrialRows.Compare(State(2), [], [1]).Missing);

    [Theory]
    [InlineData("queued", "")]
    [InlineData("running", "")]
    [InlineData("paused", "resume")]
    public void A_run_that_is_as_it_should_be_is_left_alone(string status, string wish) => Assert.True(Of(State(1), Row(status, wish)).IsNothing);

    [Theory]
    [InlineData("running", "", "stand")]
    [InlineData("queued", "", "stand")]
    [InlineData("running", "resume", "stand")]
    [InlineData("paused", "resume", "stand")]
    [InlineData("running", "stand", null)]
    [InlineData("running", "pause", null)]
    [InlineData("paused", "", null)]
    public void A_trial_that_waits_and_every_trial_of_a_sweep_that_is_paused_stand(string status, string wish, string? expected)
    {
        var waiting = State(1).Apply(new TrialReported(At, 1, 1, 0)).Apply(new TrialJudged(At, 1, 1, "wait"));
        var paused = State(1).Apply(new SweepPaused(At, "asked for"));

        // Until there is room for it.
        var resumed = paused.Apply(new SweepResumed(At) { OneByOne = true });

        foreach (var state in new[] { waiting, paused, resumed })
        {
            Assert.Equal(expected is null ? [] : [("s-0001", expected)], Of(state, Row(status, wish)).Wishes);
        }
    }

    [Theory]
    [InlineData("running", "stand", "")]
    [InlineData("paused", "", Pausing.BySweep)]
    [InlineData("paused", "stand", Pausing.BySweep)]
    public void A_trial_that_was_let_on_goes_on_though_it_was_told_to_stand_and_has_or_has_not_obeyed_yet(string status, string wish, string reason) =>
        Assert.Equal([("s-0001", "resume")], Of(State(1), Row(status, wish, reason)).Wishes);

    [Fact]
    public void A_trial_that_was_let_on_after_its_sweep_stood_goes_on_and_one_that_had_no_run_yet_gets_one()
    {
        var stands = State(2).Apply(new SweepPaused(At, "asked for")).Apply(new SweepResumed(At) { OneByOne = true });
        Assert.Empty(TrialRows.Compare(stands, [], [1, 2]).Missing);

        var on = stands.Apply(new TrialLetOn(At, 1));

        Assert.Equal([("s-0001", "resume")], Of(on, Row("paused", "", Pausing.BySweep)).Wishes);
        Assert.Equal([1], TrialRows.Compare(on, [], [1, 2]).Missing);
    }

    [Theory]
    [InlineData("paused", "", Pausing.ByUser)]
    [InlineData("running", "pause", "")]
    [InlineData("running", "cancel", "")]
    public void What_a_person_wants_of_a_trial_is_the_persons(string status, string wish, string reason) => Assert.True(Of(State(1), Row(status, wish, reason)).IsNothing);

    [Fact]
    public void A_run_that_stands_for_a_fault_is_a_try_that_failed() =>
        Assert.Equal(["s-0001"], Of(State(1), Row("paused", "", "the disk is full")).Over.Select(r => r.Id));

    [Theory]
    [InlineData("completed")]
    [InlineData("failed")]
    [InlineData("cancelled")]
    public void The_end_of_a_run_that_nobody_was_told_of_is_found(string status) => Assert.Equal(["s-0001"], Of(State(1), Row(status)).Over.Select(r => r.Id));

    [Fact]
    public void Runs_of_trials_that_are_over_end_and_those_of_earlier_attempts_too()
    {
        var retried = State(1).Apply(new TrialRetried(At, 1, 2, "policy", "broke", 0));
        var cancelled = State(1).Apply(new TrialEnded(At, 1, 1, "cancelled", null, "", 0)).Apply(new SweepCancelled(At));

        var mend = TrialRows.Compare(retried, [Row("paused", reason: "broke")], [1]);
        Assert.Equal(("s-0001", "drop"), Assert.Single(mend.Wishes));
        Assert.Equal([1], mend.Missing);
        Assert.Equal([("s-0001", "drop")], Of(cancelled, Row("running")).Wishes);
        Assert.True(Of(cancelled, Row("running", "drop")).IsNothing);
        Assert.True(Of(cancelled, Row("cancelled")).IsNothing);
    }

    [Fact]
    public void A_pruned_trials_run_ends_whether_it_stands_or_runs()
    {
        var doomed = State(1).Apply(new TrialReported(At, 1, 1, 0)).Apply(new TrialJudged(At, 1, 1, "wait")).Apply(new TrialJudged(At, 1, 1, "end"));

        Assert.Equal([("s-0001", "drop")], Of(doomed, Row("paused", "", Pausing.BySweep)).Wishes);
        Assert.Equal([("s-0001", "drop")], Of(doomed, Row("running", "stand")).Wishes);
    }

    private static RowsToMend Of(SweepState state, TrialRow row) => TrialRows.Compare(state, [row], state.Active.Union(state.Waiting));

    private static TrialRow Row(string status, string wish = "", string reason = "") => new("s-0001", 1, 1, status, wish, reason);

    private static SweepState State(int trials) => Enumerable.Range(1, trials).Aggregate(
        SweepState.Empty.Apply(new SweepStarted(At, "s", Json.Write(SweepPlay.Spec), "1")), (s, n) => s.Apply(new TrialPlanned(At, n, None)));
}
