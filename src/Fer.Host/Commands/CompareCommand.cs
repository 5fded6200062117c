using System.CommandLine;
using Fer.Actors.Storage;
using Fer.Host.Hosting;
using Fer.Host.Reports;

namespace Fer.Host.Commands;

/// <summary><c>fer compare RUN RUN</c>: settings, ground, figures and bytes of two runs side by side.</summary>
internal static class CompareCommand
{
    public static Command Create(CommandContext context)
    {
        var first = new Argument<string>("RUN") { Description = "A run's id." };
        var second = new Argument<string>("OTHER-RUN") { Description = "Another run's id." };
        var runs = Shared.Runs();
        var command = new Command("compare", "Put two runs side by side: what differs, their figures, and whether their bytes are equal.") { first, second, runs };
        command.SetAction(result =>
        {
            var (a, b) = (result.Folder(runs, first), result.Folder(runs, second));
            var comparison = Comparison.Of(CommandContext.StateOf(a), CommandContext.StateOf(b), Stores.Of(a, context.Console.Error.WriteLine), Stores.Of(b, context.Console.Error.WriteLine));
            context.Console.Out.Write(ComparisonText.Of(comparison));
            return ExitCode.Done;
        });
        return command;
    }
}
