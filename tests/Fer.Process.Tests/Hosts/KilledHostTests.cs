using Fer.Actors.Runs;
using Fer.Actors.Runs.V1;
using Fer.Actors.Tests.Journals;

namespace Fer.Process.Tests.Hosts;

/// <summary>kill -9 of whatever a run needs: it goes on elsewhere, nobody does anything, and nothing is done twice.</summary>
[Collection("hosts")]
public sealed class KilledHostTests(PostgresServer postgres)
{
    private static readonly string[] Quick = ["cluster.lease=3s", "cluster.beat=500ms"];

    [Theory]
    [InlineData("killed")]
    [InlineData("crashes in native code")]
    public void A_worker_process_that_is_gone_is_started_again_and_its_step_goes_on_from_what_was_saved(string how)
    {
        using var cluster = new TestCluster(postgres, [.. Quick, "workers=process"]);
        var a = cluster.Start("a");
        cluster.Submit();
        cluster.InTheMiddle();

        if (how == "killed")
        {
            a.KillWorker();
        }
        else
        {
            a.CrashWorker();
        }

        cluster.CompletesAsIfNothingHadHappened();
        Assert.Equal("worker-lost", Assert.Single(cluster.Events.OfType<StepFailed>()).Fault);
        Assert.True(LastStart(cluster).From > 0);
    }

    [Fact]
    public void A_worker_whose_compute_thread_alone_hangs_is_ended_by_its_host_and_its_step_goes_on()
    {
        using var cluster = new TestCluster(postgres, [.. Quick, "workers=process", "stall-timeout=3s"]);
        var a = cluster.Start("a");
        cluster.Submit();
        var step = cluster.InTheMiddle();

        using var held = HeldThread.Named(a.Worker(), "slot-cpu-0_1", "libtorch_cpu.so");
        Assert.NotNull(held);
        cluster.TakenAfter(step);

        cluster.CompletesAsIfNothingHadHappened();
        Assert.Equal("worker-lost", Assert.Single(cluster.Events.OfType<StepFailed>()).Fault);
        Assert.True(LastStart(cluster).From > 0);
    }

    [Fact]
    public void The_step_of_a_host_that_is_killed_goes_on_at_another_from_what_was_saved()
    {
        using var cluster = new TestCluster(postgres, [.. Quick]);
        cluster.Start("a").Says("a coordinates");
        cluster.Start("b").Says("b is there");
        cluster.Submit();
        var step = cluster.InTheMiddle();

        cluster.Host(step.Host).Kill();

        Assert.NotEqual(step.Host, cluster.TakenAfter(step).Host);
        cluster.CompletesAsIfNothingHadHappened();
        Assert.InRange(Folded(cluster).StepsPassedOn, 1, 2);
        Assert.True(LastStart(cluster).From > 0);
    }

    [Fact]
    public void A_coordinators_host_that_is_killed_disturbs_no_step_that_another_computes()
    {
        using var cluster = new TestCluster(postgres, [.. Quick]);
        var a = cluster.Start("a");
        a.Says("a coordinates");
        a.Drain(cluster);
        var b = cluster.Start("b");
        cluster.Submit();
        var step = cluster.InTheMiddle();
        Assert.Equal("b", step.Host);

        a.Kill();

        b.Says("b coordinates");
        cluster.CompletesAsIfNothingHadHappened();
        Assert.Equal(1, cluster.Rows.Find(step.Hash)!.Token);
        Assert.Equal(2, cluster.Events.OfType<Claimed>().Select(c => c.Number).Distinct().Count());
        Assert.Equal((1, 0), (Folded(cluster).Restarts, Folded(cluster).StepsPassedOn));
    }

    [Fact]
    public void All_hosts_killed_at_once_go_on_when_they_are_started_again()
    {
        using var cluster = new TestCluster(postgres, [.. Quick]);
        HostProcess[] all = [cluster.Start("a"), cluster.Start("b")];
        cluster.Submit();
        cluster.InTheMiddle();

        Array.ForEach(all, h => h.Kill());
        cluster.Start("a");
        cluster.Start("b");

        cluster.CompletesAsIfNothingHadHappened();
        Assert.True(LastStart(cluster).From > 0);
    }

    private static RunState Folded(TestCluster cluster) => cluster.Events.Aggregate(RunState.Empty, (state, e) => state.Apply(e));

    private static StepStarted LastStart(TestCluster cluster) => cluster.Events.OfType<StepStarted>().Last(s => s.Spec.Name == SmallRun.Long);
}
