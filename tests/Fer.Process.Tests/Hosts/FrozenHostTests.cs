using Fer.Actors.Runs.V1;
using Fer.Actors.Tests.Journals;

namespace Fer.Process.Tests.Hosts;

/// <summary>A host that stands still past its lease and then goes on, believing that its step is its own.</summary>
[Collection("hosts")]
public sealed class FrozenHostTests(PostgresServer postgres)
{
    private static readonly string[] Quick = ["cluster.lease=2s", "cluster.beat=500ms"];

    [Fact]
    public void Nothing_of_a_frozen_owner_is_accepted_once_another_has_its_step_and_it_works_on_when_it_wakes()
    {
        using var cluster = new TestCluster(postgres, [.. Quick]);
        cluster.Start("a").Says("a coordinates");
        cluster.Start("b").Says("b is there");
        cluster.Submit();
        var step = cluster.InTheMiddle();
        var frozen = cluster.Host(step.Host);

        frozen.Stop();
        var taken = cluster.TakenAfter(step);
        var slept = frozen.Now;
        frozen.Continue();

        frozen.Says($"{SmallRun.Long} on cpu:0 is another's by now: it is dropped here", slept);
        frozen.Says($"{frozen.Name} cpu:0 takes", slept);
        cluster.CompletesAsIfNothingHadHappened();
        Assert.Empty(cluster.Rows.TakenFrom(frozen.Name, taken));
        Assert.Equal(taken.Host, cluster.Rows.DoneBy(step.Hash));
        Assert.Equal([$"{frozen.Name}/cpu:0", $"{taken.Host}/cpu:0"], cluster.Events.OfType<StepStarted>().Where(s => s.Spec.Name == SmallRun.Long).Select(s => s.Device));
    }

    [Fact]
    public void A_coordinator_that_was_frozen_past_its_seat_decides_nothing_when_it_wakes()
    {
        using var cluster = new TestCluster(postgres, [.. Quick]);
        var a = cluster.Start("a");
        a.Says("a coordinates");
        var b = cluster.Start("b");
        b.Says("b is there");
        cluster.Submit();
        cluster.InTheMiddle();

        a.Stop();
        b.Says("b coordinates");
        Wait.Until(() => cluster.Events.OfType<Claimed>().Last().ProcessId == b.Id, () => $"the run to be claimed by b:\n{cluster.Story}");
        a.Continue();

        a.Says("a no longer coordinates");
        cluster.CompletesAsIfNothingHadHappened();
        Assert.Equal([a.Id, b.Id], cluster.Events.OfType<Claimed>().Select(c => c.ProcessId).Distinct());
    }

    [Fact]
    public void A_run_that_was_cancelled_stays_so_whatever_its_slot_reports_afterwards()
    {
        using var cluster = new TestCluster(postgres, [.. Quick]);
        var a = cluster.Start("a");
        a.Says("a coordinates");
        a.Drain(cluster);
        cluster.Start("b").Says("b is there");
        cluster.Submit();
        var step = cluster.InTheMiddle();
        var b = cluster.Host("b");

        b.Stop();
        cluster.OfRun("cancel");
        cluster.Is("cancelled");
        var events = cluster.Events.Count;
        b.Continue();

        // The step is given back, or its lease has run out and nobody takes what nobody wants.
        Wait.Until(() => cluster.Rows.StateOf(step.Hash) != "Running", () => $"b to let go of what nobody wants:\n{cluster.Story}");
        Assert.IsType<RunCancelled>(cluster.Events[^1]);
        Assert.Equal(events, cluster.Events.Count);
        cluster.Is("cancelled");
    }
}
