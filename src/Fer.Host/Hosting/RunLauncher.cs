using System.Collections.Immutable;
using Fer.Actors.Devices;
using Fer.Actors.Hosting;
using Fer.Actors.Jobs.Refinement;
using Fer.Actors.Runs;
using Fer.Actors.Storage;
using Fer.Host.Commands;
using Fer.Host.Live;
using Fer.Host.Reports;
using Fer.Host.Settings;
using Fer.Models;
using Fer.Models.Data;
using RunReader = Fer.Actors.Storage.RunReader;

namespace Fer.Host.Hosting;

/// <summary>A run to start or to go on with.</summary>
/// <param name="Folder">Where it is or will be.</param>
/// <param name="Settings">Checked.</param>
/// <param name="Config">The file they came from.</param>
internal sealed record Launch(RunFolder Folder, FerSettings Settings, string? Config)
{
    /// <summary>Go on with what the journal says, whatever the settings say the run should compute.</summary>
    public bool Resume { get; init; }

    public bool AcceptFingerprint { get; init; }

    /// <summary>Advice for who wanted another run than this.</summary>
    public string Otherwise { get; init; } = "choose another --run-id";

    /// <summary>Said when the run has ended before.</summary>
    public string? WhenOver { get; init; }
}

/// <summary>Carries a run from the command line to its end: data, logs, metrics, view, engine, report.</summary>
internal sealed class RunLauncher(FerConsole console, IRunEngine engine, TimeProvider clock)
{
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public async Task<int> RunAsync(Launch launch)
    {
        var (folder, settings) = (launch.Folder, launch.Settings);
        if (RunReader.IsHeld(folder))
        {
            throw new BadInputException($"Run '{folder.RunId}' is in use by another process: wait for it, stop it, or {launch.Otherwise}.");
        }

        var before = RunReader.Read(folder, settings.Journal);
        if (before is not null && Refuse(launch, before) is { } code)
        {
            return code;
        }

        var progress = new RunProgress(clock);
        using var shutdown = new Shutdown(progress.Say);
        var fresh = before is null ? Load(launch) : null;
        RunFile.Write(folder, launch.Config, settings);
        if (shutdown.Token.IsCancellationRequested)
        {
            console.Error.WriteLine("Stopped before the first step.");
            return ExitCode.RunAgain;
        }

        using var logs = RunLogs.Start(folder, settings, progress.Say);
        using var metrics = RunMetrics.Start(settings.Otlp, folder.RunId);
        var request = new RunRequest(folder, settings.Engine, settings.Journal) { New = fresh, Resume = launch.Resume, AcceptFingerprint = launch.AcceptFingerprint };
        var outcome = await WatchAsync(request, before, progress, logs, shutdown.Token).ConfigureAwait(false);
        return Finish(folder, outcome);
    }

    /// <summary>Ends it here where there is nothing to do, or nothing may be done.</summary>
    private int? Refuse(Launch launch, RunState before)
    {
        if (!launch.Resume && JobDifferences.Of(JobDifferences.Read(before.Settings).Settings, launch.Settings.Job) is { Count: > 0 } differences)
        {
            throw new BadInputException($"Run '{before.RunId}' was started with other settings ({string.Join("; ", differences)}): {launch.Otherwise}, or go on as it was with fer resume {before.RunId}.");
        }

        if (before.IsOver)
        {
            var code = Finish(launch.Folder, new RunOutcome(EndOf(before.Status), before, before.Reason));
            if (launch.WhenOver is { } sentence)
            {
                console.Out.WriteLine(sentence);
            }

            return code;
        }

        if (before is { Status: RunStatus.Paused, PausedBy: "user" } && !launch.Resume)
        {
            console.Error.WriteLine($"Run '{before.RunId}' is paused: fer resume {before.RunId} lets it go on.");
            return ExitCode.Paused;
        }

        return null;
    }

    private NewRun Load(Launch launch)
    {
        var settings = launch.Settings.Job;

        // A device that does not exist must not be found out only after all faces are read.
        _ = DeviceName.Resolve(launch.Settings.Engine.Devices);
        var started = clock.GetTimestamp();
        var data = DataLoader.Load(settings.Data);
        var r = data.Report;
        console.Out.WriteLine(FormattableString.Invariant($"{r.Source}: {r.Read} faces of {r.Classes.Length} classes in {clock.GetElapsedTime(started).TotalSeconds:0.0} s; ")
            + string.Join(", ", r.Splits.Select(s => FormattableString.Invariant($"{s.Split} {s.Total()}"))) + ".");
        if (r.Broken > 0)
        {
            console.Error.WriteLine(FormattableString.Invariant($"{r.Broken} broken images are left out, the first: '{r.BrokenImages[0].Id}' {r.BrokenImages[0].Reason}."));
        }

        Directory.CreateDirectory(launch.Folder.Path);
        return RefinementInputs.Freeze(settings, data, new ArtifactStore(launch.Folder.Artifacts));
    }

    private async Task<RunOutcome> WatchAsync(RunRequest request, RunState? before, RunProgress progress, RunLogs logs, CancellationToken stop)
    {
        var forecast = new Forecast(Foreseen.Steps(JobDifferences.Read(before?.Settings ?? request.New!.Settings)), DeviceName.Resolve(request.Engine.Devices).Count);
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

    private int Finish(RunFolder folder, RunOutcome outcome)
    {
        var id = folder.RunId;
        switch (outcome.End)
        {
            case RunEnd.Completed:
                ResultTable.Write(console, outcome.State);
                Report(folder, outcome.State);
                return ExitCode.Done;
            case RunEnd.Paused:
                console.Error.WriteLine($"Run '{id}' is paused ({outcome.Sentence.TrimEnd('.')}): fer resume {id} lets it go on.");
                return ExitCode.Paused;
            case RunEnd.Cancelled:
                console.Error.WriteLine($"Run '{id}' is cancelled.");
                return ExitCode.Cancelled;
            case RunEnd.Failed:
                console.Error.WriteLine($"Run '{id}' has failed: {outcome.Sentence}");
                return ExitCode.Failed;
            case RunEnd.Interrupted:
                console.Error.WriteLine($"Run '{id}' is saved: run the same command again, or fer resume {id}.");
                return ExitCode.RunAgain;
            default:
                console.Error.WriteLine($"Run '{id}' had to stop: {outcome.Sentence.TrimEnd('.')}. Mend it, then run the same command again, or fer resume {id}.");
                return ExitCode.Faulted;
        }
    }

    private void Report(RunFolder folder, RunState state)
    {
        try
        {
            ReportWriter.Write(folder, state, new ArtifactStore(folder.Artifacts));
            console.Out.WriteLine($"Report: {folder.Report}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            console.Error.WriteLine($"The report could not be written ({e.Message}): fer report {folder.RunId} writes it again.");
        }
    }

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
