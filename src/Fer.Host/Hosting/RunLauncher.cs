using System.Collections.Immutable;
using Fer.Actors.Devices;
using Fer.Actors.Hosting;
using Fer.Actors.Jobs.Levers;
using Fer.Actors.Jobs.Refinement;
using Fer.Actors.Runs;
using Fer.Actors.Storage;
using Fer.Host.Commands;
using Fer.Host.Live;
using Fer.Models;
using Fer.Models.Data;
using RunReader = Fer.Actors.Storage.RunReader;

namespace Fer.Host.Hosting;

/// <summary>Carries a run from the command line to its end: data, logs, metrics, view, engine, report.</summary>
internal sealed class RunLauncher(FerConsole console, IRunEngine engine, TimeProvider clock, StartAnew startAnew)
{
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public async Task<int> RunAsync(Launch launch)
    {
        if (launch.Folder.Store is not null)
        {
            return await ByHostsAsync(launch).ConfigureAwait(false);
        }

        var progress = new RunProgress(clock);
        var isWatched = false;
        using var shutdown = new Shutdown(line =>
        {
            if (Volatile.Read(ref isWatched))
            {
                progress.Say(line);
            }
            else
            {
                console.Error.WriteLine(line);
            }
        });
        var outcome = await CarryAsync(launch, progress, () => Volatile.Write(ref isWatched, true), shutdown.Token).ConfigureAwait(false);
        if (outcome is null)
        {
            console.Error.WriteLine("Stopped before the first step.");
            return ExitCode.RunAgain;
        }

        if (outcome.End == RunEnd.Restart)
        {
            // Asked to stop meanwhile: what could be saved is saved.
            return shutdown.Token.IsCancellationRequested ? Finish(launch, outcome with { End = RunEnd.Interrupted }) : GoOnAnew(launch.Folder, outcome.Sentence);
        }

        return Finish(launch, outcome);
    }

    // This process has no part in it: hosts compute it, and go on with it whatever happens here.
    private async Task<int> ByHostsAsync(Launch launch)
    {
        if (!launch.Resume)
        {
            throw new BadInputException($"Run '{launch.Folder.RunId}' was handed to hosts: fer status {launch.Folder.RunId} says where it is; {launch.Otherwise} for another.");
        }

        console.Out.WriteLine(await new HandedOver(launch.Folder, launch.Settings.Journal).WishAsync("resume", CancellationToken.None).ConfigureAwait(false));
        return ExitCode.Done;
    }

    /// <summary>Null when it was stopped before it began.</summary>
    private async Task<RunOutcome?> CarryAsync(Launch launch, RunProgress progress, Action watched, CancellationToken stop)
    {
        var (folder, settings) = (launch.Folder, launch.Settings);
        var isNew = !folder.Exists;

        // From before the journal is read: of two first starts at the same instant, one writes the inputs and the other is told.
        using var held = RunLock.Take(folder, launch.Otherwise);
        File.Delete(folder.Request);
        RunState? before;
        NewRun? fresh;
        try
        {
            JournalFiles.Probe(folder, settings.Journal);
            before = RunReader.Read(folder, settings.Journal);
            RunMark.Check(folder, settings.Journal, before);
            if (before is not null && Ended(launch, before) is { } ended)
            {
                return ended;
            }

            // Before the faces are read: a start that is cut off there is started again with the same settings.
            RunFile.Write(folder, launch.Config, settings, launch.Levers);
            fresh = before is null ? Load(launch) : null;
        }
        catch (Exception) when (isNew)
        {
            // Under the lock, so that nobody's folder but this one's goes.
            Directory.Delete(folder.Path, recursive: true);
            throw;
        }

        if (stop.IsCancellationRequested)
        {
            return null;
        }

        using var logs = RunLogs.Start(folder, settings, progress.Say);
        using var metrics = RunMetrics.Start(settings.Otlp, folder.RunId);
        var request = new RunRequest(folder, settings.Engine, settings.Journal) { New = fresh, Held = held, Resume = launch.Resume, AcceptFingerprint = launch.AcceptFingerprint };
        watched();
        return await WatchAsync(request, before, progress, logs, stop).ConfigureAwait(false);
    }

    /// <summary>How it ends here where there is nothing to do, or nothing may be done.</summary>
    private static RunOutcome? Ended(Launch launch, RunState before)
    {
        if (!launch.Resume && JobDifferences.Of(before, launch.Settings.Job, launch.Levers) is { Count: > 0 } differences)
        {
            throw new BadInputException($"Run '{before.RunId}' was started with other settings ({string.Join("; ", differences)}): {launch.Otherwise}, or go on as it was with fer resume {before.RunId}.");
        }

        if (before.IsOver)
        {
            return new RunOutcome(EndOf(before.Status), before, before.Reason) { WasOver = true };
        }

        return before is { Status: RunStatus.Paused, PausedBy: "user" } && !launch.Resume ? new RunOutcome(RunEnd.Paused, before, "") : null;
    }

