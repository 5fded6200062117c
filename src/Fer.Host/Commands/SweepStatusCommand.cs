using System.CommandLine;
using System.Text.Json;
using Fer.Actors.Hosting;
using Fer.Actors.Storage;
using Fer.Actors.Sweeps;
using Fer.Host.Hosting;
using Fer.Models;

namespace Fer.Host.Commands;

/// <summary><c>fer sweep status</c>: all sweeps of the hosts in a line each, or one with its trials.</summary>
internal static class SweepStatusCommand
{
    private static readonly JsonSerializerOptions Options = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Command Create(CommandContext context)
    {
        var id = new Argument<string?>("SWEEP-ID") { Description = "One sweep with its trials; without it, all in short.", Arity = ArgumentArity.ZeroOrOne };
        var runs = Shared.Runs();
        var config = SweepCommand.Config();
        var sets = Shared.Sets();
        var json = new Option<bool>("--json") { Description = "Print JSON: an object for one sweep, else an array. Its keys are stable." };
        var command = new Command("status", "Say where sweeps are.") { id, runs, config, sets, json };
        command.SetAction(async (result, stop) =>
        {
            if (result.GetValue(id) is { } one)
            {
                var (folder, settings) = SweepCommand.Find(result, one, runs, config, sets);
                return await OneAsync(context, folder, settings, result.GetValue(json), stop).ConfigureAwait(false);
            }

            var (all, code) = await RowsAsync(context, Settings(result, runs, config, sets), stop).ConfigureAwait(false);
            All(context, all, result.GetValue(json));
            return code;
        });
        return command;
    }

    /// <summary>Says where one sweep is.</summary>
    internal static async Task<int> OneAsync(CommandContext context, SweepFolder folder, Settings.FerSettings settings, bool json, CancellationToken stop)
    {
        await using var database = await ClusterDatabase.OpenAsync(settings.Journal, settings.Cluster.Store, stop).ConfigureAwait(false);
        var row = await SweepCommand.RowAsync(new SweepRows(database), folder.Id).ConfigureAwait(false);
        One(context, row, folder.Read(settings), json);
        return ExitCode.Done;
    }

    /// <summary>All sweeps of some databases; one that does not answer is said, and makes the code another.</summary>
    internal static async Task<(List<SweepRow> Rows, int Code)> RowsAsync(CommandContext context, IEnumerable<Settings.FerSettings> databases, CancellationToken stop)
    {
        var (all, code) = (new List<SweepRow>(), ExitCode.Done);
        foreach (var settings in databases)
        {
            try
            {
                await using var database = await ClusterDatabase.OpenAsync(settings.Journal, settings.Cluster.Store, stop).ConfigureAwait(false);
                all.AddRange((await new SweepRows(database).AllAsync().ConfigureAwait(false)).Where(r => all.TrueForAll(a => a.Id != r.Id)));
            }
            catch (Exception e) when (e is BadInputException or NotReachableException)
            {
                context.Console.Error.WriteLine(e.Message);
                code = ExitCode.BadInput;
            }
        }

        return (all, code);
    }

    /// <summary>The databases that sweeps were handed to from here.</summary>
    internal static IEnumerable<Settings.FerSettings> Submitted(string runs) => SweepFolder.Ids(runs).Select(id => new SweepFolder(runs, id).Load()).DistinctBy(s => (s.Journal, s.Cluster.Store));

    internal static string Sentence(SweepRow row) => SweepTable.Sentence(row.Id, row.Status, row.Summary, Json.Read<SweepSpec>(row.Spec)) + (row.Reason.Length > 0 ? $" {row.Reason}." : "");

    // Without a configuration: of all databases that something was submitted to from here.
    private static IEnumerable<Settings.FerSettings> Settings(ParseResult result, Option<string> runs, Option<string?> config, Option<string[]> sets)
    {
        if (result.GetValue(config) is not null || result.GetValue(sets) is { Length: > 0 })
        {
            var settings = HostCommand.Load(result.GetValue(config), result.GetValue(sets));
            return [settings with { Cluster = settings.Cluster.In(result.GetRequiredValue(runs), settings.Journal) }];
        }

        return Submitted(result.GetRequiredValue(runs));
    }

    private static void All(CommandContext context, List<SweepRow> rows, bool json)
    {
        if (json)
        {
            context.Console.Out.WriteLine(JsonSerializer.Serialize(rows.Select(r => new { r.Id, r.Status, r.Reason, r.Summary, r.Submitted, r.Submitter }), Options));
            return;
        }

        if (rows.Count == 0)
        {
            context.Console.Out.WriteLine("There are no sweeps: fer sweep submit SWEEP.conf hands one over.");
        }

        foreach (var row in rows)
        {
            context.Console.Out.WriteLine(Sentence(row));
        }
    }

    private static void One(CommandContext context, SweepRow row, SweepState? state, bool json)
    {
        if (json)
        {
            var trials = (state?.Trials ?? []).Select(t => new
            {
                t.Number, State = SweepState.WordOf(t.Status), t.Values, t.Value, Reports = t.Reports.Select(r => new { r.Rung, r.Value }), t.Attempt, t.Steps, t.Reused, Run = state!.RunIdOf(t), Reason = t.Reason.Length > 0 ? t.Reason : null, t.DeviceSeconds, t.Planned, t.Ended,
            });
            context.Console.Out.WriteLine(JsonSerializer.Serialize(new { row.Id, row.Status, row.Reason, Summary = state is null ? row.Summary : SweepSummary.Of(state), row.Submitted, row.Submitter, Trials = trials }, Options));
        }
        else if (state is null)
        {
            context.Console.Out.WriteLine($"Sweep {row.Id} is {row.Status}: no host has taken it up yet.");
        }
        else
        {
            SweepTable.Write(context.Console, row.Id, state);
            if (row.Reason.Length > 0)
            {
                context.Console.Out.WriteLine($"{char.ToUpperInvariant(row.Reason[0])}{row.Reason[1..]}.");
            }
        }
    }
}
