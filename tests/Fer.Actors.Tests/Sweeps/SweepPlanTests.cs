using Fer.Actors.Sweeps;
using Fer.Actors.Sweeps.Search;
using Fer.Actors.Sweeps.V1;
using FsCheck.Xunit;

namespace Fer.Actors.Tests.Sweeps;

public sealed class SweepPlanTests
{
    private static readonly string[] SamplerNames = ["grid", "random", "sobol", "tpe"];
    private static readonly string[] PrunerNames = ["none", "median", "halving"];
    private static readonly DateTimeOffset At = DateTimeOffset.UnixEpoch;

    [Property(MaxTest = 200)]
    public void Every_choice_is_derived_again_exactly_from_the_journal_up_to_it(int seed)
    {
        var play = Random(seed, out var rungs);

        play.ToTheEnd(seed, rungs, failures: 0.05);

        foreach (var (known, room, decided) in play.Decisions)
        {
            var then = play.Journal.Take(known).Aggregate(SweepState.Empty, (s, e) => s.Apply(e));
            Assert.Equal(decided.Select(Text), play.WouldDecide(then, room).Select(Text));
        }
    }

    [Property(MaxTest = 200)]
    public void Whatever_the_order_a_sweep_ends_with_every_trial_over_and_the_best_of_those_that_completed(int seed)
    {
        var play = Random(seed, out var rungs);

        var state = play.ToTheEnd(seed, rungs, failures: seed % 2 == 0 ? 0 : 0.1);

        Assert.Equal(SweepStatus.Completed, state.Status);
        Assert.Equal(12, state.Trials.Count);
        Assert.All(state.Trials, t => Assert.True(t.IsOver));
        var completed = state.Trials.Where(t => t.Status == TrialStatus.Completed).ToList();
        Assert.Equal(completed.Count == 0 ? null : state.Spec!.Minimize ? completed.Min(t => t.Value) : completed.Max(t => t.Value), state.BestTrial?.Value);
        Assert.Single(play.Journal.OfType<SweepCompleted>());
        Assert.Equal(12, play.Journal.OfType<TrialEnded>().Count());
    }

    [Fact]
    public void Never_more_trials_run_than_the_sweep_and_the_room_allow()
    {
        var play = new SweepPlay(SweepPlay.Spec with { Parallel = 3 });

        play.Decide(room: 2);
        Assert.Equal(2, play.State.Active.Count);
        play.Decide(room: 9);
        Assert.Equal(3, play.State.Active.Count);
    }

    [Fact]
    public void A_grid_that_is_planned_whole_ends_though_it_has_no_room_left()
    {
        var play = new SweepPlay(SweepPlay.Spec with { Sampler = "grid", Trials = null, Parallel = 12 });
        play.Decide(room: 12);
        foreach (var trial in play.State.Trials)
        {
            play.Happens(new TrialEnded(At, trial.Number, 1, "completed", 0, "", 1));
        }

        play.Decide(room: 0);

        Assert.Equal(SweepStatus.Completed, play.State.Status);
    }

    [Fact]
    public void Room_is_a_limit_and_not_a_gift_each_time()
    {
        var play = new SweepPlay(SweepPlay.Spec with { Parallel = 9 });

        play.Decide(room: 2);
        play.Decide(room: 2);

        Assert.Equal(2, play.State.Active.Count);
    }

    [Fact]
    public void A_trial_that_waits_gives_its_place_to_another()
    {
        var play = new SweepPlay(SweepPlay.Spec with { Parallel = 1, Pruner = new PrunerSpec("halving") });
        play.Decide(room: 9);

        play.Happens(new TrialReported(At, 1, 1, 0.5));
        play.Decide(room: 9);

        Assert.Equal([1], play.State.Waiting);
        Assert.Equal([2], play.State.Active);
    }

