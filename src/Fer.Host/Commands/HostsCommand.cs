using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Fer.Actors.Storage;
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

            // A single host holds a lock as long as it lives: that it was killed is known at once.
            var isGone = SingleHost.Is(settings.Journal) && !SingleHost.IsUp(settings.Cluster.In(result.GetRequiredValue(runs), settings.Journal).Store);
            var slots = database is null ? [] : await SlotsAsync(new HostRows(database, settings.Cluster.Lease), settings.Cluster.Lease, isGone).ConfigureAwait(false);
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
                    Markup.Escape(s.Host), s.Heard(), s.Device, Markup.Escape(s.Label), Markup.Escape(s.Step ?? ""), Markup.Escape(s.Runs ?? ""), s.Length is > 0 and var length ? FormattableString.Invariant($"{s.Position} of {length} {s.Unit}") : "",
                    s.Since?.ToLocalTime().ToString("HH:mm:ss", CultureInfo.InvariantCulture) ?? "");
            }

            context.Console.Terminal.Write(table);
            return ExitCode.Done;
        });
        return command;
    }

    private static async Task<List<Slot>> SlotsAsync(HostRows rows, TimeSpan lease, bool isGone)
    {
        var uses = (await rows.UsesAsync().ConfigureAwait(false)).ToDictionary(u => (u.Host, u.Device));
        return [.. (await rows.AllAsync().ConfigureAwait(false)).SelectMany(h => h.Slots.Select(s => Slot.Of(h, s, uses.GetValueOrDefault((h.Name, s.Name)), lease, isGone)))];
    }

    private sealed record Slot(string Host, string State, string Device, string Label, string? Step, string? Hash, long? Position, long? Length, string? Unit, DateTimeOffset? Since, string? Runs, double? SilentSeconds, long? OthersBytes)
    {
        /// <summary>One that has left, and is kept as draining, was heard at no time that is known.</summary>
        private static readonly TimeSpan Unknown = TimeSpan.FromDays(365);

        /// <summary>Its state in words.</summary>
        public string Heard() => State is "unheard" or "silent" && SilentSeconds is { } s ? FormattableString.Invariant($"{State}, last heard {(s < 120 ? $"{s:0} s" : s < 7200 ? $"{s / 60:0} min" : $"{s / 3600:0} h")} ago") : State;

        /// <param name="isGone">Whatever its row says: no process of it lives.</param>
        public static Slot Of(HostRow host, Fer.Actors.Sweeps.SlotInfo slot, SlotUse? use, TimeSpan lease, bool isGone) => new(
            host.Name, isGone ? "silent" : host.StateOf(slot, lease), slot.Name, slot.Label,
            use?.Step, use?.Hash, use?.Position, use?.Length, use?.Unit, use?.Claimed, use is { Runs.IsDefaultOrEmpty: false } ? string.Join(", ", use.Runs) : null, host.Silent < Unknown ? Math.Max(0, Math.Round(host.Silent.TotalSeconds, 1)) : null, slot.OthersBytes);
    }
}
