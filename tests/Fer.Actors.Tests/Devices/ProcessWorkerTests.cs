using System.Diagnostics;
using System.Globalization;
using Fer.Actors.Devices;
using Fer.Actors.Hosting;
using Fer.Actors.Runs;
using Fer.Actors.Runs.V1;
using Fer.Actors.Storage;
using Fer.Actors.Tests.Engine;
using Fer.Actors.Tests.Storage;
using Fer.Models;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fer.Actors.Tests.Devices;

/// <summary>
/// Slots in processes of their own: this very program, started with <c>worker</c>. One after another, because the
/// program's worker command and what a worker reads from its environment are one for the whole process.
/// </summary>
public sealed class ProcessWorkerTests : IDisposable, IRunObserver
{
    private readonly TemporaryFolder folder = new();
    private readonly List<IRunEvent> seen = [];
    private Action<IRunEvent> onNext = _ => { };

    public ProcessWorkerTests() => RunEngine.WorkerCommand = BesideJob.WorkerCommand;

    private RunFolder Run => new(folder.Path, "chain");

    private string Gate => folder.File("gate");

    [Fact]
    public async Task A_worker_process_makes_the_same_bytes_as_a_thread()
    {
        var outcome = await BesideJob.GoOn(Run, observer: this);

        Assert.Equal(RunEnd.Completed, outcome.End);
        Assert.Equal(await EngineRun.UndisturbedChain(), EngineRun.ChainOf(outcome.State));
        Assert.Empty(outcome.State.Incidents);
        Assert.Empty(Workers(Environment.ProcessId));
    }

    [Fact]
    public async Task An_order_with_very_many_inputs_reaches_its_worker()
    {
        var settings = "40" + new string(' ', 1_000_000);

        var outcome = await BesideJob.GoOn(Run, settings, this);

        Assert.Equal(RunEnd.Completed, outcome.End);
        Assert.Empty(outcome.State.Incidents);
    }

