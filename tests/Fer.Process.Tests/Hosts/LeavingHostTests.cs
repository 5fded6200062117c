using System.Text.Json.Nodes;
using Fer.Actors.Runs.V1;
using Fer.Actors.Tests.Journals;

namespace Fer.Process.Tests.Hosts;

/// <summary>Hosts that go, or rest, because they were told to. The lease here is so long that nothing could wait for it.</summary>
[Collection("hosts")]
public sealed class LeavingHostTests(PostgresServer postgres)
{
    private const string Long = "cluster.lease=10m";

    [Fact]
    public void A_host_that_gets_SIGTERM_saves_its_step_gives_it_to_another_at_once_and_ends_with_0()
    {
        using var cluster = new TestCluster(postgres, Long);
        cluster.Start("a").Says("a coordinates");
        cluster.Start("b").Says("b is there");
        cluster.Submit();
        var step = cluster.InTheMiddle();
        var leaver = cluster.Host(step.Host);

        leaver.Terminate();

        Assert.Equal(0, leaver.ExitCode());
        leaver.Says("has left");
        cluster.CompletesAsIfNothingHadHappened();
        var starts = cluster.Events.OfType<StepStarted>().Where(s => s.Spec.Name == SmallRun.Long).ToList();
        Assert.Equal(2, starts.Count);
        Assert.NotEqual(starts[0].Device, starts[1].Device);
        Assert.True(starts[1].From > 0);
        Assert.DoesNotContain(cluster.Events, e => e is StepFailed);
    }

    [Fact]
    public void A_drained_host_gives_its_step_back_saved_and_takes_steps_again_when_it_is_uncordoned()
    {
        using var cluster = new TestCluster(postgres, Long);
        var a = cluster.Start("a");
        a.Says("a coordinates");
        cluster.Submit();
        var step = cluster.InTheMiddle();

        a.Drain(cluster);
        Assert.Equal("draining", StateOf(cluster, "a"));
        Wait.Until(() => cluster.Rows.StateOf(step.Hash) == "Open", () => $"the step to be given back:\n{cluster.Story}");
        var drained = a.Now;
        var (code, output, error) = cluster.Command(["host", "uncordon", "a", .. cluster.Cluster]);

        Assert.True(code == 0, error);
        Assert.Contains("Host 'a' takes steps again.", output);
        a.Says("a takes steps again", drained);
        a.Says($"a cpu:0 takes {SmallRun.Long}", drained);
        Assert.Equal("there", StateOf(cluster, "a"));
        cluster.CompletesAsIfNothingHadHappened();
        Assert.True(cluster.Events.OfType<StepStarted>().Last(s => s.Spec.Name == SmallRun.Long).From > 0);
    }

    private static string StateOf(TestCluster cluster, string host)
    {
        var (code, output, error) = cluster.Command(["hosts", "--json", .. cluster.Cluster]);
        Assert.True(code == 0, error);
        return Assert.Single(JsonNode.Parse(output)!.AsArray(), s => (string?)s!["host"] == host)!["state"]!.GetValue<string>();
    }
}
