using Fer.Actors.Jobs.Levers;
using Fer.Actors.Storage;
using Fer.Host.Hosting;

namespace Fer.Host.Commands;

/// <summary>What commands share; tests put in their own.</summary>
internal sealed record CommandContext(FerConsole Console, IRunEngine Engine, TimeProvider Clock)
{
    public RunLauncher Launcher => new(Console, Engine, Clock, StartAnew);

    public StartAnew StartAnew { get; init; } = ProcessImage.Replace;

    /// <summary>Loads native libraries, or throws a sentence about the first that cannot be loaded.</summary>
    public Action<Library> Require { get; init; } = Needs.Require;

    /// <summary>The state of a run that exists and has begun. Throws a sentence otherwise.</summary>
    public static Fer.Actors.Runs.RunState StateOf(RunFolder folder)
    {
        var settings = RunFile.Load(folder);
        return Fer.Actors.Storage.RunReader.Read(folder, settings.Journal)
            ?? throw new Fer.Models.BadInputException($"Run '{folder.RunId}' has no event yet: its start was interrupted, fer resume {folder.RunId} starts it again.");
    }

    /// <summary>The same of a run of the loop. Throws a sentence where it is a screening, which has neither arms to show nor a data set.</summary>
    public static Fer.Actors.Runs.RunState LoopOf(RunFolder folder) => StateOf(folder) is { Job: not LeverNames.Job } state
        ? state
        : throw new Fer.Models.BadInputException($"Run '{folder.RunId}' screens levers: it has no arms that were tested and no images of its own to give away. When it is complete, fer run {RecipeFile.PathIn(folder)} runs its recipe.");
}
