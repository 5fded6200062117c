using System.CommandLine;
using Fer.Actors.Sweeps;
using Fer.Host.Hosting;

namespace Fer.Host.Commands;

/// <summary><c>fer sweep pause</c>, <c>resume</c>, <c>cancel</c> and <c>retry</c>: a wish in the database, for whoever coordinates.</summary>
internal static class SweepWishCommands
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public static Command Create(CommandContext context, string wish, string description)
    {
        var id = SweepCommand.Id();
        var runs = Shared.Runs();
        var config = SweepCommand.Config();
        var sets = Shared.Sets();
        var command = new Command(wish, description) { id, runs, config, sets };
        command.SetAction((result, stop) => WishAsync(context, result, result.GetRequiredValue(id), wish, 0, (runs, config, sets), stop));
        return command;
    }

    public static Command Retry(CommandContext context)
    {
        var id = SweepCommand.Id();
        var trial = new Argument<int>("TRIAL") { Description = "Number of a trial that failed or was cancelled." };
        var runs = Shared.Runs();
        var config = SweepCommand.Config();
        var sets = Shared.Sets();
        var command = new Command("retry", "Try a trial again that failed or was cancelled, as a run of its own.") { id, trial, runs, config, sets };
        command.SetAction((result, stop) => WishAsync(context, result, result.GetRequiredValue(id), "retry", result.GetRequiredValue(trial), (runs, config, sets), stop));
        return command;
    }

    private static async Task<int> WishAsync(CommandContext context, ParseResult result, string id, string wish, int trial, (Option<string> Runs, Option<string?> Config, Option<string[]> Sets) options, CancellationToken stop)
    {
        var (_, settings) = SweepCommand.Find(result, id, options.Runs, options.Config, options.Sets);
        await using var database = await ClusterDatabase.OpenAsync(settings.Journal, settings.Cluster.Store, stop).ConfigureAwait(false);
        var rows = new SweepRows(database);
        _ = await SweepCommand.RowAsync(rows, id).ConfigureAwait(false);
        var made = await rows.WishAsync(id, wish, trial).ConfigureAwait(false);
        if (await Hosts.ThereAsync(settings, database).ConfigureAwait(false) == 0)
        {
            context.Console.Out.WriteLine($"No host is there now: the wish to {wish} sweep '{id}' waits {Hosts.WhereItWaits(settings, result.GetRequiredValue(options.Runs))}");
            return ExitCode.Done;
        }

        for (var waited = TimeSpan.Zero; waited < Patience; waited += Look)
        {
            if (await rows.AnswerAsync(made).ConfigureAwait(false) is { } answer)
            {
                (answer.IsRefused ? context.Console.Error : context.Console.Out).WriteLine(answer.Sentence);
                return answer.IsRefused ? ExitCode.BadInput : ExitCode.Done;
            }

            await Task.Delay(Look, stop).ConfigureAwait(false);
        }

        context.Console.Error.WriteLine($"No host has answered yet; the wish to {wish} sweep '{id}' waits in the database until one does.");
        return ExitCode.Faulted;
    }
}
