using System.CommandLine;
using Fer.Host.Hosting;
using Fer.Host.Reports;
using Fer.Models;

namespace Fer.Host.Commands;

/// <summary><c>fer sweep report</c>: writes the sweep's report, of half a sweep too.</summary>
internal static class SweepReportCommand
{
    public static Command Create(CommandContext context)
    {
        var id = SweepCommand.Id();
        var to = new Option<string?>("--to") { Description = "A file; without it report.html in the sweep's folder.", HelpName = "FILE" };
        var runs = Shared.Runs();
        var config = SweepCommand.Config();
        var sets = Shared.Sets();
        var command = new Command("report", "Write a sweep's report, one HTML file that opens offline.") { id, to, runs, config, sets };
        command.SetAction(async (result, _) =>
        {
            var (folder, settings) = SweepCommand.Find(result, result.GetRequiredValue(id), runs, config, sets);
            await SweepCommand.RequireAsync(folder.Id, settings).ConfigureAwait(false);
            var state = folder.Read(settings) ?? throw new BadInputException($"Sweep '{folder.Id}' has not been taken up by a host yet: there is nothing to report.");
            var file = Path.GetFullPath(result.GetValue(to) ?? folder.Report);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            SweepReport.Write(state, file);
            context.Console.Out.WriteLine(file);
            return ExitCode.Done;
        });
        return command;
    }
}
