using Fer.Actors.Hosting;
using Fer.Actors.Runs;
using Fer.Actors.Storage;
using Fer.Actors.Tests.Engine;

namespace Fer.Actors.Tests.Journals;

/// <summary>What a journal must do for a run, the same on every database.</summary>
public abstract class JournalSuite
{
    /// <summary>An empty journal.</summary>
    protected abstract JournalSettings NewJournal();

    [Fact]
    public async Task A_run_completes_and_a_reader_sees_what_it_knows()
    {
        using var run = new EngineRun { Journal = NewJournal() };

        var outcome = await run.GoOn();

        Assert.Equal(RunEnd.Completed, outcome.End);
        Assert.Equal(await EngineRun.UndisturbedChain(), EngineRun.ChainOf(outcome.State));
        Assert.Equal(Json.Write(outcome.State.Steps), Json.Write(RunReader.Read(run.Folder, run.Journal)!.Steps));
    }

    [Fact]
    public async Task A_run_stopped_in_the_middle_goes_on_to_the_same_bytes_and_completed_stays_completed()
    {
        using var stop = new CancellationTokenSource();
        using var run = new EngineRun(w =>
        {
            if (w is { Step: "left", Position: 25 })
            {
                stop.Cancel();
                Thread.Sleep(1001);
            }
        })
        { Journal = NewJournal() };

        Assert.Equal(RunEnd.Interrupted, (await run.GoOn(stop: stop.Token)).End);
        var second = await run.GoOn();
        var third = await run.GoOn();

        Assert.Equal(2, second.State.Claims.Length);
        Assert.Equal(await EngineRun.UndisturbedChain(), EngineRun.ChainOf(second.State));
        Assert.Equal((RunEnd.Completed, 2), (third.End, third.State.Claims.Length));
    }

    [Fact]
    public async Task A_reader_beside_a_running_run_sees_it_move_and_holds_nothing_up()
    {
        using var goOn = new ManualResetEventSlim();
        using var run = new EngineRun(w =>
        {
            if (w is { Step: "left", Position: 25 })
            {
                goOn.Wait();
            }
        })
        { Journal = NewJournal() };

        var running = run.GoOn();
        RunState? read;
        while ((read = RunReader.Read(run.Folder, run.Journal))?.Steps.GetValueOrDefault("left") is not { Checkpoints.Length: 2 })
        {
            await Task.Delay(20);
        }

        Assert.Equal([10L, 20L], read.Steps["left"].Checkpoints.Select(c => c.Position));
        Assert.Equal(RunStatus.Running, read.Status);
        Assert.True(RunLock.IsHeld(run.Folder));
        goOn.Set();
        Assert.Equal(RunEnd.Completed, (await running).End);
    }

    [Fact]
    public void A_journal_that_nothing_was_written_to_has_no_run()
    {
        using var run = new EngineRun { Journal = NewJournal() };

        JournalFiles.Probe(run.Folder, run.Journal);

        Assert.Null(RunReader.Read(run.Folder, run.Journal));
    }
}

public sealed class SqliteJournalTests : JournalSuite
{
    protected override JournalSettings NewJournal() => new();
}
