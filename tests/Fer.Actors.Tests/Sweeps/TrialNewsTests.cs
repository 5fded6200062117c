using System.Collections.Immutable;
using Fer.Actors.Storage;
using Fer.Actors.Sweeps;
using Fer.Actors.Sweeps.Search;
using Fer.Actors.Sweeps.V1;

namespace Fer.Actors.Tests.Sweeps;

/// <summary>What a sweep makes of words about its trials' runs, which may come late or twice.</summary>
public sealed class TrialNewsTests
{
    private static readonly DateTimeOffset At = DateTimeOffset.UnixEpoch;

    [Fact]
    public void A_trial_that_comes_on_reports_each_rung_once()
    {
        var moved = new TrialMoved(1, 1, [new RungValue(1, 0.5), new RungValue(2, 0.6)], DeviceTime.None);

        var state = After(State(), TrialNews.Of(State(), moved, At));

        Assert.Equal([1, 2], state.Trial(1).Reports.Select(r => r.Rung));
        Assert.Empty(TrialNews.Of(state, moved, At)!.Value);
        Assert.Equal([3], After(state, TrialNews.Of(state, moved with { Reports = moved.Reports.Add(new RungValue(3, 0.7)) }, At)).Trial(1).Reports.Skip(2).Select(r => r.Rung));
    }

    [Theory]
    [InlineData("failed", 0.5, true, TrialStatus.Failed)]
    [InlineData("completed", 0.5, false, TrialStatus.Completed)]
    [InlineData("cancelled", null, false, TrialStatus.Cancelled)]
    public void A_trial_ends_as_its_run_did(string status, double? value, bool isFinal, TrialStatus ends)
    {
        var state = After(State(), TrialNews.Of(State(), Over(status) with { Value = value, IsFinal = isFinal, Steps = 7, Reused = 3 }, At));

        Assert.Equal((ends, value, 7, 3, 20.0), (state.Trial(1).Status, state.Trial(1).Value, state.Trial(1).Steps, state.Trial(1).Reused, state.DeviceSeconds));
    }

    [Fact]
    public void A_trial_that_failed_is_tried_again_as_often_as_the_sweep_says_and_its_time_counts()
    {
        var state = State();
        for (var attempt = 1; attempt <= SweepPlay.Spec.Retries; attempt++)
        {
            state = After(state, TrialNews.Of(state, Over("failed") with { Attempt = attempt, Tries = Tries(attempt) }, At));
            Assert.Equal((TrialStatus.Running, attempt + 1, 20.0 * attempt), (state.Trial(1).Status, state.Trial(1).Attempt, state.DeviceSeconds));
        }

        state = After(state, TrialNews.Of(state, Over("failed") with { Attempt = SweepPlay.Spec.Retries + 1 }, At));
        Assert.Equal(TrialStatus.Failed, state.Trial(1).Status);
    }

    [Theory]
    [InlineData("cancelled", TrialStatus.Pruned)]
    [InlineData("failed", TrialStatus.Pruned)]
    [InlineData("completed", TrialStatus.Completed)]
    public void One_that_others_were_better_than_is_pruned_unless_it_was_quicker(string status, TrialStatus ends)
    {
        var doomed = State().Apply(new TrialReported(At, 1, 1, 0)).Apply(new TrialJudged(At, 1, 1, "stop"));

        var state = After(doomed, TrialNews.Of(doomed, Over(status) with { Value = 0.5 }, At));

        Assert.Equal((ends, ends == TrialStatus.Pruned ? null : 0.5), (state.Trial(1).Status, state.Trial(1).Value));
    }

    [Fact]
    public void Words_of_a_try_that_counts_no_more_are_nothing()
    {
        var again = After(State(), TrialNews.Of(State(), Over("failed"), At));
        Assert.Null(TrialNews.Of(again, Over("failed"), At));
        Assert.Null(TrialNews.Of(again, new TrialMoved(1, 1, [new RungValue(1, 0.5)], DeviceTime.None), At));

        var over = After(State(), TrialNews.Of(State(), Over("completed"), At));
        Assert.Null(TrialNews.Of(over, Over("completed"), At));
        Assert.Null(TrialNews.Of(over, new TrialMoved(1, 1, [], DeviceTime.None), At));

        var doomed = State().Apply(new TrialJudged(At, 1, 1, "stop"));
        Assert.Null(TrialNews.Of(doomed, new TrialMoved(1, 1, [new RungValue(2, 0.5)], DeviceTime.None), At));
        Assert.Null(TrialNews.Of(State(), Over("completed") with { Trial = 2 }, At));
    }

    private static TrialOver Over(string status) => new(1, 1, status, null, "", Tries(1));

    private static ImmutableSortedDictionary<string, double> Tries(int number) => ImmutableSortedDictionary.Create<string, double>(StringComparer.Ordinal).Add(FormattableString.Invariant($"step/{number}"), 20);

    private static SweepState After(SweepState state, ImmutableArray<ISweepEvent>? events) => events!.Value.Aggregate(state, (s, e) => s.Apply(e));

    private static SweepState State() => SweepState.Empty.Apply(new SweepStarted(At, "s", Json.Write(SweepPlay.Spec), "1")).Apply(new TrialPlanned(At, 1, ImmutableSortedDictionary<string, string>.Empty));
}
