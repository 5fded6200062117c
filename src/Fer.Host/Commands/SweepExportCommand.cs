using System.CommandLine;
using Fer.Host.Export;
using Fer.Host.Hosting;
using Fer.Models;

namespace Fer.Host.Commands;

/// <summary><c>fer sweep export</c>: trials as csv, and the best one's settings as a configuration.</summary>
internal static class SweepExportCommand
{
    public static Command Create(CommandContext context)
    {
        var id = SweepCommand.Id();
        var to = new Option<string>("--to") { Description = "A new folder.", HelpName = "DIR", Required = true };
        var runs = Shared.Runs();
        var config = SweepCommand.Config();
        var sets = Shared.Sets();
        var command = new Command("export", "Write a sweep's trials as csv, and the best one's settings as a configuration.") { id, to, runs, config, sets };
        command.SetAction(async (result, _) =>
        {
            var (folder, settings) = SweepCommand.Find(result, result.GetRequiredValue(id), runs, config, sets);
            await SweepCommand.RequireAsync(folder.Id, settings).ConfigureAwait(false);
            var state = folder.Read(settings) ?? throw new BadInputException($"Sweep '{folder.Id}' has not been taken up by a host yet: there is nothing to export.");
            foreach (var file in SweepExport.Write(state, result.GetRequiredValue(to)))
            {
                context.Console.Out.WriteLine(file);
            }

            return ExitCode.Done;
        });
        return command;
    }
}
