using System.CommandLine;
using Fer.Host.Hosting;
using Fer.Host.Settings;

namespace Fer.Host.Commands;

/// <summary><c>fer doctor</c>: whether this machine has what a run needs, and what to do about what it lacks.</summary>
internal static class DoctorCommand
{
    public static Command Create(CommandContext context)
    {
        var config = new Argument<string?>("CONFIG") { Description = "Also look at the devices, database and servers that this configuration names.", Arity = ArgumentArity.ZeroOrOne };
        var sets = Shared.Sets();
        var runs = Shared.Runs();
        var command = new Command("doctor", "Look at devices, native libraries, memory, disk, database and Seq.") { config, sets, runs };
        command.SetAction(async (result, stop) =>
        {
            var file = result.GetValue(config) is { } name ? Configs.Find(name) : null;
            var settings = FerConfig.Load(file, result.GetValue(sets) ?? []);
            var healthy = true;
            foreach (var check in Doctor.Checks(settings, result.GetRequiredValue(runs)))
            {
                var finding = await check(stop).ConfigureAwait(false);
                healthy &= finding.Grade != Grade.Bad;
                var mark = finding.Grade switch { Grade.Good => "ok     ", Grade.Note => "note   ", _ => "MISSING" };
                context.Console.Out.WriteLine($"{mark} {finding.Subject}: {finding.Found}");
                if (finding.Advice is { } advice)
                {
                    context.Console.Out.WriteLine($"        → {advice}");
                }
            }

            return healthy ? ExitCode.Done : ExitCode.Findings;
        });
        return command;
    }
}
