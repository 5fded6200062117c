using Fer.Actors.Sweeps;
using Fer.Actors.Tests.Journals;

namespace Fer.Process.Tests.Hosts;

/// <summary>What cannot work is said in one sentence, and disturbs nobody who works.</summary>
[Collection("hosts")]
public sealed class RefusedTests(PostgresServer postgres)
{
    private const int BadInput = 65;
    private const int Faulted = 74;

    [Fact]
    public void A_run_that_is_handed_over_while_no_host_is_up_waits_in_the_database()
    {
        using var cluster = new TestCluster(postgres);

        Assert.Contains("No host is there now: it waits in the database until one is.", cluster.Submit());
        Assert.Contains("There are no hosts", cluster.Command(["hosts", .. cluster.Cluster]).Output);
        cluster.Start("a");

        cluster.CompletesAsIfNothingHadHappened();
    }

    [Fact]
    public void A_host_with_the_name_of_one_that_speaks_is_refused_and_the_first_works_on()
    {
        using var cluster = new TestCluster(postgres, "cluster.lease=2s", "cluster.beat=500ms");
        var first = cluster.Start("a");
        first.Says("a coordinates");

        var second = cluster.Start("a");

        Assert.Equal(BadInput, second.ExitCode());
        Assert.Equal("A host named 'a' is there already and speaks: give this one another name with fer.cluster.name.", second.Said);
        Assert.True(first.IsRunning);
    }

    [Fact]
    public void A_database_of_a_newer_program_is_refused_by_hosts_and_by_who_hands_over()
    {
        using var cluster = new TestCluster(postgres);
        cluster.Rows.Execute($"update fer.schema set version = {ClusterDatabase.SchemaVersion + 1}");
        var sentence = $"The database's tables are of version {ClusterDatabase.SchemaVersion + 1}, this program writes version {ClusterDatabase.SchemaVersion}: upgrade this host.";

        var host = cluster.Start("a");
        var (code, _, error) = cluster.Command(["submit", SmallRun.Config, "--run-id", "x", "--runs", Path.Combine(cluster.Store, "runs"), .. cluster.Cluster]);

        Assert.Equal((BadInput, sentence), (host.ExitCode(), host.Said));
        Assert.Equal((BadInput, sentence), (code, error.Trim()));
    }

    [Theory]
    [InlineData("cluster.store=\"\"", "fer.cluster.store is empty: expected a folder that every host can read and write, or fer.cluster.artifacts = own, where each host has its own.")]
    [InlineData("cluster.beat=5s", "fer.cluster.beat is 5s with fer.cluster.lease 6s: expected at most a third of the lease")]
    public void A_host_that_cannot_work_says_why(string set, string sentence)
    {
        using var cluster = new TestCluster(postgres);

        var host = cluster.Start("a", [set]);

        Assert.Equal(BadInput, host.ExitCode());
        Assert.Contains(sentence, host.Said);
        Assert.DoesNotContain('\n', host.Said);
    }

    /// <summary>Nobody's settings need be wrong: a folder that is not mounted yet, a server that still starts. A service manager tries again.</summary>
    [Theory]
    [InlineData("cluster.store=/proc/none", "fer.cluster.store: /proc/none cannot be used: ")]
    [InlineData("journal.connection-string=\"Host=127.0.0.1;Port=9;Username=fer;Database=fer\"", "fer.journal.connection-string: PostgreSQL cannot be used: ")]
    public void A_host_whose_surroundings_are_not_there_yet_says_so_and_may_be_started_again(string set, string sentence)
    {
        using var cluster = new TestCluster(postgres);

        var host = cluster.Start("a", [set]);

        Assert.Equal(Faulted, host.ExitCode());
        Assert.Contains(sentence, host.Said);
        Assert.DoesNotContain('\n', host.Said);
    }

    [Fact]
    public void A_folder_that_is_not_the_one_that_hosts_share_is_refused_once_something_is_in_it()
    {
        using var cluster = new TestCluster(postgres);
        cluster.Submit();

        var host = cluster.Start("a", [$"cluster.store={Path.Combine(cluster.Store, "elsewhere")}"]);

        Assert.Equal(Faulted, host.ExitCode());
        Assert.Contains("is not the folder that the other hosts of this database share", host.Said);
    }
}
