using System.CommandLine;
using Fer.Actors.Storage;
using Fer.Host.Hosting;
using Fer.Host.Settings;
using Fer.Models;

namespace Fer.Host.Commands;

/// <summary><c>fer demo</c>: the whole loop in miniature on drawn faces.</summary>
internal static class DemoCommand
{
    private const string RunId = "demo";

    public static Command Create(CommandContext context)
    {
        var sets = Shared.Sets();
        var runs = Shared.Runs();
        var fresh = new Option<bool>("--fresh") { Description = "Delete the last demo and start anew." };
        var command = new Command("demo", "The whole loop in miniature on drawn faces: about three minutes on two cores, no download. Interrupted, it goes on where it was.") { sets, runs, fresh };
        command.SetAction(async (result, _) =>
        {
            var file = Configs.Find("demo");
            var settings = RunCommand.WithData(FerConfig.Load(file, result.GetValue(sets) ?? []), null, strict: false);
            var folder = new RunFolder(result.GetRequiredValue(runs), RunId);
            if (result.GetValue(fresh) && folder.Exists)
            {
                Delete(folder);
            }

            var launch = new Launch(folder, settings, file) { Otherwise = "start it anew with fer demo --fresh", WhenOver = "This demo is finished; fer demo --fresh starts it anew." };
            return await context.Launcher.RunAsync(launch).ConfigureAwait(false);
        });
        return command;
    }

    private static void Delete(RunFolder folder)
    {
        using var held = RunLock.Take(folder, "start it with another --runs");
        Directory.Delete(folder.Path, recursive: true);
    }
}
