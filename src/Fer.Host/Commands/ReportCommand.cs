using System.CommandLine;
using Fer.Actors.Storage;
using Fer.Host.Hosting;
using Fer.Host.Reports;

namespace Fer.Host.Commands;

/// <summary><c>fer report RUN-ID</c>: writes the run's report, of half a run too.</summary>
internal static class ReportCommand
{
    public static Command Create(CommandContext context)
    {
        var id = Shared.RunId();
        var runs = Shared.Runs();
        var command = new Command("report", "Write a run's report, one HTML file that opens offline.") { id, runs };
        command.SetAction(result =>
        {
            var folder = result.Folder(runs, id);
            ReportWriter.Write(folder, CommandContext.StateOf(folder), Stores.Of(folder, context.Console.Error.WriteLine), RunReader.IsHeld(folder, RunFile.Load(folder).Journal));
            context.Console.Out.WriteLine(folder.Report);
            return ExitCode.Done;
        });
        return command;
    }
}
