using System.Collections.Immutable;
using Fer.Actors.Runs;
using Fer.Actors.Runs.V1;
using Fer.Actors.Storage;
using Fer.Actors.Sweeps;
using Fer.Actors.Sweeps.V1;
using Fer.Models.Training;

namespace Fer.Actors.Tests.Sweeps;

/// <summary>Trials that wait for the same step at once: their device time together is what slots were busy for.</summary>
public sealed class DeviceTimeTests
{
    private static readonly DateTimeOffset At = DateTimeOffset.UnixEpoch;
    private static readonly ImmutableSortedDictionary<string, string> None = ImmutableSortedDictionary<string, string>.Empty;

    [Fact]
    public void A_step_that_two_trials_wait_for_at_once_counts_once_for_the_first_of_them_that_ends()
    {
        var (one, other) = (Run(("shared", 1, 0, 60), ("own-1", 1, 60, 100)), Run(("shared", 1, 0, 60), ("own-2", 1, 60, 70)));

        var state = Ends(Ends(State(), 2, other), 1, one);

        Assert.Equal([40.0, 70.0], state.Trials.Select(t => t.DeviceSeconds));
        Assert.Equal(110, state.DeviceSeconds);
    }

    [Fact]
    public void One_that_waited_for_a_part_of_it_alone_leaves_the_rest_to_the_other()
    {
        var (all, late) = (Run(("shared", 3, 0, 60)), Run(("shared", 3, 50, 60)));

        Assert.Equal(60, Ends(Ends(State(), 2, late), 1, all).DeviceSeconds);
        Assert.Equal(60, Ends(Ends(State(), 1, all), 2, late).DeviceSeconds);
    }

    [Fact]
    public void Another_try_at_the_same_step_was_work_of_its_own() =>
        Assert.Equal(80, Ends(Ends(State(), 1, Run(("shared", 1, 0, 60))), 2, Run(("shared", 2, 0, 20))).DeviceSeconds);

    [Fact]
    public void The_limit_on_device_hours_counts_what_two_trials_share_once()
    {
        var play = new SweepPlay(SweepPlay.Spec with { Parallel = 2, DeviceHours = 1.5 });
        play.Decide(room: 2);
        foreach (var trial in new[] { 1, 2 })
        {
            foreach (var e in Ending(play.State, trial, Run(("shared", 1, 0, 3600))))
            {
                play.Happens(e);
            }
        }

        play.Decide(room: 2);

        Assert.Equal((3600, "", 4), (play.State.DeviceSeconds, play.State.Filled, play.State.Trials.Count));
    }

    private static SweepState Ends(SweepState state, int trial, RunState run) => Ending(state, trial, run).Aggregate(state, (s, e) => s.Apply(e));

    private static ImmutableArray<ISweepEvent> Ending(SweepState state, int trial, RunState run)
    {
        var over = TrialOutcome.Of(trial, 1, RunRowStatus.Failed, "", run, "figure");
        return DeviceTime.Of(state, trial, over.Tries, At, seconds => new TrialEnded(At, trial, 1, over.Status, over.Value, "", seconds));
    }

    private static RunState Run(params (string Hash, int Try, int From, int To)[] steps) => steps.Aggregate(RunState.Empty, (state, s) => state
        .Apply(new StepStarted(At.AddSeconds(s.From), new StepSpec(s.Hash, "gan", 1, None, "{}", 0), s.Hash, "a/cpu:0", s.Try, 0))
        .Apply(new StepCompleted(At.AddSeconds(s.To), s.Hash, None, DeviceTime.None)));

    private static SweepState State() => new[] { 1, 2 }.Aggregate(SweepState.Empty.Apply(new SweepStarted(At, "s", Json.Write(SweepPlay.Spec), "1")), (s, n) => s.Apply(new TrialPlanned(At, n, None)));
}
