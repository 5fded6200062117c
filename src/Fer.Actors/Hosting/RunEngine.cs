using System.Collections.Immutable;
using System.Reflection;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Fer.Actors.Devices;
using Fer.Actors.Jobs;
using Fer.Actors.Runs;
using Fer.Actors.Storage;
using Fer.Models;
using Microsoft.Extensions.Logging;

namespace Fer.Actors.Hosting;

/// <summary>Carries a run in this process from where its journal says it is.</summary>
public static class RunEngine
{
    /// <summary>A thread that hangs in native code keeps its actor system from ending: it is not waited for any longer than this.</summary>
    private static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(5);

    /// <summary>How the program's own worker is started, without arguments: <c>dotnet fer.dll worker</c>. Needed where slots live in processes.</summary>
    public static ImmutableArray<string> WorkerCommand { get; set; } = [];

    /// <summary>
    /// Starts or goes on with a run and returns when it has ended, for good or for now. Throws
    /// <see cref="BadInputException"/> before anything is changed: the run is in use, its journal cannot be used, a device does not
    /// exist, or its fingerprint differs and that was not accepted. Where the end is <see cref="RunEnd.Restart"/>, a
    /// thread hangs and is still there: only the end of the process ends it.
    /// </summary>
    /// <param name="stop">Saves every step and ends with <see cref="RunEnd.Interrupted"/>.</param>
    public static async Task<RunOutcome> RunAsync(RunRequest request, IRunObserver observer, ILoggerFactory logs, CancellationToken stop)
    {
        var slots = DeviceName.Resolve(request.Engine.Devices);
        var inProcesses = InProcesses(slots, request.Engine);

        using var held = request.Held is null ? RunLock.Take(request.Folder) : null;
        JournalFiles.Probe(request.Folder, request.Journal);
        using var claim = JournalFiles.Claim(request.Folder, request.Journal);

        var fingerprint = FingerprintOf.ThisMachine(request.Engine);
        var before = RunReader.Read(request.Folder, request.Journal);
        RunMark.Check(request.Folder, request.Journal, before);
        Check(request, before, fingerprint);
        if (held is not null)
        {
            // A wish from before the lock was taken was meant for somebody else.
            File.Delete(request.Folder.Request);
        }

        if (slots.Except(inProcesses).Any(s => s.IsCuda))
        {
            CudaDeterminism.Enforce(sentence => logs.CreateLogger(typeof(RunEngine)).LogWarning("{Sentence}", sentence));
        }

        using var link = inProcesses.Count > 0 ? WorkerLink.Make() : null;
        var config = ActorConfig.ForRun(request.Folder, request.Journal, slots.Except(inProcesses), remote: link is not null);
        var system = StartSystem(config, logs, link);
        var ended = new TaskCompletionSource<RunOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        system.ActorOf(Props.Create(() => new RunRoot(request, slots, link, fingerprint, observer, ended)), "run");
        using var registration = stop.Register(() => system.ActorSelection("/user/run").Tell(new StopRun(RunEnd.Interrupted, "stopped from outside; everything is saved")));

        var outcome = await ended.Task.ConfigureAwait(false);
        await Task.WhenAny(system.Terminate(), Task.Delay(LongestEnd, CancellationToken.None)).ConfigureAwait(false);
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        return outcome.State.RunId.Length > 0 ? outcome : outcome with { State = LastKnown(request, before) };
    }

    /// <param name="link">Where it has workers in processes of their own.</param>
    internal static ActorSystem StartSystem(Config config, ILoggerFactory logs, WorkerLink? link)
    {
        var setup = BootstrapSetup.Create().WithConfig(config).And(new LogSetup(logs));
        return link is null ? ActorSystem.Create("fer", setup) : ActorSystem.Create("fer", setup.And(link.Tls));
    }

    // Where the journal is what broke, the end is told with what was known before.
    private static RunState LastKnown(RunRequest request, RunState? before)
    {
        try
        {
            return RunReader.Read(request.Folder, request.Journal) ?? RunState.Empty;
        }
        catch (BadInputException)
        {
            return before ?? RunState.Empty;
        }
    }

