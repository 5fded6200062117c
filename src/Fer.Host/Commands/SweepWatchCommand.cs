using System.CommandLine;
using Fer.Host.Hosting;

namespace Fer.Host.Commands;

/// <summary><c>fer sweep watch</c>: a sweep's events as they come, until it is over.</summary>
internal static class SweepWatchCommand
{
    public static Command Create(CommandContext context)
    {
        var id = SweepCommand.Id();
        var runs = Shared.Runs();
        var config = SweepCommand.Config();
        var sets = Shared.Sets();
        var command = new Command("watch", "Follow a sweep until it is over.") { id, runs, config, sets };
        command.SetAction(async (result, _) =>
        {
            var (folder, settings) = SweepCommand.Find(result, result.GetRequiredValue(id), runs, config, sets);
            await SweepCommand.RequireAsync(folder.Id, settings).ConfigureAwait(false);
            using var shutdown = new Shutdown(_ => { });
            return await SweepWatch.UntilOverAsync(context, folder, settings, shutdown.Token).ConfigureAwait(false);
        });
        return command;
    }
}
