using System.Collections.Immutable;
using Akka.Actor;
using Fer.Actors.Devices;
using Fer.Actors.Hosting;
using Fer.Actors.Jobs;
using Fer.Actors.Runs;
using Fer.Actors.Runs.V1;
using Fer.Actors.Storage;
using Fer.Models;
using Fer.Models.Training;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fer.Actors.Tests.Engine;

/// <summary>What holds a run up besides its steps: its own actors, its observer, its plan, threads that hang.</summary>
public sealed class SupervisionTests
{
    [Fact]
    public async Task A_process_that_dies_between_a_fault_and_its_cure_leaves_both_or_none()
    {
        using var undisturbed = new EngineRun(ExplodeOnce);
        using var disturbed = new EngineRun(ExplodeOnce);
        var broken = false;
        disturbed.OnNext = e =>
        {
            if (e is StepFailed && !broken)
            {
                broken = true;
                throw new InvalidOperationException("the process dies here");
            }
        };

        var whole = await undisturbed.GoOn();
        var outcome = await disturbed.GoOn();

        Assert.Equal(RunEnd.Completed, outcome.End);
        Assert.Single(outcome.State.Incidents.OfType<StepAdjusted>());
        Assert.Equal(EngineRun.ChainOf(whole.State), EngineRun.ChainOf(outcome.State));

        static void ExplodeOnce(ChainWork w)
        {
            if (w is { Step: "left", Position: 27, RateFactor: 1 })
            {
                throw new NonFiniteLossException("critic loss", double.NaN, w.Position);
            }
        }
    }

    [Fact]
    public async Task A_run_writes_each_decision_and_its_end_once()
    {
        using var run = new EngineRun();

        await run.GoOn();

        var events = RunReader.Events(run.Folder, run.Journal);
        Assert.Single(events.OfType<Decided>());
        Assert.Single(events.OfType<RunCompleted>());
        Assert.Equal(events.Select(e => e.GetType()), run.Seen.Select(e => e.GetType()));
    }

    [Fact]
    public async Task A_plan_that_breaks_ends_the_run_with_the_reason_instead_of_claiming_it_for_ever()
    {
        using var folder = new Storage.TemporaryFolder();
        var job = $"broken-{Guid.NewGuid():N}";
        JobRegistry.Add(new BrokenPlan(job));
        var request = new RunRequest(new RunFolder(folder.Path, "broken"), new EngineSettings { RetryDelay = TimeSpan.FromMilliseconds(1) }, new JournalSettings())
        {
            New = new NewRun(job, "{}", ImmutableSortedDictionary<string, string>.Empty),
        };

        using var observer = new EngineRun();
        var outcome = await RunEngine.RunAsync(request, observer, NullLoggerFactory.Instance, default);

        Assert.Equal(RunEnd.Faulted, outcome.End);
        Assert.Equal("Run 'broken' cannot go on: KeyNotFoundException: there is no figure 'gain'", outcome.Sentence);
        Assert.InRange(outcome.State.Claims.Length, 1, 6);
    }

    [Fact]
    public async Task A_thread_that_hangs_loses_its_step_alone_and_the_run_goes_on_in_the_next_process_to_the_same_bytes()
    {
        using var hang = new ManualResetEventSlim();
        using var run = new EngineRun(w =>
        {
            if (w is { Step: "left", Position: 23 })
            {
                hang.Wait();
            }
        });

        var hung = await RunEngine.RunAsync(run.Request(e => e with { StallTimeout = TimeSpan.FromSeconds(1) }), run, NullLoggerFactory.Instance, default);
        hang.Set();
        var outcome = await run.GoOn();

        Assert.Equal(RunEnd.Restart, hung.End);
        Assert.Matches("the worker of cpu:[0-9] is a thread that cannot be ended from outside, and its compute thread has not moved for 1 s", hung.Sentence);
        Assert.Equal(RunStatus.Running, hung.State.Status);
        Assert.Equal(("left", "worker-lost"), Assert.Single(hung.State.Incidents.OfType<StepFailed>()) is var lost ? (lost.Step, lost.Fault) : default);
        Assert.Single(hung.State.Incidents.OfType<WorkerRestarted>());
        Assert.Equal(await EngineRun.UndisturbedChain(), EngineRun.ChainOf(outcome.State));
    }

    [Fact]
    public async Task Memory_that_runs_out_while_a_step_is_opened_costs_nothing_that_was_done()
    {
        using var stop = new CancellationTokenSource();
        var opened = 0;
        using var run = new EngineRun(w =>
        {
            if (w is { Step: "left", Position: 25 })
            {
                stop.Cancel();
                Thread.Sleep(1001);
            }
        })
        {
            OnOpen = context =>
            {
                if (context.Spec.Name == "left" && context.Checkpoint is not null && opened++ == 0)
                {
                    throw new OutOfMemoryException();
                }
            },
        };
        await run.GoOn(stop: stop.Token);

        var outcome = await run.GoOn();

        Assert.Equal(RunEnd.Completed, outcome.End);
        Assert.Equal(new Adjustment(26, 1, 2), Assert.Single(outcome.State.Incidents.OfType<StepAdjusted>()).Adjustment);
        Assert.Equal(26, run.Seen.OfType<StepStarted>().Last(s => s.Spec.Name == "left").From);
    }

    [Fact]
    public async Task Cancelling_or_pausing_a_run_of_another_fingerprint_accepts_nothing()
    {
        using var stop = new CancellationTokenSource();
        using var run = new EngineRun(_ => stop.Cancel());
        await run.GoOn(stop: stop.Token);

        await RunEngine.RunAsync(run.Request(e => e with { ThreadsPerSlot = 2 }) with { Instead = "pause" }, run, NullLoggerFactory.Instance, default);

        Assert.Equal("1", RunReader.Read(run.Folder, run.Journal)!.Fingerprint.Facts["threads-per-slot"]);
    }

    private sealed class BrokenPlan(string name) : IJob
    {
        public string Name => name;

        public IReadOnlyList<StepKind> Kinds => [];

        public IReadOnlyDictionary<string, Func<StepOwnerSetup, Props>> Owners => new Dictionary<string, Func<StepOwnerSetup, Props>> { ["nobody"] = _ => Props.Empty };

        public string OwnerOf(string kind) => "nobody";

        public PlanAnswer Next(RunState state) => throw new KeyNotFoundException("there is no figure 'gain'");
    }
}
