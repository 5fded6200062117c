using System.CommandLine;
using Fer.Host.Hosting;

namespace Fer.Host.Commands;

/// <summary><c>fer resume RUN-ID</c>: goes on with a run that was interrupted or paused, by a person or after a fault.</summary>
internal static class ResumeCommand
{
    public static Command Create(CommandContext context)
    {
        var id = Shared.RunId();
        var runs = Shared.Runs();
        var accept = Shared.AcceptFingerprint();
        var command = new Command("resume", "Go on with a run that was interrupted or paused.") { id, runs, accept };
        command.SetAction(async (result, _) =>
        {
            var folder = result.Folder(runs, id);
            var settings = RunFile.Load(folder);
            var launch = new Launch(folder, settings, RunFile.ConfigOf(folder)) { Resume = true, AcceptFingerprint = result.GetValue(accept), Levers = RunFile.LeversOf(folder) };
            return await context.Launcher.RunAsync(launch).ConfigureAwait(false);
        });
        return command;
    }
}
