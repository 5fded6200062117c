using System.CommandLine;
using Fer.Actors.Jobs.Levers;
using Fer.Actors.Storage;
using Fer.Host.Hosting;
using Fer.Host.Settings;

namespace Fer.Host.Commands;

/// <summary><c>fer study levers CONFIG</c>: what each setting of the loop is worth, on validation B alone.</summary>
internal static class StudyCommand
{
    public static Command Create(CommandContext context) => new("study", "Ask one question with many loops.") { Levers(context) };

    private static Command Levers(CommandContext context)
    {
        var config = Shared.Config();
        var data = Shared.Data();
        var sets = Shared.Sets();
        var levers = new Option<string[]>("--lever")
        {
            Description = $"A lever and the values to try beside the configuration's, such as loop.labels=soft; may be given several times. Without it every usual one. There are {string.Join(", ", Lever.All.Select(l => l.Key))}.",
            HelpName = "KEY=V1,V2",
            AllowMultipleArgumentsPerToken = false,
        };
        var id = Shared.NewRunId();
        var runs = Shared.Runs();
        var dry = Shared.DryRun();
        var accept = Shared.AcceptFingerprint();
        var strict = Shared.Strict();
        var command = new Command("levers", "Screen the loop's levers, one at a time over at least three loops, and write the recipe that fer run tests. The test set has no part in it.") { config, data, sets, levers, id, runs, dry, accept, strict };
        command.SetAction(async (result, _) =>
        {
            var file = Configs.Find(result.GetRequiredValue(config));
            var settings = FerConfig.Load(file, result.GetValue(sets) ?? []);
            settings = RunCommand.WithData(settings, result.GetValue(data), result.GetValue(strict));
            var selection = LeverOptions.Select(settings.Job, result.GetValue(levers) ?? []);
            var (all, name) = (result.GetRequiredValue(runs), Configs.RunIdFor($"{Path.GetFileNameWithoutExtension(file)}-levers.conf", context.Clock.GetLocalNow()));
            var folder = new RunFolder(all, result.GetValue(id) ?? Unfinished.Or(name, all, file, settings, selection.Levers));
            if (result.GetValue(dry))
            {
                DryRun.Write(context.Console.Out, folder, settings, selection);
                return ExitCode.Done;
            }

            foreach (var sentence in selection.LeftOut)
            {
                context.Console.Error.WriteLine(sentence);
            }

            return await context.Launcher.RunAsync(new Launch(folder, settings, file) { AcceptFingerprint = result.GetValue(accept), Levers = selection.Levers }).ConfigureAwait(false);
        });
        return command;
    }
}