    [Fact]
    public void A_sweep_that_stands_begins_nothing_and_lets_nobody_on()
    {
        var play = new SweepPlay(SweepPlay.Spec with { Parallel = 3, Pruner = new PrunerSpec("halving") { Factor = 2 } });
        play.Decide(room: 9);
        play.Happens(new TrialReported(At, 1, 1, 0.1));
        play.Decide(room: 0);
        play.Happens(new SweepPaused(At, "asked for"));
        play.Happens(new TrialReported(At, 2, 1, 0));
        play.Decide(room: 9);

        Assert.Equal([1, 2], play.State.Waiting);
        Assert.Equal(3, play.State.Trials.Count);

        play.Happens(new SweepResumed(At) { OneByOne = true });
        play.Decide(room: 2);
        Assert.Equal([2], play.State.Waiting);
    }

    [Fact]
    public void A_sweep_that_goes_on_lets_its_trials_on_as_there_is_room_for_them_and_begins_others_after_that()
    {
        var play = new SweepPlay(SweepPlay.Spec with { Parallel = 3 });
        play.Decide(room: 3);
        play.Happens(new SweepPaused(At, "asked for"));
        Assert.Equal((0, 3), (play.State.Running, play.State.Active.Count));

        play.Happens(new SweepResumed(At) { OneByOne = true });
        play.Decide(room: 0);
        Assert.Equal([1, 2, 3], play.State.Standing);
        play.Decide(room: 1);
        Assert.Equal([2, 3], play.State.Standing);

        play.Happens(new TrialEnded(At, 1, 1, "completed", 0, "", 1));
        play.Decide(room: 3);
        Assert.Equal([2, 3, 4], play.State.Active);
        Assert.Empty(play.State.Standing);
    }

    [Fact]
    public void A_trial_that_a_person_has_tried_again_and_one_that_waited_begin_when_there_is_room()
    {
        var play = new SweepPlay(SweepPlay.Spec with { Trials = 3, Parallel = 3, Pruner = new PrunerSpec("halving") { Factor = 2 } });
        play.Decide(room: 3);
        play.Happens(new TrialEnded(At, 3, 1, "failed", null, "broke", 1));
        play.Happens(new TrialRetried(At, 3, 2, "user", "asked for", 0));
        play.Happens(new TrialReported(At, 1, 1, 1));
        play.Decide(room: 1);
        Assert.Equal([1], play.State.Waiting);
        Assert.Equal([3], play.State.Standing);

        // Of two at its rung it is the best now.
        play.Happens(new TrialReported(At, 2, 1, 0));
        play.Decide(room: 0);
        Assert.Equal([1, 2], play.State.Waiting);
        Assert.Equal((0, 2), (play.State.Running, play.Wants));

        play.Decide(room: 1);
        Assert.Equal(1, play.State.Running);
        play.Decide(room: 3);
        Assert.Equal([2], play.State.Waiting);
        Assert.Equal(2, play.State.Running);
    }

    [Fact]
    public void A_trial_that_fails_after_it_gave_its_place_away_is_tried_again_when_there_is_room()
    {
        var play = new SweepPlay(SweepPlay.Spec with { Parallel = 2, Pruner = new PrunerSpec("halving") { Factor = 2 } });
        play.Decide(room: 2);
        play.Happens(new TrialReported(At, 1, 1, 1));
        play.Decide(room: 2);
        Assert.Equal([2, 3], play.State.Active);

        // Its run was still saving.
        play.Happens(new TrialRetried(At, 1, 2, "policy", "worker-lost", 0));
        play.Decide(room: 2);
        Assert.Equal(2, play.State.Running);
        Assert.Equal([1], play.State.Standing);

        play.Happens(new TrialEnded(At, 2, 1, "completed", 0, "", 1));
        play.Decide(room: 2);
        Assert.Equal([1, 3], play.State.Active);
        Assert.Empty(play.State.Standing);
    }

