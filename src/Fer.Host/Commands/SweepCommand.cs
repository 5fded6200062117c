using System.CommandLine;
using Fer.Actors.Storage;
using Fer.Actors.Sweeps;
using Fer.Host.Hosting;
using Fer.Host.Settings;
using Fer.Models;

namespace Fer.Host.Commands;

/// <summary><c>fer sweep …</c>: many trials of one configuration, computed by the hosts.</summary>
internal static class SweepCommand
{
    public static Command Create(CommandContext context)
    {
        // Where one looks for it who wants to go on from a trial; fer fork is its place.
        var fork = ForkCommand.Create(context);
        fork.Hidden = true;
        return new("sweep", "Search settings with many runs, computed by the hosts.")
        {
            SweepSubmitCommand.Create(context),
            SweepStatusCommand.Create(context),
            SweepWatchCommand.Create(context),
            SweepWishCommands.Create(context, WishFile.Pause, "Begin no trial, and let those that run save and stand until fer sweep resume."),
            SweepWishCommands.Create(context, "resume", "Let a paused sweep go on."),
            SweepWishCommands.Create(context, WishFile.Cancel, "End a sweep and all its trials for good; what they have found stays."),
            SweepWishCommands.Retry(context),
            SweepReportCommand.Create(context),
            SweepExportCommand.Create(context),
            fork,
        };
    }

    public static Argument<string> Id() => new("SWEEP-ID") { Description = "A sweep's id, as fer sweep status lists them." };

    public static Option<string?> Config() => new("--config") { Description = "A configuration that names the hosts' database, where the sweep was submitted elsewhere.", HelpName = "CONFIG" };

    /// <summary>Where a sweep is to be found: in the folder it was submitted from, or by a configuration.</summary>
    public static (SweepFolder Folder, FerSettings Settings) Find(ParseResult result, string id, Option<string> runs, Option<string?> config, Option<string[]> sets)
    {
        var folder = new SweepFolder(result.GetRequiredValue(runs), id);
        var named = result.GetValue(config) is not null || result.GetValue(sets) is { Length: > 0 };
        var settings = named ? HostCommand.Load(result.GetValue(config), result.GetValue(sets)) : folder.Load();
        return (folder, settings with { Cluster = settings.Cluster.In(folder.Runs, settings.Journal) });
    }

    /// <summary>Refuses an id that the hosts' database does not know.</summary>
    public static async Task RequireAsync(string id, FerSettings settings)
    {
        await using var database = await ClusterDatabase.OpenAsync(settings.Journal, settings.Cluster.Store, CancellationToken.None).ConfigureAwait(false);
        await RowAsync(new SweepRows(database), id).ConfigureAwait(false);
    }

    public static async Task<SweepRow> RowAsync(SweepRows rows, string id)
    {
        if (await rows.FindAsync(id).ConfigureAwait(false) is { } row)
        {
            return row;
        }

        var ids = (await rows.AllAsync().ConfigureAwait(false)).Select(r => r.Id).ToList();
        throw new BadInputException($"The hosts' database knows no sweep '{id}'{(Spelling.Nearest(id, ids) is { } nearest ? $"; did you mean {nearest}?" : ".")}");
    }
}
