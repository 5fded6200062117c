using System.Collections.Immutable;
using Fer.Actors.Storage;
using Fer.Actors.Sweeps;
using Fer.Actors.Sweeps.V1;

namespace Fer.Actors.Tests.Sweeps;

/// <summary>What a person may want of a sweep, whatever state it is in.</summary>
public sealed class WishAnswerTests
{
    private static readonly DateTimeOffset At = DateTimeOffset.UnixEpoch;

    [Fact]
    public void A_sweep_that_runs_is_paused_and_one_that_is_paused_goes_on()
    {
        var paused = After(State(), "pause");
        Assert.Equal((SweepStatus.Paused, "Sweep 's' is paused: its trials save and stand."), (paused.State.Status, paused.Answer.Sentence));

        var again = After(paused.State, "resume");
        Assert.Equal((SweepStatus.Running, "Sweep 's' goes on."), (again.State.Status, again.Answer.Sentence));
    }

    [Theory]
    [InlineData("resume", false, "Sweep 's' is running.")]
    [InlineData("pause", true, "Sweep 's' is over: it is cancelled.")]
    [InlineData("cancel", true, "Sweep 's' is over: it is cancelled.")]
    public void What_is_so_already_changes_nothing_and_what_is_over_is_refused(string wish, bool isOver, string sentence)
    {
        var state = isOver ? After(State(), "cancel").State : State();

        var (answer, after) = After(state, wish);

        Assert.Equal((isOver, sentence), (answer.IsRefused, answer.Sentence));
        Assert.Same(state, after);
    }

    [Fact]
    public void A_sweep_that_is_cancelled_ends_all_that_is_open_with_what_it_cost()
    {
        var state = State().Apply(new TrialPlanned(At, 2, ImmutableSortedDictionary<string, string>.Empty)).Apply(new TrialReported(At, 2, 1, 0)).Apply(new TrialJudged(At, 2, 1, "wait"));

        var (answer, after) = After(state, "cancel");

        Assert.Equal(2, answer.Events.OfType<TrialEnded>().Count());
        Assert.Equal((SweepStatus.Cancelled, 25.0), (after.Status, after.DeviceSeconds));
        Assert.True(after.Active.IsEmpty && after.Waiting.IsEmpty);
    }

    [Theory]
    [InlineData(0, "Sweep 's' has no trial 0: it has 1.")]
    [InlineData(2, "Sweep 's' has no trial 2: it has 1.")]
    [InlineData(1, "Trial 1 of sweep 's' is running: only one that failed or was cancelled can be tried again.")]
    public void Only_a_trial_that_failed_or_was_cancelled_is_tried_again(int trial, string sentence)
    {
        var (answer, _) = After(State(), "retry", trial);

        Assert.Equal((true, sentence), (answer.IsRefused, answer.Sentence));
    }

    [Fact]
    public void A_trial_that_is_tried_again_is_a_run_of_its_own_unless_its_sweep_was_cancelled()
    {
        var failed = State().Apply(new TrialEnded(At, 1, 1, "failed", null, "broke", 0));

        var (answer, after) = After(failed, "retry", 1);
        Assert.Equal((2, "Trial 1 of sweep 's' is tried again, as run s-0001-2."), (after.Trial(1).Attempt, answer.Sentence));

        var (refused, _) = After(failed.Apply(new SweepCancelled(At)), "retry", 1);
        Assert.Equal((true, "Trial 1 of sweep 's' is failed and the sweep was cancelled: only one that failed or was cancelled can be tried again."), (refused.IsRefused, refused.Sentence));
    }

    private static (WishAnswer Answer, SweepState State) After(SweepState state, string wish, int trial = 0)
    {
        var answer = WishAnswer.Of(state, new SweepWish("w", "s", wish, trial), new Dictionary<int, ImmutableSortedDictionary<string, double>> { [1] = Tries(("own/1", 15), ("shared/1", 5)), [2] = Tries(("other/1", 5), ("shared/1", 5)) }, At);
        return (answer, answer.Events.Aggregate(state, (s, e) => s.Apply(e)));
    }

    private static ImmutableSortedDictionary<string, double> Tries(params (string Try, double Seconds)[] all) => all.ToImmutableSortedDictionary(t => t.Try, t => t.Seconds, StringComparer.Ordinal);

    private static SweepState State() => SweepState.Empty.Apply(new SweepStarted(At, "s", Json.Write(SweepPlay.Spec), "1")).Apply(new TrialPlanned(At, 1, ImmutableSortedDictionary<string, string>.Empty));
}
