using Fer.Actors.Hosting;
using Fer.Actors.Runs;
using Fer.Actors.Runs.V1;
using Fer.Actors.Storage;
using Fer.Models;
using Fer.Models.Training;

namespace Fer.Actors.Tests.Engine;

public sealed class RunEngineTests
{
    // A slice ends after a second; only then is a stop looked at.
    private static void EndSlice() => Thread.Sleep(1001);

    [Fact]
    public async Task A_run_carries_every_step_and_completes()
    {
        using var run = new EngineRun();

        var outcome = await run.GoOn();

        Assert.Equal(RunEnd.Completed, outcome.End);
        Assert.Equal(RunStatus.Completed, outcome.State.Status);
        Assert.Equal(["both", "left", "right"], outcome.State.Steps.Keys);
        Assert.Equal("yes", outcome.State.Decisions["enough"].Answer);
        Assert.Equal(32, new ArtifactStore(run.Folder.Artifacts).Get(EngineRun.ChainOf(outcome.State)).Length);
    }

    [Fact]
    public async Task What_a_reader_folds_is_what_the_run_knows()
    {
        using var run = new EngineRun();
        var outcome = await run.GoOn();

        var read = RunReader.Read(run.Folder, run.Journal)!;

        Assert.Equal(Json.Write(outcome.State.Steps), Json.Write(read.Steps));
        Assert.Equal(outcome.State.Figures, read.Figures);
        Assert.False(RunLock.IsHeld(run.Folder));
    }

    [Fact]
    public async Task Only_what_the_state_refers_to_is_kept()
    {
        using var run = new EngineRun();

        var outcome = await run.GoOn();

        Assert.Equal(outcome.State.ReferredArtifacts().Order(), new ArtifactStore(run.Folder.Artifacts).All().Order());
        Assert.Contains(run.Seen, e => e is ArtifactsRetired);
    }

    [Fact]
    public async Task A_run_stopped_in_the_middle_goes_on_to_the_same_bytes()
    {
        using var stop = new CancellationTokenSource();
        using var run = new EngineRun(w =>
        {
            if (w is { Step: "left", Position: 25 })
            {
                stop.Cancel();
                EndSlice();
            }
        });

        var first = await run.GoOn(stop: stop.Token);
        var second = await run.GoOn();

        Assert.Equal(RunEnd.Interrupted, first.End);
        Assert.Equal(RunEnd.Completed, second.End);
        Assert.Equal(2, second.State.Claims.Length);
        Assert.Equal(await EngineRun.UndisturbedChain(), EngineRun.ChainOf(second.State));
    }

    [Fact]
    public async Task A_paused_run_waits_for_its_user()
    {
        using var run = new EngineRun(w => Thread.Sleep(w.Step == "left" ? 20 : 0));
        run.OnNext = e =>
        {
            if (e is StepCheckpointed)
            {
                File.WriteAllText(run.Folder.Request, "pause");
            }
        };

        var paused = await run.GoOn();
        run.OnNext = null;
        var refused = await Assert.ThrowsAsync<BadInputException>(() => run.GoOn());
        var resumed = await run.GoOn(resume: true);

        Assert.Equal(RunEnd.Paused, paused.End);
        Assert.Contains("fer resume", refused.Message);
        Assert.Equal(await EngineRun.UndisturbedChain(), EngineRun.ChainOf(resumed.State));
    }

    [Fact]
    public async Task A_run_that_no_process_holds_can_be_cancelled()
    {
        using var stop = new CancellationTokenSource();
        using var run = new EngineRun(_ => stop.Cancel());
        await run.GoOn(stop: stop.Token);

        var outcome = await run.GoOn(instead: "cancel");

        Assert.Equal(RunEnd.Cancelled, outcome.End);
        Assert.Equal(RunStatus.Cancelled, RunReader.Read(run.Folder, run.Journal)!.Status);
    }