    internal static bool LivesInProcess(DeviceName slot, EngineSettings engine) => engine.Workers == "process" || (engine.Workers == "auto" && slot.IsCuda);

    /// <summary>The slots that live in processes of their own. Throws <see cref="BadInputException"/> where none can be started.</summary>
    internal static IReadOnlyList<DeviceName> InProcesses(IEnumerable<DeviceName> slots, EngineSettings engine)
    {
        var inProcesses = slots.Where(s => LivesInProcess(s, engine)).ToList();
        return inProcesses.Count > 0 && WorkerCommand.IsDefaultOrEmpty
            ? throw new BadInputException($"fer.workers: {inProcesses[0]} is to live in a process of its own, and this program has no command to start one.")
            : inProcesses;
    }

    internal static string Version => typeof(RunEngine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";

    private static void Check(RunRequest request, RunState? before, Fingerprint fingerprint)
    {
        if (before is null)
        {
            if (request.New is null)
            {
                throw new BadInputException($"There is no run '{request.Folder.RunId}' in {request.Folder.Runs}.");
            }

            _ = JobRegistry.Find(request.New.Job);
            return;
        }

        if (before.IsOver)
        {
            return;
        }

        _ = JobRegistry.Find(before.Job);
        if (before.Status == RunStatus.Paused && before.PausedBy == "user" && !request.Resume && request.Instead is null)
        {
            throw new BadInputException($"Run '{before.RunId}' was paused by its user: fer resume {before.RunId} lets it go on.");
        }

        var differences = before.Fingerprint.Differences(fingerprint);
        if (!differences.IsEmpty && !request.AcceptFingerprint && request.Instead is null)
        {
            throw new BadInputException(
                $"Run '{before.RunId}' began under another fingerprint ({string.Join("; ", differences)}), so its bits would no longer be those of a run never interrupted: --accept-fingerprint lets it go on all the same.");
        }
    }
}

/// <summary>The root supervisor: owns the device pool and the run's guardian.</summary>
internal sealed class RunRoot : ReceiveActor
{
    private readonly TaskCompletionSource<RunOutcome> ended;

    public RunRoot(RunRequest request, IReadOnlyList<DeviceName> slots, WorkerLink? link, Fingerprint fingerprint, IRunObserver observer, TaskCompletionSource<RunOutcome> ended)
    {
        var plans = slots.Select(slot => SlotPlan.Of(slot, request.Engine, link)).ToList();

        // Pausing or cancelling a run that no process holds needs no device.
        if (request.Instead is not null)
        {
            plans.Clear();
        }

        var pool = Context.ActorOf(Props.Create(() => new DevicePool(plans, request.Engine.StallTimeout)), "devices");
        var setup = new RunSetup(request, fingerprint, FingerprintOf.Precision(request.Engine, slots), RunEngine.Version, pool, observer, TimeProvider.System);
        var guardian = Context.ActorOf(Props.Create(() => new RunGuardian(setup, ended)), "guardian");
        Receive<StopRun>(guardian.Forward);
        Receive<HasWorker>(_ => { });
        Receive<NoWorkers>(m => Hopeless(ended, m.Sentence));
        Receive<ProcessSpent>(m => guardian.Tell(new StopRun(RunEnd.Restart, m.Sentence)));
        this.ended = ended;
    }

    // The pool and the guardian know what no journal holds: without one of them the run ends here, to go on at the next start.
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(e =>
    {
        Hopeless(ended, $"{e.GetType().Name}: {e.Message.Split('\n')[0]}");
        return Directive.Stop;
    });

    // Nothing here can help itself, so neither would a graceful end come: the next start goes on from the last checkpoint.
    private static void Hopeless(TaskCompletionSource<RunOutcome> ended, string sentence) =>
        ended.TrySetResult(new RunOutcome(RunEnd.Faulted, RunState.Empty, sentence));
}
