using Fer.Actors.Hosting;
using Fer.Actors.Storage;
using Fer.Actors.Tests.Journals;

namespace Fer.Process.Tests.Hosts;

/// <summary>Runs that go on from a round of another, on hosts: what they come to is what this machine alone comes to.</summary>
[Collection("hosts")]
public sealed class ForkedRunTests(PostgresServer postgres)
{
    private static readonly string[] Two = ["--set", "loop.rounds=2", "--set", "loop.patience=9", "--set", "gan.steps-per-round=40"];

    [Fact]
    public void A_fork_of_a_run_of_a_lone_host_is_computed_by_it_though_it_is_killed_meanwhile()
    {
        using var lone = new LoneHost();
        var host = lone.Start();
        lone.Submit("first", [.. Two, "--wait"]);

        Assert.Contains("is handed over to the one host that is there", lone.Command(0, "fork", "first@1", "--set", "gan.critic-learning-rate=0.002", "--run-id", "second", "--submit"));
        Wait.Until(() => lone.Events("second").OfType<Fer.Actors.Runs.V1.StepStarted>().Any(), () => "the fork to be under way");
        host.Kill();
        lone.Start();
        Wait.Until(() => lone.Events("second") is [.., Fer.Actors.Runs.V1.RunCompleted], () => "the fork to complete");
        Assert.Contains("all as their hashes say", lone.Command(0, "verify", "second"));
        Assert.Contains("There is a run 'second' already", lone.Command(65, "fork", "first@1", "--run-id", "second", "--submit"));

        // The same here, by this process alone.
        lone.Command(0, "fork", "first@1", "--set", "gan.critic-learning-rate=0.002", "--run-id", "here");
        RunResult.AreEqual(lone.ResultOf("here"), lone.ResultOf("second"), "second");
        Assert.DoesNotContain(lone.Events("second").OfType<Fer.Actors.Runs.V1.StepStarted>(), s => s.Spec.Name == SmallRun.Long);
    }

    [Fact]
    public void A_run_of_this_machine_is_forked_to_the_hosts_of_a_database()
    {
        using var cluster = new TestCluster(postgres, "cluster.lease=3s", "cluster.beat=500ms");
        using var lone = new LoneHost();
        lone.Command(0, ["run", SmallRun.Config, "--run-id", "first", .. SmallRun.Sets, .. Two]);
        var config = Path.Combine(lone.Folder, "hosts.conf");
        File.WriteAllText(config, $"fer {{\n journal {{ provider = postgres }}\n cluster {{ store = \"{cluster.Store}\" }}\n}}\n");
        string[] fork = ["fork", "first@1", "--runs", lone.Folder, "--run-id", "second", "--submit", "--config", config];

        var (code, output, error) = cluster.Command(fork);
        Assert.True(code == 0, error);
        Assert.Contains("No host is there now: it waits", output);
        cluster.Start("a");
        cluster.Patiently(() => cluster.Rows.StatusOf("second")?.Status == "completed" ? "so" : null, "the fork to complete");

        // Without a change it comes to the same.
        RunResult.AreEqual(lone.ResultOf("first"), RunResult.Of(new RunFolder(lone.Folder, "second") { Store = cluster.Store }, cluster.Journal), "second");
    }
}