    [Fact]
    public async Task A_loss_that_explodes_goes_back_to_a_place_that_no_clock_chose_and_repeats_slower()
    {
        using var run = new EngineRun(w => Explode(w, at: 27));
        using var other = new EngineRun(w => Explode(w, at: 27)) { Engine = run.Engine with { CheckpointSteps = 3 } };

        var outcome = await run.GoOn();
        var otherOutcome = await other.GoOn();

        var change = Assert.Single(run.Seen.OfType<StepAdjusted>());
        Assert.Equal(new Adjustment(25, 0.5, 1), change.Adjustment);
        Assert.Equal(RunEnd.Completed, outcome.End);
        Assert.Equal(EngineRun.ChainOf(outcome.State), EngineRun.ChainOf(otherOutcome.State));
        Assert.NotEqual(await EngineRun.UndisturbedChain(), EngineRun.ChainOf(outcome.State));

        static void Explode(ChainWork w, long at)
        {
            if (w.Step == "left" && w.Position == at && w.RateFactor == 1)
            {
                throw new NonFiniteLossException("critic loss", double.NaN, w.Position);
            }
        }
    }

    [Fact]
    public async Task A_loss_that_explodes_at_every_rate_pauses_the_run_with_the_reason()
    {
        using var run = new EngineRun(w =>
        {
            if (w is { Step: "left", Position: 12 })
            {
                throw new NonFiniteLossException("critic loss", double.NaN, w.Position);
            }
        });

        var outcome = await run.GoOn();

        Assert.Equal(RunEnd.Paused, outcome.End);
        Assert.Equal("fault", outcome.State.PausedBy);
        Assert.Contains("critic loss is NaN at step 12", outcome.Sentence);
        Assert.Equal(run.Engine.MaxRollbacks, run.Seen.OfType<StepAdjusted>().Count());
    }

    [Fact]
    public async Task Memory_that_runs_out_cuts_batches_from_that_place_on()
    {
        var thrown = false;
        using var run = new EngineRun(w =>
        {
            if (w is { Step: "right", Position: 13 } && !thrown)
            {
                thrown = true;
                throw new System.Runtime.InteropServices.ExternalException("CUDA out of memory. Tried to allocate 20 MiB");
            }
        });

        var outcome = await run.GoOn();

        Assert.Equal(new Adjustment(13, 1, 2), Assert.Single(run.Seen.OfType<StepAdjusted>()).Adjustment);
        Assert.Equal(RunEnd.Completed, outcome.End);
    }

    [Fact]
    public async Task Memory_that_runs_out_where_batches_cannot_be_cut_is_waited_for()
    {
        var failures = 0;
        using var run = new EngineRun(w =>
        {
            w.CanSplitBatches = false;
            if (w is { Step: "right", Position: 13 } && failures++ < 2)
            {
                throw new System.Runtime.InteropServices.ExternalException("CUDA out of memory. Tried to allocate 20 MiB");
            }
        });

        var outcome = await run.GoOn();

        Assert.Empty(run.Seen.OfType<StepAdjusted>());
        Assert.Equal(2, run.Seen.OfType<StepFailed>().Count(f => f.Fault == "memory"));
        Assert.Equal(await EngineRun.UndisturbedChain(), EngineRun.ChainOf(outcome.State));
    }

    [Fact]
    public async Task File_trouble_that_passes_leaves_no_trace_in_the_result()
    {
        var failures = 0;
        using var run = new EngineRun(w =>
        {
            if (w is { Step: "both", Position: 33 } && failures++ < 2)
            {
                throw new IOException("No space left on device");
            }
        });

        var outcome = await run.GoOn();

        Assert.Equal(2, run.Seen.OfType<StepFailed>().Count(f => f.Fault == "io"));
        Assert.Equal(await EngineRun.UndisturbedChain(), EngineRun.ChainOf(outcome.State));
    }

