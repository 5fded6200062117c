using Fer.Host.Tests.Hosting;
using Fer.Actors.Sweeps;
using Fer.Actors.Sweeps.Search;
using Fer.Actors.Tests.Journals;

namespace Fer.Process.Tests.Hosts;

/// <summary>Sweeps over hosts that are killed: no trial lost, none counted twice, and nobody does anything.</summary>
[Collection("hosts")]
public sealed class SweepTests(PostgresServer postgres)
{
    private static readonly string[] Quick = ["cluster.lease=3s", "cluster.beat=500ms"];
    private static readonly string[] Short = ["gan.steps-per-round=20"];

    private const string Grid = """
        sampler = grid
        parallel = 3
        space { gan.psi = [0.8, 1]
                loop.seed { integer = [3, 5], step = 2 } }
        """;

    [Fact]
    public void Trials_of_a_grid_are_what_they_are_alone_though_the_coordinators_host_and_then_all_hosts_are_killed()
    {
        using var cluster = new TestCluster(postgres, [.. Quick]);
        cluster.Start("a");
        cluster.Start("b");
        var sweep = cluster.SubmitSweep(Grid, Short);
        sweep.Is(s => s.Active.Count >= 2, "under way");

        var first = cluster.Coordinator();
        first.Kill();
        sweep.Is(s => s.Claims.Length > 1 && s.Trials.Any(t => t.IsOver), "taken up by another, a trial over");
        cluster.Other(first.Name).Kill();
        cluster.Start("a");
        cluster.Start("b");

        var state = sweep.CompletesAsIfNothingHadHappened();
        sweep.CountsEveryTryOnce();
        Assert.Equal(4, state.Trials.Count(t => t.Status == TrialStatus.Completed));
        Assert.Contains("is completed: 4 trials are planned, 4 completed", sweep.Do("status"));
    }

    [Fact]
    public void What_tpe_and_halving_choose_while_a_host_is_killed_follows_from_the_journal()
    {
        using var cluster = new TestCluster(postgres, [.. Quick]);
        cluster.Start("a");
        cluster.Start("b");
        var sweep = cluster.SubmitSweep(
            """
            sampler = tpe
            trials = 6
            parallel = 3
            objective = validation.refined.macroF1
            pruner { kind = halving, factor = 2 }
            space { gan.psi { uniform = [0.7, 1] }
                    filter.quantile { uniform = [0, 0.4] } }
            """,
            [.. Short, "loop.rounds=2", "loop.patience=9"]);
        sweep.Is(s => s.Waiting.Count > 0 || s.Trials.Any(t => t.IsOver), "under way");

        cluster.Coordinator().Kill();

        var state = sweep.CompletesAsIfNothingHadHappened();
        sweep.IsDerivedAgainFromItsJournal();
        Assert.Contains(state.Trials, t => t.Status == TrialStatus.Pruned);
        Assert.Equal(TrialStatus.Completed, state.BestTrial!.Status);
    }

    [Fact]
    public void A_sweep_waits_for_hosts_stands_goes_on_tries_a_cancelled_trial_again_and_ends()
    {
        using var cluster = new TestCluster(postgres, [.. Quick]);
        var sweep = cluster.SubmitSweep(Grid, "gan.steps-per-round=60");
        Assert.Contains("no host has taken it up yet", sweep.Do("status"));

        cluster.Start("a");
        sweep.Is(s => s.Active.Count > 1, "under way");
        Assert.Contains("Sweep 'sweep' is paused: its trials save and stand.", sweep.Do("pause"));
        cluster.Patiently(() => sweep.State.Active.All(t => cluster.Rows.StatusOf(SweepState.RunIdOf("sweep", t, 1))?.Status == "paused") ? "all" : null, "all trials to stand");
        Assert.Contains("Sweep 'sweep' goes on.", sweep.Do("resume"));

        var second = sweep.State.Trial(2);
        sweep.Do(second, "cancel");
        sweep.Is(s => s.Trial(2).Status == TrialStatus.Cancelled, "without its second trial");
        Assert.Contains("Trial 2 of sweep 'sweep' is tried again, as run sweep-0002-2.", sweep.Do("retry", "2"));

        var state = sweep.CompletesRetried();
        Assert.Equal((4, 2), (state.Trials.Count(t => t.Status == TrialStatus.Completed), state.Trial(2).Attempt));
        Assert.Contains("Trial 2 of sweep 'sweep' is completed: only one that failed or was cancelled can be tried again.", sweep.Refuses("retry", "2"));
        Assert.Contains("Sweep 'sweep' is over: it is completed.", sweep.Refuses("cancel"));
    }

