using System.Net;
using Fer.Actors.Runs.V1;
using Fer.Actors.Tests.Journals;
using Npgsql;

namespace Fer.Process.Tests.Hosts;

/// <summary>PostgreSQL in trouble: what computes goes on, commits nothing meanwhile, and loses nothing.</summary>
[Collection("hosts")]
public sealed class DatabaseFaultTests(PostgresServer postgres)
{
    private const string Away = "The database does not answer";

    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(2);
    private static readonly string[] Quick = ["cluster.lease=2s", "cluster.beat=500ms"];

    [Fact]
    public void A_server_that_crashes_and_comes_back_costs_nothing()
    {
        using var cluster = new TestCluster(postgres, [.. Quick]);
        cluster.Start("a").Says("a coordinates");
        cluster.Start("b").Says("b is there");
        cluster.Submit();
        cluster.InTheMiddle();

        postgres.Crash();
        postgres.Start();

        cluster.CompletesAsIfNothingHadHappened();
        Assert.DoesNotContain(cluster.Events, e => e is StepFailed);
    }

    [Fact]
    public void Away_for_longer_than_a_lease_it_finds_the_step_still_its_owners_when_nobody_else_could_take_it()
    {
        using var cluster = new TestCluster(postgres, [.. Quick]);
        var a = cluster.Start("a");
        cluster.Submit();
        var step = cluster.InTheMiddle();

        postgres.Crash();
        a.Says(Away);

        // The fault is its length.
        Thread.Sleep(2 * Lease);
        postgres.Start();

        cluster.CompletesAsIfNothingHadHappened();
        Assert.Equal(1, cluster.Rows.Find(step.Hash)!.Token);
        Assert.Single(cluster.Events.OfType<StepStarted>(), s => s.Spec.Name == SmallRun.Long);
    }

    [Fact]
    public void Without_a_free_connection_it_is_as_good_as_away()
    {
        using var cluster = new TestCluster(postgres, [.. Quick]);
        var a = cluster.Start("a");
        cluster.Submit();
        var step = cluster.InTheMiddle();

        using (Crowd(cluster))
        {
            a.Says(Away);
            Thread.Sleep(2 * Lease);
        }

        cluster.CompletesAsIfNothingHadHappened();
        Assert.Equal(1, cluster.Rows.Find(step.Hash)!.Token);
    }

    [Fact]
    public void A_full_disk_under_the_database_costs_nothing_once_there_is_room_again()
    {
        using var server = new PostgresServer();
        using var disk = new SmallDisk(server.Folder, "200m");
        using var cluster = new TestCluster(server, [.. Quick]);
        cluster.Start("a");
        cluster.Start("b").Says("b is there");
        cluster.Submit();
        cluster.InTheMiddle();

        disk.Fill();

        // The log's next pieces were laid out before: the disk is only missed when they are used up.
        Wait.Until(() => Fails(server), () => "the server to miss its disk");

        // The fault is its length.
        Thread.Sleep(2 * Lease);
        disk.Free();
        server.Revive();

        cluster.CompletesAsIfNothingHadHappened();
    }

    private static bool Fails(PostgresServer server)
    {
        try
        {
            server.Execute("postgres", "create table if not exists fill (x text); insert into fill select repeat('x', 1000) from generate_series(1, 1000); select pg_switch_wal()");
            return false;
        }
        catch (NpgsqlException)
        {
            return true;
        }
    }

    [Fact]
    public void Slow_answers_take_no_step_from_its_owner()
    {
        using var cluster = new TestCluster(postgres);
        using var wire = new Wire(cluster.Journal.ConnectionString, IPAddress.Loopback);
        cluster.Start("a", journal: wire.ConnectionString).Says("a coordinates");
        cluster.Start("b", journal: wire.ConnectionString).Says("b is there");
        cluster.Submit();
        var step = cluster.InTheMiddle();

        wire.Delay = TimeSpan.FromMilliseconds(300);
        cluster.Patiently(() => cluster.Rows.StateOf(step.Hash) == "Done" ? step : null, "the step to be done on a slow wire");
        cluster.Patiently(() => cluster.Events.OfType<StepCompleted>().FirstOrDefault(e => e.Step == SmallRun.Long), "its result to be in the journal");
        wire.Delay = TimeSpan.Zero;

        cluster.CompletesAsIfNothingHadHappened();
        Assert.Equal(1, cluster.Rows.Find(step.Hash)!.Token);
        Assert.DoesNotContain(cluster.Events, e => e is StepFailed or StepLeft);
    }

    /// <summary>Takes every connection that the server has, those of hosts too, until disposed.</summary>
    private static Everyone Crowd(TestCluster cluster)
    {
        var crowd = new List<NpgsqlConnection>();
        var text = cluster.Journal.ConnectionString + ";Pooling=False;Application Name=crowd";
        while (true)
        {
            try
            {
                crowd.Add(new NpgsqlConnection(text));
                crowd[^1].Open();
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.TooManyConnections)
            {
                using var others = new NpgsqlCommand("select count(pg_terminate_backend(pid)) from pg_stat_activity where backend_type = 'client backend' and application_name <> 'crowd'", crowd[0]);
                if ((long)others.ExecuteScalar()! == 0)
                {
                    return new Everyone(crowd);
                }
            }
        }
    }

    private sealed class Everyone(List<NpgsqlConnection> crowd) : IDisposable
    {
        public void Dispose() => crowd.ForEach(c => c.Dispose());
    }
}
