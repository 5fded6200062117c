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

            var found = await RowsAsync(context, Databases(context, result, runs, config, sets), stop).ConfigureAwait(false);
            All(context, found.Rows, result.GetValue(json));
            return found.Code;
        });
        return command;
    }

    /// <summary>Says where one sweep is.</summary>
    internal static async Task<int> OneAsync(CommandContext context, SweepFolder folder, Settings.FerSettings settings, bool json, CancellationToken stop)
    {
        // Of a sweep of thousands of trials the journal takes as long to read as all else takes together.
        var reading = Task.Run(() => folder.Read(settings), stop);
        await using var database = await ClusterDatabase.OpenAsync(settings.Journal, settings.Cluster.Store, stop).ConfigureAwait(false);
        var row = await SweepCommand.RowAsync(new SweepRows(database), folder.Id).ConfigureAwait(false);
        var state = await reading.ConfigureAwait(false);
        if (state?.Status.ToString().ToLowerInvariant() != row.Status)
        {
            // The row has moved on since: whoever reads that it is over finds all of its trials.
            state = folder.Read(settings);
        }

        One(context, row, state, json);
        if (!json && row.Status == "running" && await Hosts.ThereAsync(settings, database).ConfigureAwait(false) == 0)
        {
            context.Console.Out.WriteLine($"No host is there now: it waits {Hosts.WhereItWaits(settings, folder.Runs)}");
        }

        return ExitCode.Done;
    }

    /// <summary>What is found in databases.</summary>
    /// <param name="Trials">Runs that are trials of sweeps, with the store that their hosts share.</param>
    /// <param name="Code">Not <see cref="ExitCode.Done"/> where something could not be read, which has been said.</param>
    internal sealed record Found(List<SweepRow> Rows, HashSet<(string Store, string Run)> Trials, int Code);

    /// <summary>All sweeps of some databases; one that does not answer is said, and makes the code another.</summary>
    internal static async Task<Found> RowsAsync(CommandContext context, (List<Settings.FerSettings> Databases, int Code) submitted, CancellationToken stop)
    {
        var (all, trials, code) = (new List<SweepRow>(), new HashSet<(string, string)>(), submitted.Code);
        foreach (var settings in submitted.Databases)
        {
            try
            {
                await using var database = await ClusterDatabase.OpenAsync(settings.Journal, settings.Cluster.Store, stop).ConfigureAwait(false);
                all.AddRange((await new SweepRows(database).AllAsync().ConfigureAwait(false)).Where(r => all.TrueForAll(a => a.Id != r.Id)));
                trials.UnionWith((await new RunRows(database).TrialIdsAsync().ConfigureAwait(false)).Select(id => (settings.Cluster.Store, id)));
            }
            catch (Exception e) when (e is BadInputException or NotReachableException)
            {
                context.Console.Error.WriteLine(e.Message);
                code = ExitCode.BadInput;
            }
        }

        return new Found(all, trials, code);
    }

    /// <summary>The databases that sweeps were handed to from here; a sweep whose folder cannot be read is said, and makes the code another.</summary>
    internal static (List<Settings.FerSettings> Databases, int Code) Submitted(CommandContext context, string runs)
    {
        var (all, code) = (new List<Settings.FerSettings>(), ExitCode.Done);
        foreach (var id in SweepFolder.Ids(runs))
        {
            try
            {
                all.Add(new SweepFolder(runs, id).Load());
            }
            catch (Exception e) when (e is BadInputException or Settings.SettingsException or IOException or UnauthorizedAccessException)
            {
                context.Console.Error.WriteLine($"Sweep {id}: {e.Message}");
                code = ExitCode.BadInput;
            }
        }

        return ([.. all.DistinctBy(s => (s.Journal, s.Cluster.Store))], code);
    }

    // Without a configuration: of all databases that something was submitted to from here.
    private static (List<Settings.FerSettings> Databases, int Code) Databases(CommandContext context, ParseResult result, Option<string> runs, Option<string?> config, Option<string[]> sets)
    {
        if (result.GetValue(config) is not null || result.GetValue(sets) is { Length: > 0 })
        {
            var settings = HostCommand.Load(result.GetValue(config), result.GetValue(sets));
            return ([settings with { Cluster = settings.Cluster.In(result.GetRequiredValue(runs), settings.Journal) }], ExitCode.Done);
        }

        return Submitted(context, result.GetRequiredValue(runs));
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
            return;
        }

        SweepTable.List(context.Console, rows);
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
