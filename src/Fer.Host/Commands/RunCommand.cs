using System.CommandLine;
using Fer.Actors.Storage;
using Fer.Host.Hosting;
using Fer.Host.Settings;

namespace Fer.Host.Commands;

/// <summary><c>fer run CONFIG</c>: starts a run, or goes on with the unfinished one of the same id and settings.</summary>
internal static class RunCommand
{
    public static Command Create(CommandContext context)
    {
        var config = Shared.Config();
        var data = Shared.Data();
        var sets = Shared.Sets();
        var id = Shared.NewRunId();
        var runs = Shared.Runs();
        var dry = Shared.DryRun();
        var accept = Shared.AcceptFingerprint();
        var strict = Shared.Strict();
        var command = new Command("run", "Start a run from a configuration; the same command again goes on with it.") { config, data, sets, id, runs, dry, accept, strict };
        command.SetAction(async (result, _) =>
        {
            var file = Configs.Find(result.GetRequiredValue(config));
            var settings = FerConfig.Load(file, result.GetValue(sets) ?? []);
            settings = WithData(settings, result.GetValue(data), result.GetValue(strict));
            var all = result.GetRequiredValue(runs);
            var folder = new RunFolder(all, result.GetValue(id) ?? Unfinished.Or(Configs.RunIdFor(file, context.Clock.GetLocalNow()), all, file, settings));
            if (result.GetValue(dry))
            {
                DryRun.Write(context.Console.Out, folder, settings);
                return ExitCode.Done;
            }

            return await context.Launcher.RunAsync(new Launch(folder, settings, file) { AcceptFingerprint = result.GetValue(accept) }).ConfigureAwait(false);
        });
        return command;
    }

    internal static FerSettings WithData(FerSettings settings, string? path, bool strict)
    {
        var data = settings.Job.Data;
        data = data with { Strict = data.Strict || strict, Path = path ?? data.Path };

        // Where the program is started from must not decide which faces a run that goes on is said to have.
        data = data with { Path = data.Path.Length == 0 ? "" : Path.GetFullPath(data.Path) };
        return settings with { Job = settings.Job with { Data = data } };
    }
}
