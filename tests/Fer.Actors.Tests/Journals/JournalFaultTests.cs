using Fer.Actors.Hosting;
using Fer.Actors.Runs;
using Fer.Actors.Runs.V1;
using Fer.Actors.Storage;
using Fer.Actors.Tests.Engine;
using Fer.Actors.Tests.Storage;
using Fer.Models;
using Microsoft.Data.Sqlite;

namespace Fer.Actors.Tests.Journals;

/// <summary>
/// Everything a file of a journal may suffer: each ends in one sentence and never in a completed run, and once mended the
/// run goes on to the bytes of one that nothing disturbed.
/// </summary>
public sealed class JournalFaultTests
{
    [Theory]
    [InlineData("cut in half", "is damaged")]
    [InlineData("written over", "is no SQLite database")]
    [InlineData("garbled inside", "is damaged")]
    public async Task A_broken_journal_is_refused_and_a_copy_put_back_goes_on(string how, string sentence)
    {
        using var run = new EngineRun(length: 60);
        await Interrupt(run);
        var whole = File.ReadAllBytes(run.Folder.Journal);
        File.WriteAllBytes(run.Folder.Journal, how switch
        {
            "cut in half" => whole[..(whole.Length / 2)],
            "written over" => [.. Enumerable.Repeat((byte)'x', whole.Length)],
            _ => [.. whole[..4096], .. Enumerable.Repeat((byte)0xA5, whole.Length - 4096)],
        });

        var refused = await Assert.ThrowsAsync<BadInputException>(() => run.GoOn());
        File.WriteAllBytes(run.Folder.Journal, whole);
        var outcome = await run.GoOn();

        Assert.Contains(sentence, refused.Message);
        Assert.Contains(run.Folder.Journal, refused.Message);
        Assert.DoesNotContain('\n', refused.Message);
        Assert.Equal(await EngineRun.UndisturbedChain(60), EngineRun.ChainOf(outcome.State));
    }