    [Fact]
    public async Task File_trouble_that_stays_pauses_the_run_and_it_goes_on_once_mended()
    {
        var broken = true;
        using var run = new EngineRun(w =>
        {
            if (broken && w.Step == "both")
            {
                throw new IOException("No space left on device");
            }
        });

        var outcome = await run.GoOn();
        broken = false;
        var mended = await run.GoOn();

        Assert.Equal(RunEnd.Paused, outcome.End);
        Assert.Contains("No space left on device", outcome.Sentence);
        Assert.Equal(await EngineRun.UndisturbedChain(), EngineRun.ChainOf(mended.State));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Damaged_checkpoints_are_noticed_and_older_ones_used(int damaged)
    {
        using var stop = new CancellationTokenSource();
        using var run = new EngineRun(w =>
        {
            if (w is { Step: "left", Position: 35 })
            {
                stop.Cancel();
                EndSlice();
            }
        });
        var first = await run.GoOn(stop: stop.Token);
        var store = new ArtifactStore(run.Folder.Artifacts);
        foreach (var checkpoint in first.State.Steps["left"].Checkpoints.TakeLast(damaged))
        {
            File.WriteAllBytes(store.PathOf(checkpoint.Artifact), [1, 2, 3]);
        }

        var second = await run.GoOn();

        Assert.Equal(damaged, run.Seen.OfType<CheckpointDamaged>().Count());
        Assert.Equal(await EngineRun.UndisturbedChain(), EngineRun.ChainOf(second.State));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_step_whose_file_is_damaged_or_gone_before_it_is_read_is_done_again_to_the_same_bytes(bool gone)
    {
        using var run = new EngineRun();
        var broken = 0;
        run.OnNext = e =>
        {
            if (e is StepCompleted { Step: "left" or "right" } c && Interlocked.Exchange(ref broken, 1) == 0)
            {
                var path = new ArtifactStore(run.Folder.Artifacts).PathOf(c.Files["chain"]);
                if (gone)
                {
                    File.Delete(path);
                }
                else
                {
                    File.WriteAllText(path, "rust");
                }
            }
        };

        var outcome = await run.GoOn();

        Assert.Equal(RunEnd.Completed, outcome.End);
        var reopened = Assert.Single(run.Seen.OfType<StepReopened>());
        Assert.Equal(2, outcome.State.Steps[reopened.Step].Attempts.Length);
        Assert.Equal("damaged-input", Assert.Single(run.Seen.OfType<StepFailed>()).Fault);
        Assert.Equal(await EngineRun.UndisturbedChain(), EngineRun.ChainOf(outcome.State));
    }

    [Fact]
    public async Task A_run_in_use_is_refused()
    {
        using var run = new EngineRun();
        Directory.CreateDirectory(run.Folder.Path);
        using var held = RunLock.Take(run.Folder);

        var refused = await Assert.ThrowsAsync<BadInputException>(() => run.GoOn());

        Assert.Contains("in use by another process", refused.Message);
        Assert.True(RunLock.IsHeld(run.Folder));
    }

    [Fact]
    public async Task Another_fingerprint_is_named_and_must_be_accepted()
    {
        using var stop = new CancellationTokenSource();
        using var run = new EngineRun(w => stop.Cancel());
        await run.GoOn(stop: stop.Token);
        using var changed = new EngineRun { Engine = run.Engine with { ThreadsPerSlot = 2 } };
        var request = new RunRequest(run.Folder, changed.Engine, run.Journal);

        var refused = await Assert.ThrowsAsync<BadInputException>(() => RunEngine.RunAsync(request, changed, Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance, default));
        var accepted = await RunEngine.RunAsync(request with { AcceptFingerprint = true }, changed, Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance, default);

        Assert.Contains("threads-per-slot: 1 then, 2 now", refused.Message);
        Assert.Equal(RunEnd.Completed, accepted.End);
        Assert.Contains(accepted.State.Incidents, i => i is FingerprintAccepted);
    }

    [Theory]
    [InlineData("garbage", "is no SQLite database")]
    [InlineData("", "")]
    public async Task A_journal_that_cannot_be_used_is_named_before_anything_starts(string content, string sentence)
    {
        using var run = new EngineRun();
        Directory.CreateDirectory(run.Folder.Path);
        File.WriteAllText(run.Folder.Journal, content.Length == 0 ? "" : string.Concat(Enumerable.Repeat(content, 1000)));

        if (sentence.Length == 0)
        {
            Assert.Equal(RunEnd.Completed, (await run.GoOn()).End);
            return;
        }

        var refused = await Assert.ThrowsAsync<BadInputException>(() => run.GoOn());
        Assert.Contains(sentence, refused.Message);
        Assert.Contains(run.Folder.Journal, refused.Message);
    }

    [Fact]
    public async Task A_device_that_does_not_exist_is_named()
    {
        using var run = new EngineRun() { Engine = new EngineSettings { Devices = ["cpu:4711"] } };

        var refused = await Assert.ThrowsAsync<BadInputException>(() => run.GoOn());

        Assert.Contains("'cpu:4711' does not exist", refused.Message);
    }
}
