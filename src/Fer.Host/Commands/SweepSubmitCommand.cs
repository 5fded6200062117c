using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using Fer.Actors.Artifacts;
using Fer.Actors.Hosting;
using Fer.Actors.Hosts;
using Fer.Actors.Storage;
using Fer.Actors.Sweeps;
using Fer.Host.Hosting;
using Fer.Host.Settings;
using Fer.Models;

namespace Fer.Host.Commands;

/// <summary><c>fer sweep submit SWEEP.conf</c>: freezes the faces, and hands the sweep to the hosts. It waits in the database while none is up.</summary>
internal static class SweepSubmitCommand
{
    private const int ShownTrials = 8;

    public static Command Create(CommandContext context)
    {
        var file = new Argument<string>("SWEEP") { Description = "A sweep's file, or the name of one that comes with the program." };
        var data = Shared.Data();
        var config = new Option<string?>("--config") { Description = "A configuration that names the hosts' database and store, where the sweep's file does not.", HelpName = "CONFIG" };
        var sets = Shared.Sets();
        var id = new Option<string?>("--sweep-id") { Description = "The sweep's id, by which every command names it, new among the hosts' sweeps; without it the file's name and the time. Trials are runs ID-0001, ID-0002 …", HelpName = "ID" };
        var runs = Shared.Runs();
        var strict = Shared.Strict();
        var dry = new Option<bool>("--dry-run") { Description = "Show what would be searched, and hand nothing over." };
        var sure = new Option<bool>("--yes") { Description = $"Do it, although the grid has more than {SweepSubmission.LargeGrid.ToString("#,0", CultureInfo.InvariantCulture)} points." };
        var wait = new Option<bool>("--wait") { Description = "Stay until the sweep is over, and print its result." };
        var command = new Command("submit", "Hand a sweep to the host that works here, or to the hosts that share a database.") { file, data, config, sets, id, runs, strict, dry, sure, wait };
        command.SetAction(async (result, _) =>
        {
            var path = Configs.Find(result.GetRequiredValue(file), Configs.IsOfSweep);
            var sweep = WithHosts(SweepFile.Load(path, result.GetValue(sets) ?? [], Configs.Find), result.GetValue(config));
            sweep = sweep with { Settings = RunCommand.WithData(sweep.Settings, result.GetValue(data), result.GetValue(strict)) };
            sweep = sweep with { Settings = sweep.Settings with { Cluster = sweep.Settings.Cluster.In(result.GetRequiredValue(runs), sweep.Settings.Journal) } };
            var spec = SweepSubmission.Draft(sweep, result.GetValue(sure));
            var folder = new SweepFolder(result.GetRequiredValue(runs), result.GetValue(id) ?? Configs.RunIdFor(path, context.Clock.GetLocalNow()));
            if (folder.Id.Length > 54)
            {
                throw new BadInputException($"'{folder.Id}' is too long for a sweep's id, to which trials add their number: expected at most 54 characters.");
            }

            Show(context, folder, spec);
            if (result.GetValue(dry))
            {
                context.Console.Out.WriteLine("Dry run: nothing is handed over.");
                return ExitCode.Done;
            }

            using var shutdown = new Shutdown(_ => { });
            await SubmitAsync(context, folder, sweep, spec, result.GetValue(config) is { } hosts ? Configs.Find(hosts, Configs.IsOfHost) : path, shutdown.Token).ConfigureAwait(false);
            return result.GetValue(wait) ? await SweepWatch.UntilOverAsync(context, folder, sweep.Settings, shutdown.Token).ConfigureAwait(false) : ExitCode.Done;
        });
        return command;
    }

    private static SweepFile WithHosts(SweepFile sweep, string? config)
    {
        if (config is null)
        {
            return sweep;
        }

        var hosts = FerConfig.Load(Configs.Find(config, Configs.IsOfHost), []);
        return sweep with { Settings = sweep.Settings with { Journal = hosts.Journal, Cluster = hosts.Cluster } };
    }

    private static void Show(CommandContext context, SweepFolder folder, SweepSpec spec)
    {
        var console = context.Console.Out;
        var many = spec.Sampler == "grid" ? $"a grid of {spec.Space.GridSize().ToString("#,0", CultureInfo.InvariantCulture)} points" : $"sampler {spec.Sampler}";
        var limits = new[] { spec.Trials is { } t ? FormattableString.Invariant($"at most {t} trials") : null, spec.DeviceHours > 0 ? FormattableString.Invariant($"{spec.DeviceHours} device hours") : null, FormattableString.Invariant($"{spec.Parallel} at a time") };
        console.WriteLine($"Sweep {folder.Id}: {many} over {string.Join(", ", spec.Space.Axes.Select(a => a.Key))}; {(spec.Minimize ? "small" : "large")} {spec.Objective} is good; {string.Join(", ", limits.OfType<string>())}; {(spec.Pruner.Kind == "none" ? "no pruner" : $"pruner {spec.Pruner.Kind}")}.");
        foreach (var (values, number) in SweepSubmission.First(spec, ShownTrials).Select((v, i) => (v, i + 1)))
        {
            console.WriteLine(FormattableString.Invariant($"  trial {number}: ") + string.Join(", ", values.Select(v => $"{v.Key} = {v.Value}")));
        }

        if (spec.Sampler == "tpe")
        {
            console.WriteLine("  later ones depend on what is found.");
        }
    }

    private static async Task SubmitAsync(CommandContext context, SweepFolder folder, SweepFile sweep, SweepSpec draft, string secrets, CancellationToken stop)
    {
        var settings = sweep.Settings;
        await using var database = await ClusterDatabase.OpenAsync(settings.Journal, settings.Cluster.Store, stop).ConfigureAwait(false);
        var store = await SharedStore.OfAsync(settings.Cluster, database).ConfigureAwait(false);
        var rows = new SweepRows(database);

        // Before the faces are read, which takes long.
        if (SweepFolder.Ids(folder.Runs).Contains(folder.Id) || await rows.FindAsync(folder.Id).ConfigureAwait(false) is not null)
        {
            throw new BadInputException($"There is a sweep '{folder.Id}' already: choose another --sweep-id.");
        }

        if (await new RunRows(database).InTheWayOfAsync(folder.Id).ConfigureAwait(false) is { } other)
        {
            throw new BadInputException($"There is a run '{other}', whose id a trial of sweep '{folder.Id}' would have: choose another --sweep-id.");
        }

        var data = ImmutableSortedDictionary.CreateBuilder<string, TrialData>(StringComparer.Ordinal);
        foreach (var values in SweepSubmission.DataSets(draft))
        {
            stop.ThrowIfCancellationRequested();
            var run = context.Launcher.Freeze(new Launch(new RunFolder(folder.Root, "faces") { Store = store }, settings with { Job = TrialMaker.Settings(draft, values).Job }, null));
            await ArtifactsFromHosts.PostAsync(settings.Cluster, settings.Journal, database, store, [.. run.Inputs.Values], Stores.Said(context.Console.Error.WriteLine), stop).ConfigureAwait(false);
            data[SweepSpec.DataKey(values)] = new TrialData(run.Settings, run.Inputs);
        }

        Directory.Delete(folder.Root, recursive: true);
        folder.Write(settings, secrets, store);
        try
        {
            await rows.SubmitAsync(folder.Id, draft with { Data = data.ToImmutable() }, $"{Environment.UserName} on {Environment.MachineName}").ConfigureAwait(false);
        }
        catch (Exception e) when (e is BadInputException or System.Data.Common.DbException or TimeoutException)
        {
            // Nothing was handed over: the same command may be tried again.
            Directory.Delete(folder.Root, recursive: true);
            throw e is BadInputException ? e : new NotReachableException($"The hosts' database did not take the sweep: {e.Message.Split('\n')[0]}", e);
        }

        var hosts = await Hosts.ThereAsync(settings, database).ConfigureAwait(false);
        context.Console.Out.WriteLine(hosts == 0
            ? $"Sweep {folder.Id} is handed over. No host is there now: it waits {Hosts.WhereItWaits(settings, folder.Runs)}"
            : $"Sweep {folder.Id} is handed over to {(hosts == 1 ? "the one host that is there" : FormattableString.Invariant($"the {hosts} hosts that are there"))}: fer sweep watch {folder.Id} shows how it goes.");
    }
}