    [Fact]
    public async Task A_journal_locked_by_another_process_is_refused_and_goes_on_when_it_is_let_go()
    {
        using var run = new EngineRun(length: 60);
        await Interrupt(run);

        BadInputException refused;
        using (Lock(run.Folder))
        {
            refused = await Assert.ThrowsAsync<BadInputException>(() => run.GoOn());
        }

        var outcome = await run.GoOn();

        Assert.Contains("another process has locked it", refused.Message);
        Assert.Equal(await EngineRun.UndisturbedChain(60), EngineRun.ChainOf(outcome.State));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    public async Task A_journal_locked_for_a_while_in_the_middle_costs_nothing_but_time(int seconds)
    {
        var locked = 0;
        using var run = new EngineRun();
        run.OnNext = e =>
        {
            if (e is StepCheckpointed { Position: 20 } && Interlocked.Exchange(ref locked, 1) == 0)
            {
                var held = Lock(run.Folder);
                _ = Task.Delay(TimeSpan.FromSeconds(seconds)).ContinueWith(_ => held.Dispose(), TaskScheduler.Default);
            }
        };

        var outcome = await run.GoOn();

        Assert.Equal(RunEnd.Completed, outcome.End);
        Assert.Equal(await EngineRun.UndisturbedChain(), EngineRun.ChainOf(outcome.State));
    }

    [Fact]
    public async Task A_journal_that_takes_nothing_any_more_ends_the_run_with_the_reason_and_it_goes_on_once_mended()
    {
        var broken = 0;
        using var run = new EngineRun();
        run.OnNext = e =>
        {
            if (e is StepCheckpointed { Position: 20 } && Interlocked.Exchange(ref broken, 1) == 0)
            {
                RunReaderTests.Sql(run.Folder, "create trigger broken before insert on journal begin select raise(fail, 'attempt to write a readonly database'); end");
            }
        };

        var faulted = await run.GoOn();
        RunReaderTests.Sql(run.Folder, "drop trigger broken");
        var outcome = await run.GoOn();

        Assert.Equal(RunEnd.Faulted, faulted.End);
        Assert.Equal(RunStatus.Running, faulted.State.Status);
        Assert.StartsWith("The journal of run 'chain' did not take an event: ", faulted.Sentence, StringComparison.Ordinal);
        Assert.Contains("attempt to write a readonly database", faulted.Sentence);
        Assert.Equal(await EngineRun.UndisturbedChain(), EngineRun.ChainOf(outcome.State));
    }

    [Fact]
    public async Task A_disk_that_fills_up_ends_the_run_with_the_reason_and_it_goes_on_once_there_is_room()
    {
        using var disk = SmallDisk.Mount("4m");
        var full = 0;
        using var run = new EngineRun(runs: disk.Path);
        run.OnNext = e =>
        {
            if (e is StepCheckpointed { Position: 20 } && Interlocked.Exchange(ref full, 1) == 0)
            {
                disk.FillUp();
            }
        };

        var stopped = await run.GoOn();
        disk.FillUp();

        // It may be refused before it begins, or find out on the way: by which file first wants room.
        string? refused = null;
        try
        {
            var stillFull = await run.GoOn();
            Assert.Contains(stillFull.End, new[] { RunEnd.Faulted, RunEnd.Paused });
            refused = stillFull.Sentence;
        }
        catch (BadInputException e)
        {
            refused = e.Message;
        }

        disk.Free();
        var outcome = await run.GoOn();

        Assert.Contains(stopped.End, new[] { RunEnd.Faulted, RunEnd.Paused });
        Assert.All([stopped.Sentence, refused], s => Assert.Matches("disk is full|No space left on device", s));
        Assert.Equal(await EngineRun.UndisturbedChain(), EngineRun.ChainOf(outcome.State));
    }

    [Fact]
    public async Task A_disk_gone_read_only_is_named_and_the_run_goes_on_once_it_is_writable()
    {
        using var disk = SmallDisk.Mount("4m");
        using var run = new EngineRun(length: 60, runs: disk.Path);
        await Interrupt(run);
        disk.ReadOnly();

        var refused = await Assert.ThrowsAsync<BadInputException>(() => run.GoOn());
        disk.Writable();
        var outcome = await run.GoOn();

        Assert.Contains(run.Folder.Path, refused.Message);
        Assert.Contains("Read-only file system", refused.Message);
        Assert.Equal(await EngineRun.UndisturbedChain(60), EngineRun.ChainOf(outcome.State));
    }

    [Fact]
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    public async Task A_journal_file_that_may_not_be_written_is_named_and_the_run_goes_on_once_it_may()
    {
        Assert.SkipWhen(Environment.UserName == "root", "a file's rights stop everybody but root");
        using var run = new EngineRun(length: 60);
        await Interrupt(run);
        File.SetUnixFileMode(run.Folder.Journal, UnixFileMode.UserRead);

        var refused = await Assert.ThrowsAsync<BadInputException>(() => run.GoOn());
        File.SetUnixFileMode(run.Folder.Journal, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var outcome = await run.GoOn();

        Assert.Contains("it is read-only", refused.Message);
        Assert.Equal(await EngineRun.UndisturbedChain(60), EngineRun.ChainOf(outcome.State));
    }

    /// <summary>Begins the run and stops it at its first checkpoints.</summary>
    private static async Task Interrupt(EngineRun run)
    {
        using var stop = new CancellationTokenSource();
        run.OnNext = e =>
        {
            if (e is StepCheckpointed)
            {
                stop.Cancel();
            }
        };
        Assert.Equal(RunEnd.Interrupted, (await run.GoOn(stop: stop.Token)).End);
        run.OnNext = null;
    }

    private static SqliteConnection Lock(RunFolder folder)
    {
        var connection = new SqliteConnection($"Data Source={folder.Journal};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "begin immediate";
        command.ExecuteNonQuery();
        return connection;
    }
}
