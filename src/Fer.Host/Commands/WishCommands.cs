using System.CommandLine;
using Fer.Actors.Storage;
using Fer.Host.Hosting;

namespace Fer.Host.Commands;

/// <summary><c>fer pause</c> and <c>fer cancel</c>: ask the process that holds a run, or do it here when none does.</summary>
internal static class WishCommands
{
    public static Command Pause(CommandContext context) =>
        Create(context, WishFile.Pause, "Save every step of a run and stop it until fer resume.");

    public static Command Cancel(CommandContext context) =>
        Create(context, WishFile.Cancel, "End a run for good; what it has made so far stays.");

    private static Command Create(CommandContext context, string wish, string description)
    {
        var id = Shared.RunId();
        var runs = Shared.Runs();
        var command = new Command(wish, description) { id, runs };
        command.SetAction(async (result, stop) =>
        {
            var folder = result.Folder(runs, id);
            context.Console.Out.WriteLine(await new RunWish(context.Engine, context.Clock).DoAsync(folder, RunFile.Load(folder), wish, stop).ConfigureAwait(false));
            return ExitCode.Done;
        });
        return command;
    }
}