    [Property(MaxTest = 200)]
    public void Whatever_happens_trials_begin_only_while_there_is_room_though_the_sweep_stands_now_and_then(int seed)
    {
        var play = Random(seed, out var rungs);

        play.ToTheEnd(seed, rungs, failures: 0.05, pauses: 0.2);

        Assert.All(play.Decisions, d =>
        {
            var before = play.Journal.Take(d.Known).Aggregate(SweepState.Empty, (s, e) => s.Apply(e));
            var after = d.Decided.Aggregate(before, (s, e) => s.Apply(e));
            Assert.True(after.Running <= Math.Max(before.Running, Math.Min(d.Room, before.Spec!.Parallel)), $"{before.Running} → {after.Running}, room for {d.Room}");
        });
        Assert.Equal((12, 0), (play.State.Trials.Count(t => t.IsOver), play.State.Standing.Count));
    }

    [Fact]
    public void No_trial_is_begun_once_slots_were_busy_for_as_long_as_is_allowed()
    {
        var play = new SweepPlay(SweepPlay.Spec with { Parallel = 1, DeviceHours = 1 });
        play.Decide(room: 1);

        play.Happens(new TrialEnded(At, 1, 1, "completed", 0, "", 3600));
        play.Decide(room: 9);

        Assert.Equal("device-hours", play.State.Filled);
        Assert.Single(play.State.Trials);
        Assert.Equal(SweepStatus.Completed, play.State.Status);
    }

    [Fact]
    public void A_grid_ends_when_every_point_has_been_tried()
    {
        var play = new SweepPlay(SweepPlay.Spec with { Sampler = "grid", Trials = null });

        var state = play.ToTheEnd(1, rungs: 1);

        Assert.Equal("exhausted", state.Filled);
        Assert.Equal(12, state.Trials.Select(t => string.Join(' ', t.Values)).Distinct().Count());
    }

    [Fact]
    public void Where_small_is_good_the_smallest_is_best_and_pruners_know_it()
    {
        var play = new SweepPlay(SweepPlay.Spec with { Minimize = true, Trials = 2, Parallel = 2, Pruner = new PrunerSpec("halving") { Factor = 2 } });
        play.Decide(room: 2);
        play.Happens(new TrialReported(At, 1, 1, 5));
        play.Happens(new TrialReported(At, 2, 1, 3));

        play.Decide(room: 0);
        Assert.Equal([2], play.State.Active);

        play.Happens(new TrialEnded(At, 2, 1, "completed", 3, "", 1));
        play.Decide(room: 0);
        Assert.True(play.State.Trial(1).Doomed);
        Assert.Equal(2, play.State.Best);
    }

    [Fact]
    public void A_trial_that_is_tried_again_is_a_run_of_its_own_and_opens_a_sweep_that_was_done()
    {
        var play = new SweepPlay(SweepPlay.Spec with { Trials = 1 });
        play.Decide(room: 1);
        play.Happens(new TrialEnded(At, 1, 1, "failed", null, "broke", 1));
        play.Decide(room: 1);
        Assert.Equal(SweepStatus.Completed, play.State.Status);

        play.Happens(new TrialRetried(At, 1, 2, "user", "asked for", 0));

        Assert.Equal(SweepStatus.Running, play.State.Status);
        Assert.Equal("sweep-0001-2", play.State.RunIdOf(play.State.Trial(1)));
        play.Happens(new TrialEnded(At, 1, 2, "completed", 1, "", 1));
        play.Decide(room: 1);
        Assert.Equal((SweepStatus.Completed, 1), (play.State.Status, play.State.Best));
    }

    private static SweepPlay Random(int seed, out int rungs)
    {
        var random = new Random(seed);
        rungs = random.Next(1, 8);
        return new SweepPlay(SweepPlay.Spec with
        {
            Sampler = SamplerNames[random.Next(4)], Pruner = new PrunerSpec(PrunerNames[random.Next(3)]) { Factor = random.Next(2, 4), FirstRung = random.Next(1, 3), StartUpTrials = random.Next(1, 4) },
            Parallel = random.Next(1, 5), Seed = seed, Minimize = random.Next(2) == 0,
        });
    }

    private static string Text(ISweepEvent e) => Fer.Actors.Storage.Json.Write<object>(e);
}
