using Fer.Actors.Hosting;
using Fer.Actors.Jobs.Levers;
using Fer.Actors.Runs;
using Fer.Actors.Storage;
using Fer.Host.Commands;
using Fer.Host.Live;
using Fer.Host.Reports;
using Fer.Host.Settings;
using Fer.Models;

namespace Fer.Host.Hosting;

/// <summary>What is said of a run that has ended, for good or for now, and written beside it: its report, and the recipe of one that screened levers.</summary>
internal sealed class RunEnding(FerConsole console)
{
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public int Write(Launch launch, RunOutcome outcome)
    {
        var folder = launch.Folder;
        var id = folder.RunId;
        switch (outcome.End)
        {
            case RunEnd.Completed:
                ResultTable.Write(console, outcome.State);
                Report(folder, outcome.State);
                if (outcome.State.Job == LeverNames.Job)
                {
                    Recipe(folder, outcome.State, launch.Settings);
                }

                if (outcome.WasOver && launch.WhenOver is { } sentence)
                {
                    console.Out.WriteLine(sentence);
                }

                return ExitCode.Done;
            case RunEnd.Paused:
                console.Error.WriteLine($"Run '{id}' is paused{(outcome.Sentence.Length > 0 ? $" ({outcome.Sentence.TrimEnd('.')})" : "")}: fer resume {id} lets it go on.");
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
            ReportWriter.Write(folder, state, Stores.Of(folder, console.Error.WriteLine));
            console.Out.WriteLine($"Report: {folder.Report}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            console.Error.WriteLine($"The report could not be written ({e.Message}): fer report {folder.RunId} writes it again.");
        }
    }

    private void Recipe(RunFolder folder, RunState state, FerSettings settings)
    {
        try
        {
            var path = RecipeFile.Write(folder, state, settings, Stores.Of(folder, console.Error.WriteLine));
            console.Out.WriteLine($"Recipe: {path}");
            console.Out.WriteLine($"It was chosen, not proved: fer run {path} reads the test set, once.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or DamagedArtifactException)
        {
            console.Error.WriteLine($"The recipe could not be written ({e.Message}): fer resume {folder.RunId} writes it again.");
        }
    }
}
