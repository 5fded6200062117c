using System.CommandLine;
using Fer.Actors.Storage;
using Fer.Host.Hosting;
using Fer.Host.Export;

namespace Fer.Host.Commands;

/// <summary><c>fer export RUN-ID --to DIR</c>: a run's images, networks, figures and curves in open formats.</summary>
internal static class ExportCommand
{
    public static Command Create(CommandContext context)
    {
        var id = Shared.RunId();
        var runs = Shared.Runs();
        var to = new Option<string>("--to") { Description = "A new or empty folder.", HelpName = "DIR", Required = true };
        var command = new Command("export", "Write a run's kept images with their provenance, its networks, figures and curves in open formats.") { id, runs, to };
        command.SetAction(result =>
        {
            var folder = result.Folder(runs, id);
            var made = RunExport.Export(CommandContext.LoopOf(folder), Stores.Of(folder, context.Console.Error.WriteLine), result.GetRequiredValue(to));
            context.Console.Out.WriteLine(FormattableString.Invariant($"{made.Folder}: {made.Images} images, {made.Networks} networks, {made.Curves} curves."));
            return ExitCode.Done;
        });
        return command;
    }
}
