using System.CommandLine;
using Fer.Actors.Sweeps.Schedules;
using Fer.Host.Hosting;

namespace Fer.Host.Commands;

/// <summary><c>fer test-schedule SEED</c>: plays a schedule of faults again that a test found; for who works on the protocol between hosts.</summary>
internal static class TestScheduleCommand
{
    public static Command Create(CommandContext context)
    {
        var seed = new Argument<int>("SEED") { Description = "As the test printed it." };
        var count = new Option<int>("--count") { Description = "Play so many schedules, from this seed on, and say which go wrong.", DefaultValueFactory = _ => 1, HelpName = "N" };
        var command = new Command("test-schedule", "Play two runs on several hosts in virtual time, with faults drawn from a seed.") { seed, count };
        command.Hidden = true;
        command.SetAction(result => Play(context.Console, result.GetRequiredValue(seed), result.GetRequiredValue(count)));
        return command;
    }

    private static int Play(FerConsole console, int seed, int count)
    {
        var wrong = 0;
        for (var i = 0; i < count; i++)
        {
            var outcome = Schedule.Play(seed + i);
            wrong += outcome.Trouble is null ? 0 : 1;
            if (count == 1)
            {
                foreach (var line in outcome.Log)
                {
                    console.Out.WriteLine(line);
                }
            }

            if (count == 1 || outcome.Trouble is not null)
            {
                console.Out.WriteLine(FormattableString.Invariant($"seed {outcome.Seed}: {outcome.Trouble ?? "both runs completed, every result once and right"}, after {outcome.Seconds:0.0} s"));
            }
        }

        console.Out.WriteLine(FormattableString.Invariant($"{count} schedules, {wrong} wrong."));
        return wrong == 0 ? ExitCode.Done : ExitCode.Findings;
    }
}