    private NewRun Load(Launch launch)
    {
        // A device that does not exist must not be found out only after all faces are read.
        _ = DeviceName.Resolve(launch.Settings.Engine.Devices);
        return launch.Fork ?? Freeze(launch);
    }

    /// <summary>Reads the faces, says what they are, and freezes what the run starts from into its store.</summary>
    internal NewRun Freeze(Launch launch)
    {
        var settings = launch.Settings.Job;
        var started = clock.GetTimestamp();
        var data = DataLoader.Load(settings.Data, loops: launch.Levers is null ? settings.Loop.Loops : LeversRun.Of(settings).Loop.Loops);
        var r = data.Report;
        console.Out.WriteLine(FormattableString.Invariant($"{r.Source}: {r.Read} faces of {r.Classes.Length} classes in {clock.GetElapsedTime(started).TotalSeconds:0.0} s; ")
            + string.Join(", ", r.Splits.Select(s => FormattableString.Invariant($"{s.Split} {s.Total()}"))) + ".");
        if (r.LeakedTestImages is { } leaked)
        {
            console.Out.WriteLine(FormattableString.Invariant($"Twins are as they come (fer.data.twins): {leaked} of the test faces have a twin that is trained or validated on, so figures will be flattered."));
        }

        if (r.Broken > 0)
        {
            console.Error.WriteLine(FormattableString.Invariant($"{r.Broken} broken images are left out, the first: '{r.BrokenImages[0].Id}' {r.BrokenImages[0].Reason}."));
        }

        Directory.CreateDirectory(launch.Folder.Path);
        var store = new ArtifactStore(launch.Folder.Artifacts);
        return launch.Levers is null ? RefinementInputs.Freeze(settings, data, store) : LeversInputs.Freeze(settings, [.. launch.Levers], data, store);
    }

    private async Task<RunOutcome> WatchAsync(RunRequest request, RunState? before, RunProgress progress, RunLogs logs, CancellationToken stop)
    {
        var forecast = new Forecast(Foreseen.Steps(before?.Job ?? request.New!.Job, before?.Settings ?? request.New!.Settings, before?.Inputs ?? request.New!.Inputs), DeviceName.Resolve(request.Engine.Devices).Count);
        console.Out.WriteLine($"Run {request.Folder.RunId} in {request.Folder.Path}{(before is null ? "" : ", going on")}");
        using var done = new CancellationTokenSource();
        var view = console.IsLive
            ? new TerminalView(console.Terminal, progress, forecast, request.Folder.RunId).RunAsync(done.Token)
            : new PlainView(console.Out, progress, forecast, clock).RunAsync(done.Token);
        try
        {
            return await engine.RunAsync(request, new Observers(progress, logs), logs.Factory, stop).ConfigureAwait(false);
        }
        finally
        {
            await done.CancelAsync().ConfigureAwait(false);
            await view.ConfigureAwait(false);
        }
    }

    // The lock is free by now, and all that was said is in the log.
    private int GoOnAnew(RunFolder folder, string reason)
    {
        console.Error.WriteLine($"Run '{folder.RunId}' goes on in a new process, because {reason}.");
        var trouble = startAnew(["resume", folder.RunId, "--runs", folder.Runs]);
        console.Error.WriteLine($"A new process could not be started ({trouble}): run the same command again, or fer resume {folder.RunId}.");
        return ExitCode.RunAgain;
    }

    /// <summary>Says how it has ended.</summary>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    internal int Finish(Launch launch, RunOutcome outcome) => new RunEnding(console).Write(launch, outcome);

    private static RunEnd EndOf(RunStatus status) => status switch
    {
        RunStatus.Completed => RunEnd.Completed,
        RunStatus.Cancelled => RunEnd.Cancelled,
        _ => RunEnd.Failed,
    };

    private sealed class Observers(params ImmutableArray<IRunObserver> all) : IRunObserver
    {
        public void OnEvent(Fer.Actors.Runs.V1.IRunEvent e, RunState state)
        {
            foreach (var observer in all)
            {
                observer.OnEvent(e, state);
            }
        }

        public void OnLive(LiveStep step)
        {
            foreach (var observer in all)
            {
                observer.OnLive(step);
            }
        }
    }
}
