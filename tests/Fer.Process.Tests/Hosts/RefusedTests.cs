using Fer.Actors.Hosting;
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
        var sentence = $"The database of fer.journal.connection-string has tables of version {ClusterDatabase.SchemaVersion + 1}, this program writes version {ClusterDatabase.SchemaVersion}: upgrade this host.";

        var host = cluster.Start("a");
        var (code, _, error) = cluster.Command(["submit", SmallRun.Config, "--run-id", "x", "--runs", Path.Combine(cluster.Store, "runs"), .. cluster.Cluster]);

        Assert.Equal((BadInput, sentence), (host.ExitCode(), host.Said));
        Assert.Equal((BadInput, sentence), (code, error.Trim()));
    }

    [Fact]
    public void A_host_of_another_wire_version_is_refused_before_it_joins_and_those_that_are_there_work_on()
    {
        using var cluster = new TestCluster(postgres, "cluster.lease=2s", "cluster.beat=500ms");
        cluster.Start("a").Says("a coordinates");
        cluster.Submit();
        cluster.InTheMiddle();

        // To a newer program those that are there are older.
        Other("old", HostWire.Version - 1);
        var second = cluster.Start("b");
        Assert.Equal(BadInput, second.ExitCode());
        Assert.Equal($"Host 'old' is there and is of wire version {HostWire.Version - 1}, this program is of wire version {HostWire.Version}: stop all hosts of the older version first, drained, then start this one.", second.Said);

        cluster.Rows.Execute("delete from fer.host where name = 'old'");
        Other("new", HostWire.Version + 1);
        var third = cluster.Start("b");
        Assert.Equal(BadInput, third.ExitCode());
        Assert.Equal($"Host 'new' is there and is of wire version {HostWire.Version + 1}, this program is of wire version {HostWire.Version}: upgrade this host.", third.Said);

        cluster.CompletesAsIfNothingHadHappened();
        Assert.DoesNotContain("sees b", cluster.Host("a").Said);

        void Other(string name, int wire) => cluster.Rows.Execute(
            $"insert into fer.host (name, incarnation, version, slots, address, started, seen, wire) values ('{name}', 'x', '9', '[]', '', clock_timestamp(), clock_timestamp() + interval '1 hour', {wire})");
    }

    [Fact]
    public void A_host_that_a_newer_one_has_come_after_gives_back_what_it_has_saved_and_ends()
    {
        using var cluster = new TestCluster(postgres, "cluster.lease=2s", "cluster.beat=500ms");
        var host = cluster.Start("a");
        cluster.Submit();
        var step = cluster.InTheMiddle();

        cluster.Rows.Execute($"update fer.schema set wire = {HostWire.Version + 1}");

        Assert.Equal(BadInput, host.ExitCode());
        Assert.Contains($"has ended: The journals of this database were written by a program of wire version {HostWire.Version + 1}, this one is of wire version {HostWire.Version}: upgrade this host.", host.Said);
        Assert.Equal("Open", cluster.Rows.StateOf(step.Hash));
        Assert.Null(cluster.Rows.Coordinator());
        Assert.Equal("0", cluster.Rows.Text("select count(*) from fer.host"));
    }

    [Fact]
    public void A_database_whose_journals_a_newer_program_wrote_refuses_an_older_one_though_nobody_is_there()
    {
        using var cluster = new TestCluster(postgres);
        cluster.Rows.Execute($"update fer.schema set wire = {HostWire.Version + 1}");

        var host = cluster.Start("a");

        Assert.Equal((BadInput, $"The journals of this database were written by a program of wire version {HostWire.Version + 1}, this one is of wire version {HostWire.Version}: upgrade this host."), (host.ExitCode(), host.Said));
    }

    [Fact]
    public void A_journal_with_an_event_that_this_version_does_not_know_holds_up_its_own_run_or_sweep_alone()
    {
        using var cluster = new TestCluster(postgres, "cluster.lease=2s", "cluster.beat=500ms");
        cluster.Submit();
        cluster.Start("a").Says("a coordinates");
        cluster.InTheMiddle();
        cluster.Rows.Execute("insert into fer.run (id, job, settings, inputs, engine, submitted, submitter, status) select 'later', job, settings, inputs, engine, clock_timestamp(), submitter, 'running' from fer.run where id = 'run'");
        Unknown("run-later", "Dreamed.V1");
        Unknown("sweep-dream", "sweep.Dreamed.V1");
        cluster.Rows.Execute(
            """
            insert into fer.sweep (id, spec, status, summary, submitted, submitter)
            values ('dream', '{"Base":"","Space":{"Axes":[{"$type":"choice","Key":"gan.psi","When":{},"Values":["1"]}]},"Trials":2,"Objective":"validation.delta","Data":{}}', 'running', '{}', clock_timestamp(), 'somebody')
            """);

        cluster.CompletesAsIfNothingHadHappened();

        Says("the run", "Dreamed.V1", () => cluster.Rows.StatusOf("later")?.Reason);
        Says("the sweep", "sweep.Dreamed.V1", () => cluster.Rows.SweepOf("dream")?.Reason);

        void Unknown(string id, string manifest) => cluster.Rows.Execute(
            $"insert into journal (created, deleted, persistence_id, sequence_number, message, manifest, identifier) values (0, false, '{id}', 1, '{{}}'::bytea, '{manifest}', 7001)");

        void Says(string who, string manifest, Func<string?> reason) => cluster.Patiently(
            () => reason() is { } said && said.Contains($"The journal has a record '{manifest}' that this version does not know; it was written by a newer one", StringComparison.Ordinal) ? said : null, $"{who} to say why it waits; it says '{reason()}'");
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
