using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Fer.Actors.Sweeps;
using Spectre.Console;

namespace Fer.Host.Commands;

/// <summary><c>fer hosts</c>: the ledger of devices: what each host has, what holds it, since when.</summary>
internal static class HostsCommand
{
    private static readonly JsonSerializerOptions Options = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, WriteIndented = true };

    public static Command Create(CommandContext context)
    {
        var config = HostCommand.OptionalConfig();
        var sets = Shared.Sets();
        var runs = Shared.Runs();
        var json = new Option<bool>("--json") { Description = "Print JSON: an array of slots. Its keys are stable." };
        var command = new Command("hosts", "List hosts, their devices, and what each computes.") { config, sets, runs, json };
        command.SetAction(async (result, stop) =>
        {
            var settings = HostCommand.Load(result.GetValue(config), result.GetValue(sets));
            await using var database = await HostCommand.FindAsync(settings, result.GetRequiredValue(runs), stop).ConfigureAwait(false);
            var slots = database is null ? [] : await SlotsAsync(new HostRows(database, settings.Cluster.Lease), settings.Cluster.Lease).ConfigureAwait(false);
            if (result.GetValue(json))
            {
                context.Console.Out.WriteLine(JsonSerializer.Serialize(slots, Options));
                return ExitCode.Done;
            }

            if (slots.Count == 0)
            {
                context.Console.Out.WriteLine("There are no hosts: fer host on a machine makes it one.");
                return ExitCode.Done;
            }

            var table = new Table().Border(TableBorder.Rounded);
            table.AddColumns("host", "state", "slot", "what", "computes", "for", "at", "since");
            foreach (var s in slots)
            {
                table.AddRow(
                    Markup.Escape(s.Host), s.State, s.Device, Markup.Escape(s.Label), Markup.Escape(s.Step ?? ""), Markup.Escape(s.Runs ?? ""), s.Length is { } length ? FormattableString.Invariant($"{s.Position} of {length} {s.Unit}") : "",
                    s.Since?.ToLocalTime().ToString("HH:mm:ss", CultureInfo.InvariantCulture) ?? "");
            }

            context.Console.Terminal.Write(table);
            return ExitCode.Done;
        });
        return command;
    }

    private static async Task<List<Slot>> SlotsAsync(HostRows rows, TimeSpan lease)
    {
        var uses = (await rows.UsesAsync().ConfigureAwait(false)).ToDictionary(u => (u.Host, u.Device));
        return [.. (await rows.AllAsync().ConfigureAwait(false)).SelectMany(h => h.Slots.Select(s => Slot.Of(h, s, uses.GetValueOrDefault((h.Name, s.Name)), lease)))];
    }

    private sealed record Slot(string Host, string State, string Device, string Label, string? Step, string? Hash, long? Position, long? Length, string? Unit, DateTimeOffset? Since, string? Runs, long? OthersBytes)
    {
        public static Slot Of(HostRow host, Fer.Actors.Sweeps.SlotInfo slot, SlotUse? use, TimeSpan lease) => new(
            host.Name, host.StateOf(slot, lease), slot.Name, slot.Label,
            use?.Step, use?.Hash, use?.Position, use?.Length, use?.Unit, use?.Claimed, use is { Runs.IsDefaultOrEmpty: false } ? string.Join(", ", use.Runs) : null, slot.OthersBytes);
    }
}