    [Fact]
    public void A_sweep_that_goes_on_takes_no_room_that_others_have_got_meanwhile()
    {
        using var cluster = new TestCluster(postgres, [.. Quick]);
        cluster.Start("a");
        var first = cluster.SubmitSweepAs("first", Grid, "gan.steps-per-round=60");
        first.Is(s => s.Active.Count == 2, "under way");
        first.Do("pause");
        var second = cluster.SubmitSweepAs("second", Grid.Replace("0.8", "0.7", StringComparison.Ordinal), "gan.steps-per-round=60");
        second.Is(s => s.Active.Count > 1, "in its place");

        first.Do("resume");

        var (one, other) = (first.CompletesAsIfNothingHadHappened(), second.CompletesAsIfNothingHadHappened());
        Assert.Equal((4, 4), (one.Trials.Count(t => t.Status == TrialStatus.Completed), other.Trials.Count(t => t.Status == TrialStatus.Completed)));

        // Two trials for the one slot; the clock of both journals is the one coordinator's.
        const int Room = 2;
        var (a, b) = (SweepState.Empty, SweepState.Empty);
        foreach (var (e, isFirst) in first.Events.Select(e => (e, true)).Concat(second.Events.Select(e => (e, false))).OrderBy(e => e.e.At))
        {
            (a, b) = isFirst ? (a.Apply(e), b) : (a, b.Apply(e));
            Assert.True(a.Running + b.Running <= Room, $"{a.Running} and {b.Running} trials at {e.At:O}, room for {Room}");
        }
    }

    [Fact]
    public void A_sweep_that_this_version_cannot_take_up_and_one_whose_trials_cannot_be_made_end_nothing_else()
    {
        using var cluster = new TestCluster(postgres, [.. Quick]);
        cluster.Start("a").Says("a coordinates");

        Put(cluster, "newer", "dreams");
        Put(cluster, "empty", "random");
        cluster.Submit();

        cluster.CompletesAsIfNothingHadHappened();
        cluster.Patiently(() => cluster.Rows.SweepOf("empty")?.Status == "completed" ? "so" : null, "the sweep without faces to end");
        Assert.Contains("this version cannot take it up: fer.sweep.sampler is 'dreams'", cluster.Rows.SweepOf("newer")!.Value.Reason);
        Assert.Equal(1, cluster.Rows.Claims("empty"));
    }

    [Fact]
    public async Task A_webhook_is_told_at_least_once_though_the_coordinator_dies_before_anybody_has_taken_it()
    {
        using var cluster = new TestCluster(postgres, [.. Quick]);
        using var receiver = new Receiver();
        cluster.Start("a");
        cluster.Start("b");
        Put(cluster, "empty", "random", receiver.Address);

        // Refused at first, then heard by somebody who never says so: then its coordinator dies.
        Assert.Equal("empty/1", (string)(await receiver.NextAsync(503))["id"]!);
        Assert.Equal("empty/1", (string)(await receiver.NextAsync(null))["id"]!);
        cluster.Patiently(() => cluster.Rows.SweepOf("empty")?.Status == "completed" ? "so" : null, "the sweep to be over");
        cluster.Coordinator().Kill();

        var bodies = new[] { await receiver.NextAsync(200), await receiver.NextAsync(200), await receiver.NextAsync(200) };
        Assert.Equal([("empty/1", "failed"), ("empty/2", "failed"), ("empty/3", "done")], bodies.Select(b => ((string)b["id"]!, (string)b["what"]!)));
        cluster.Patiently(() => cluster.Rows.Told("empty") == 3 ? "all" : null, "all of it to be journalled as told");
    }

    // As another version, or another program, might have handed it over.
    private static void Put(TestCluster cluster, string id, string sampler, string webhook = "") => cluster.Rows.Execute(
        $$$"""
        insert into fer.sweep (id, spec, status, summary, submitted, submitter)
        values ('{{{id}}}', '{"Base":"","Space":{"Axes":[{"$type":"choice","Key":"gan.psi","When":{},"Values":["1"]}]},"Sampler":"{{{sampler}}}","Trials":2,"Objective":"validation.delta","Webhook":"{{{webhook}}}","Data":{}}', 'queued', '{}', clock_timestamp(), 'somebody')
        """);

    [Fact]
    public void A_cancelled_sweep_ends_its_trials_and_what_they_still_report_counts_for_nothing()
    {
        using var cluster = new TestCluster(postgres, [.. Quick]);
        cluster.Start("a");
        var sweep = cluster.SubmitSweep(Grid);
        sweep.Is(s => s.Active.Count > 1, "under way");

        Assert.Contains("Sweep 'sweep' is cancelled.", sweep.Do("cancel"));

        var state = sweep.State;
        Assert.Equal(SweepStatus.Cancelled, state.Status);
        Assert.All(state.Trials, t => Assert.Equal(TrialStatus.Cancelled, t.Status));
        cluster.Patiently(() => state.Trials.All(t => cluster.Rows.StatusOf(state.RunIdOf(t))?.Status == "cancelled") ? "all" : null, "all runs to be cancelled");
        Assert.Equal(state.LastEventAt, sweep.State.LastEventAt);
    }
}