    [Fact]
    public async Task A_worker_killed_in_the_middle_of_a_step_is_started_again_and_the_bytes_are_the_same()
    {
        WaitAt("left", 23);
        onNext = e =>
        {
            if (e is StepCheckpointed { Step: "left", Position: 20 } && !File.Exists(Gate))
            {
                Kill(Assert.Single(Workers(Environment.ProcessId)));
                File.WriteAllText(Gate, "");
            }
        };

        var outcome = await BesideJob.GoOn(Run, observer: this);

        Assert.Equal(RunEnd.Completed, outcome.End);
        Assert.Equal("worker-lost", Assert.Single(seen.OfType<StepFailed>()).Fault);
        Assert.Equal("its process ended with code 137", Assert.Single(seen.OfType<WorkerRestarted>()).Reason);
        Assert.Equal(20, seen.OfType<StepStarted>().Last(s => s.Spec.Name == "left").From);
        Assert.Equal(await EngineRun.UndisturbedChain(), EngineRun.ChainOf(outcome.State));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_stranger_of_this_machine_is_refused_and_disturbs_no_step(bool hasCertificate)
    {
        WaitAt("left", 23);
        var stands = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        onNext = e =>
        {
            if (e is StepCheckpointed { Step: "left", Position: 20 })
            {
                stands.TrySetResult();
            }
        };
        var run = BesideJob.GoOn(Run, observer: this);
        await stands.Task;
        var worker = Assert.Single(Workers(Environment.ProcessId));
        var lane = Read($"/proc/{worker}/cmdline").Split('\0').SkipWhile(a => a != "--lane").ElementAt(1);

        using (var own = WorkerLink.Make())
        using (var stranger = new Stranger(hasCertificate ? own : null))
        {
            // Without a certificate it calls as one would who knows no TLS.
            stranger.Stop(hasCertificate ? lane : lane.Replace("akka.ssl.tcp:", "akka.tcp:", StringComparison.Ordinal));
            await stranger.Refused;
        }

        File.WriteAllText(Gate, "");
        var outcome = await run;
        Assert.Equal(RunEnd.Completed, outcome.End);
        Assert.Empty(outcome.State.Incidents);
        Assert.Equal(await EngineRun.UndisturbedChain(), EngineRun.ChainOf(outcome.State));
    }

    [Fact]
    public async Task A_worker_that_hangs_is_ended_and_started_again_and_the_bytes_are_the_same()
    {
        WaitAt("left", 23);
        onNext = e =>
        {
            if (e is WorkerRestarted)
            {
                File.WriteAllText(Gate, "");
            }
        };

        var outcome = await BesideJob.GoOn(Run, observer: this, engine: BesideJob.Engine with { StallTimeout = TimeSpan.FromSeconds(2) });

        Assert.Equal(RunEnd.Completed, outcome.End);
        Assert.Equal("its compute thread has not moved for 2 s", Assert.Single(seen.OfType<WorkerRestarted>()).Reason);
        Assert.Equal(await EngineRun.UndisturbedChain(), EngineRun.ChainOf(outcome.State));
    }

    [Fact]
    public async Task When_the_process_that_holds_a_run_is_killed_its_worker_ends_by_itself_and_the_run_goes_on_to_the_same_bytes()
    {
        using var holder = BesideJob.Start($"left:23:{Gate}", "run", folder.Path);
        while (RunReader.Read(Run, new JournalSettings())?.Steps.GetValueOrDefault("left")?.Checkpoints is not { Length: 2 })
        {
            Assert.False(holder.HasExited);
            await Task.Delay(50);
        }

        var worker = Assert.Single(Workers(holder.Id));
        holder.Kill();
        await holder.WaitForExitAsync();

        var since = Stopwatch.StartNew();
        while (IsAlive(worker) && since.Elapsed < TimeSpan.FromSeconds(20))
        {
            await Task.Delay(50);
        }

        Assert.False(IsAlive(worker));
        File.WriteAllText(Gate, "");
        var outcome = await BesideJob.GoOn(Run, observer: this);
        Assert.Equal(1, outcome.State.Restarts);
        Assert.Equal(await EngineRun.UndisturbedChain(), EngineRun.ChainOf(outcome.State));
    }

    [Theory]
    [InlineData("/bin/false", "its process ended with code 1")]
    [InlineData("/no/such/program", "/no/such/program cannot be started")]
    public async Task Workers_that_never_come_up_end_the_run_with_the_reason(string program, string reason)
    {
        RunEngine.WorkerCommand = [program];

        var outcome = await BesideJob.GoOn(Run, observer: this);

        Assert.Equal(RunEnd.Faulted, outcome.End);
        Assert.StartsWith("No worker comes up, the one of cpu:0 because", outcome.Sentence, StringComparison.Ordinal);
        Assert.Contains(reason, outcome.Sentence);
    }

    [Fact]
    public async Task Slots_in_processes_need_a_program_that_can_start_them()
    {
        RunEngine.WorkerCommand = [];

        var refused = await Assert.ThrowsAsync<BadInputException>(async () =>
        {
            using var run = new EngineRun();
            await RunEngine.RunAsync(run.Request(e => e with { Workers = "process" }), run, NullLoggerFactory.Instance, default);
        });

        Assert.Contains("fer.workers", refused.Message);
    }

    void IRunObserver.OnEvent(IRunEvent e, RunState state)
    {
        seen.Add(e);
        onNext(e);
    }

    void IRunObserver.OnLive(LiveStep step)
    {
    }

    public void Dispose()
    {
        Environment.SetEnvironmentVariable(BesideJob.WaitVariable, null);
        folder.Dispose();
    }

    private void WaitAt(string step, long position) => Environment.SetEnvironmentVariable(BesideJob.WaitVariable, $"{step}:{position}:{Gate}");

    private static void Kill(int process) => Process.GetProcessById(process).Kill();

    /// <summary>Worker processes that a process has started, by id.</summary>
    private static List<int> Workers(int parent) =>
    [
        .. Directory.EnumerateDirectories("/proc").Select(d => int.TryParse(Path.GetFileName(d), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0)
            .Where(id => id > 0 && ParentOf(id) == parent && Read($"/proc/{id}/cmdline").Contains("\0worker\0", StringComparison.Ordinal)),
    ];

    private static bool IsAlive(int id) => ParentOf(id) != 0 && !Read($"/proc/{id}/stat").Contains(") Z ", StringComparison.Ordinal);

    private static int ParentOf(int id) => Read($"/proc/{id}/stat") is { Length: > 0 } stat ? int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture) : 0;

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
