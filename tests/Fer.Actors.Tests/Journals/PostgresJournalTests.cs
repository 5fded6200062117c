using Fer.Actors.Hosting;
using Fer.Actors.Runs;
using Fer.Actors.Runs.V1;
using Fer.Actors.Storage;
using Fer.Actors.Tests.Engine;
using Fer.Actors.Tests.Storage;
using Fer.Models;

namespace Fer.Actors.Tests.Journals;

[Collection("postgres")]
public sealed class PostgresJournalTests(PostgresServer server) : JournalSuite
{
    protected override JournalSettings NewJournal() => server.NewDatabase();

    [Fact]
    public async Task Runs_of_one_id_in_two_folders_do_not_meet_in_the_database()
    {
        var journal = server.NewDatabase();
        using var first = new EngineRun(runId: "met") { Journal = journal };
        using var second = new EngineRun(runId: "met") { Journal = journal };
        var meanwhile = "";
        first.OnNext = e =>
        {
            if (e is StepCheckpointed { Position: 20 } && meanwhile.Length == 0)
            {
                meanwhile = Assert.Throws<BadInputException>(() => second.GoOn().GetAwaiter().GetResult()).Message;
            }
        };

        var outcome = await first.GoOn();
        var afterwards = await Assert.ThrowsAsync<BadInputException>(() => second.GoOn());

        Assert.Equal("Run 'met' is in use by another process on the same database: wait for it, stop it, or choose another --run-id.", meanwhile);
        Assert.Equal(RunEnd.Completed, outcome.End);
        Assert.StartsWith("The journal has a run 'met' whose files are not in ", afterwards.Message);
    }

    [Fact]
    public async Task Two_runs_in_one_database_know_nothing_of_each_other()
    {
        using var folder = new TemporaryFolder();
        var journal = server.NewDatabase();
        using var one = new EngineRun(runs: folder.Path, runId: "one") { Journal = journal };
        using var two = new EngineRun(runs: folder.Path, runId: "two", length: 30) { Journal = journal };

        var outcomes = await Task.WhenAll(one.GoOn(), two.GoOn());

        Assert.All(outcomes, o => Assert.Equal(RunEnd.Completed, o.End));
        Assert.Equal(["one", "two"], new[] { one, two }.Select(r => RunReader.Read(r.Folder, journal)!.RunId));
        Assert.Equal(await EngineRun.UndisturbedChain(), EngineRun.ChainOf(outcomes[0].State));
        Assert.Equal(await EngineRun.UndisturbedChain(30), EngineRun.ChainOf(outcomes[1].State));
    }

    [Fact]
    public async Task A_server_that_is_gone_for_a_moment_costs_nothing_but_time()
    {
        var gone = 0;
        using var run = new EngineRun { Journal = server.NewDatabase() };
        run.OnNext = e =>
        {
            if (e is StepCheckpointed { Position: 20 } && Interlocked.Exchange(ref gone, 1) == 0)
            {
                server.Crash();
                server.Start();
            }
        };

        var outcome = await run.GoOn();

        Assert.Equal(RunEnd.Completed, outcome.End);
        Assert.Equal(await EngineRun.UndisturbedChain(), EngineRun.ChainOf(outcome.State));
    }

    [Fact]
    public async Task A_server_that_stays_away_ends_the_run_with_the_reason_and_it_goes_on_once_the_server_is_back()
    {
        var gone = 0;
        using var run = new EngineRun { Journal = server.NewDatabase() };
        run.OnNext = e =>
        {
            if (e is StepCheckpointed { Position: 20 } && Interlocked.Exchange(ref gone, 1) == 0)
            {
                server.Crash();
            }
        };

        var away = await run.GoOn();
        var refused = await Assert.ThrowsAsync<BadInputException>(() => run.GoOn());
        server.Start();
        var back = await run.GoOn();

        Assert.Equal(RunEnd.Faulted, away.End);
        Assert.Contains("The journal of run 'chain'", away.Sentence);
        Assert.Contains("fer.journal.connection-string: PostgreSQL does not answer", refused.Message);
        Assert.Equal(RunEnd.Completed, back.End);
        Assert.Equal(await EngineRun.UndisturbedChain(), EngineRun.ChainOf(back.State));
    }

    [Fact]
    public async Task A_password_is_in_no_sentence()
    {
        var journal = server.NewDatabase();
        using var run = new EngineRun { Journal = journal with { ConnectionString = journal.ConnectionString.Replace("Database=", "Password=hunter2;Database=no-such-") } };

        var refused = await Assert.ThrowsAsync<BadInputException>(() => run.GoOn());

        Assert.DoesNotContain("hunter2", refused.ToString());
        Assert.Contains("does not exist", refused.Message);
    }

    [Fact]
    public async Task A_connection_string_that_is_none_is_named_by_its_key()
    {
        using var run = new EngineRun { Journal = new JournalSettings { Provider = "postgres", ConnectionString = "Haus=lab" } };

        Assert.Contains("fer.journal.connection-string", (await Assert.ThrowsAsync<BadInputException>(() => run.GoOn())).Message);
    }
}
