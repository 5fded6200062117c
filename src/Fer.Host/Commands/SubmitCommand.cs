using System.Collections.Immutable;
using System.CommandLine;
using Fer.Actors.Artifacts;
using Fer.Actors.Hosting;
using Fer.Actors.Hosts;
using Fer.Actors.Storage;
using Fer.Actors.Sweeps;
using Fer.Host.Hosting;
using Fer.Models;
using RunReader = Fer.Actors.Storage.RunReader;

namespace Fer.Host.Commands;

/// <summary><c>fer submit CONFIG</c>: hands a run to the hosts. It waits while none is up.</summary>
internal static class SubmitCommand
{
    public static Command Create(CommandContext context)
    {
        var config = Shared.Config();
        var data = Shared.Data();
        var sets = Shared.Sets();
        var id = new Option<string?>("--run-id") { Description = "The run's id, by which every command names it, new among the hosts' runs; without it the configuration's name and the time or, with --wait, that of the run under way which the same command handed over.", HelpName = "ID" };
        var runs = Shared.Runs();
        var strict = Shared.Strict();
        var priority = new Option<int>("--priority") { Description = "Runs of a higher number go first.", HelpName = "N" };
        var wait = new Option<bool>("--wait") { Description = "Stay until the run is over, and print its result." };
        var command = new Command("submit", "Hand a run to the host that works here, or to the hosts that share a database.") { config, data, sets, id, runs, strict, priority, wait };
        command.SetAction(async (result, _) =>
        {
            var file = Configs.Find(result.GetRequiredValue(config));
            var settings = RunCommand.WithData(HostCommand.Load(file, result.GetValue(sets)), result.GetValue(data), result.GetValue(strict));
            var (all, fresh) = (result.GetRequiredValue(runs), Configs.RunIdFor(file, context.Clock.GetLocalNow()));

            // Who stopped watching, and hands the same over again to watch, wants the run that is under way.
            var known = result.GetValue(id) is null && result.GetValue(wait) ? Unfinished.Or(fresh, all, file, settings, byHosts: true) : fresh;
            var launch = new Launch(new RunFolder(all, result.GetValue(id) ?? known), settings, file);
            using var shutdown = new Shutdown(_ => { });
            if (known != fresh)
            {
                context.Console.Out.WriteLine($"Run {known} was handed over by the same command, and is not over: --run-id hands over another.");
                return await WaitAsync(context, launch, shutdown.Token, isKnown: false).ConfigureAwait(false);
            }

            await SubmitAsync(context, launch, result.GetValue(priority), store => context.Launcher.Freeze(launch with { Folder = store }), shutdown.Token).ConfigureAwait(false);
            return result.GetValue(wait) ? await WaitAsync(context, launch, shutdown.Token).ConfigureAwait(false) : ExitCode.Done;
        });
        return command;
    }

    /// <summary>Hands a run over, and says so.</summary>
    /// <param name="freeze">Puts what it starts from into the store of the folder that it is given.</param>
    /// <param name="taken">Said where there is a run of its id.</param>
    internal static async Task SubmitAsync(CommandContext context, Launch launch, int priority, Func<RunFolder, NewRun> freeze, CancellationToken stop, string? taken = null)
    {
        var (folder, settings) = (launch.Folder, launch.Settings);
        var cluster = settings.Cluster.In(folder.Runs, settings.Journal);
        await using var database = await ClusterDatabase.OpenAsync(settings.Journal, cluster.Store, stop).ConfigureAwait(false);
        var store = await SharedStore.OfAsync(cluster, database).ConfigureAwait(false);
        var rows = new RunRows(database);

        // Before the faces are read, which takes long.
        if (await rows.FindAsync(folder.RunId).ConfigureAwait(false) is not null || folder.Exists || RunReader.Read(folder with { Store = store }, settings.Journal) is not null)
        {
            throw new BadInputException(taken ?? $"There is a run '{folder.RunId}' already: choose another --run-id.");
        }

        var run = freeze(folder with { Store = store });
        ImmutableArray<string> given = [.. run.Inputs.Values, .. run.Fork?.Steps.SelectMany(s => s.Files.Values) ?? []];
        await ArtifactsFromHosts.PostAsync(cluster, settings.Journal, database, store, given, Stores.Said(context.Console.Error.WriteLine), stop).ConfigureAwait(false);
        folder.Link(store);
        RunFile.Write(folder, launch.Config, settings);
        await rows.SubmitAsync(folder.RunId, run, settings.Engine, priority, $"{Environment.UserName} on {Environment.MachineName}").ConfigureAwait(false);
        var there = settings with { Cluster = cluster };
        var hosts = await Hosts.ThereAsync(there, database).ConfigureAwait(false);
        context.Console.Out.WriteLine(hosts == 0
            ? $"Run {folder.RunId} is handed over. No host is there now: it waits {Hosts.WhereItWaits(there, folder.Runs)}"
            : $"Run {folder.RunId} is handed over to {(hosts == 1 ? "the one host that is there" : FormattableString.Invariant($"the {hosts} hosts that are there"))}: fer status {folder.RunId} says how it goes.");
    }

    /// <param name="isKnown">Whether it has been said if no host is there.</param>
    internal static async Task<int> WaitAsync(CommandContext context, Launch launch, CancellationToken stop, bool isKnown = true)
    {
        try
        {
            var settings = launch.Settings with { Cluster = launch.Settings.Cluster.In(launch.Folder.Runs, launch.Settings.Journal) };
            var hosts = new HostsWatch(settings, launch.Folder.Runs, "run", context.Console.Out.WriteLine, isKnown);
            var row = await new HandedOver(launch.Folder, launch.Settings.Journal).UntilOverAsync(context.Console.Out.WriteLine, hosts, stop).ConfigureAwait(false);
            var state = RunReader.Read(launch.Folder, launch.Settings.Journal) ?? Fer.Actors.Runs.RunState.Empty;
            return context.Launcher.Finish(launch, new RunOutcome(HandedOver.EndOf(row), state, row.Reason));
        }
        catch (OperationCanceledException)
        {
            context.Console.Error.WriteLine($"No longer watching: the hosts go on with run {launch.Folder.RunId}; fer status {launch.Folder.RunId} says how it goes, fer cancel {launch.Folder.RunId} ends it.");
            return ExitCode.RunAgain;
        }
    }
}
