using System.CommandLine;
using System.Data.Common;
using System.Globalization;
using System.Runtime.CompilerServices;
using Fer.Actors.Hosts;
using Fer.Actors.Storage;
using Fer.Actors.Sweeps;
using Fer.Host.Hosting;
using Fer.Host.Live.Web;
using Fer.Host.Settings;
using Fer.Models;

namespace Fer.Host.Commands;

/// <summary><c>fer host [CONFIG]</c>: this machine as one of several hosts that compute what is handed to them; <c>drain</c> and <c>uncordon</c> say whether one takes anything new.</summary>
internal static class HostCommand
{
    public static Command Create(CommandContext context)
    {
        var config = OptionalConfig();
        var sets = Shared.Sets();
        var runs = Shared.Runs();
        var http = new Option<string?>("--http") { Description = "Show sweeps, runs and hosts as a web page: :5080 for this machine alone, ADDRESS:PORT to let others look. With the variable FER_HTTP_TOKEN set, who knows it may pause, cancel and drain there.", HelpName = "[ADDRESS]:PORT" };
        var command = new Command("host", "Compute what is handed over until told to leave: alone, or as one of the hosts that share a database.") { config, sets, runs, http };
        command.Subcommands.Add(Drain(context, "drain", draining: true, "Let a host take nothing new and give back what it has, saved."));
        command.Subcommands.Add(Drain(context, "uncordon", draining: false, "Let a host take steps again."));
        command.SetAction(async (result, _) =>
        {
            var settings = Load(result.GetValue(config), result.GetValue(sets));
            return await RunAsync(context, settings, Path.GetFullPath(result.GetRequiredValue(runs)), result.GetValue(http)).ConfigureAwait(false);
        });
        return command;
    }

    internal static Argument<string?> OptionalConfig() => new("CONFIG") { Description = "A configuration that names the hosts' database and store; without it, the environment and --set.", Arity = ArgumentArity.ZeroOrOne };

    internal static FerSettings Load(string? config, string[]? sets) => FerConfig.Load(config is null ? null : Configs.Find(config, Configs.IsOfHost), sets ?? []);

    private static async Task<int> RunAsync(CommandContext context, FerSettings settings, string runs, string? http)
    {
        var name = settings.Cluster.HostName;
        // A closed or full output must end nothing that computes.
        void Say(string sentence)
        {
            try
            {
                Write(sentence);
            }
            catch (IOException)
            {
            }
        }

        void Write(string sentence) => context.Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{context.Clock.GetLocalNow():HH:mm:ss} {name} {sentence}"));
        using var shutdown = new Shutdown(_ => Say("leaves: every step is being saved; a second signal aborts at once"));
        using var logs = RunLogs.StartHost(Path.Combine(runs, "hosts", name), name, settings, context.Console.Error.WriteLine);
        using var metrics = RunMetrics.Start(settings.Otlp, name);

        // Before it says that it shows anything.
        var store = settings.Cluster.In(runs, settings.Journal).Store;
        if (SingleHost.Is(settings.Journal) && SingleHost.IsUp(store))
        {
            throw new BadInputException(SingleHost.Taken(store));
        }

        // Before it joins: a port that is taken is said at once, and the page is there while the host waits to be let in.
        await using var page = http is null ? null : await ShowAsync(http, settings, runs, logs, Say, shutdown.Token).ConfigureAwait(false);
        var request = new HostRequest(settings.Cluster.In(runs, settings.Journal), settings.Engine, settings.Journal, Path.Combine(runs, "hosts", name, "runs"), Say, logs.For, new SweepWays(TrialMaker.Make, logs.ForSweep, new SweepHook(context.Console.Error.WriteLine, TimeSpan.FromSeconds(1))),
            (door, until) => OpenDoorAsync(door, logs, until));
        var outcome = await HostEngine.RunAsync(request, logs.Factory, shutdown.Token).ConfigureAwait(false);
        Say(outcome.End == HostEnd.Left ? "has left" : $"has ended: {outcome.Sentence}");
        return outcome.End switch
        {
            HostEnd.Left => ExitCode.Done,
            HostEnd.Restart => ExitCode.RunAgain,
            _ => ExitCode.BadInput,
        };
    }

    /// <summary>The database of hosts, for who only looks; null where a single host has never been.</summary>
    internal static Task<DbDataSource?> FindAsync(FerSettings settings, string runs, CancellationToken stop) =>
        ClusterDatabase.FindAsync(settings.Journal, settings.Cluster.In(runs, settings.Journal).Store, stop);

    // Kept apart so that a host without a page never loads a web server.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<IAsyncDisposable> ShowAsync(string http, FerSettings settings, string runs, RunLogs logs, Action<string> say, CancellationToken stop)
    {
        var address = HttpAddress.Parse(http);
        var page = await LivePage.StartAsync(address, settings, runs, logs.Factory, stop).ConfigureAwait(false);
        say($"shows its page at {page.Url}{(address.IsLoopback ? "" : ", to whoever reaches it")}");
        return page;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Task<Fer.Actors.Artifacts.IArtifactDoor> OpenDoorAsync(Fer.Actors.Artifacts.ArtifactDoorSetup setup, RunLogs logs, CancellationToken stop) => ArtifactDoor.OpenAsync(setup, logs.Factory, stop);

    private static Command Drain(CommandContext context, string word, bool draining, string description)
    {
        var name = new Argument<string>("NAME") { Description = "A host's name, as fer hosts lists them." };
        var config = new Option<string?>("--config") { Description = "A configuration that names the hosts' database.", HelpName = "CONFIG" };
        var sets = Shared.Sets();
        var runs = Shared.Runs();
        var command = new Command(word, description) { name, config, sets, runs };
        command.SetAction(async (result, stop) =>
        {
            var settings = Load(result.GetValue(config), result.GetValue(sets));
            var host = result.GetRequiredValue(name);
            await using var database = await FindAsync(settings, result.GetRequiredValue(runs), stop).ConfigureAwait(false) ?? throw new BadInputException($"There is no host '{host}'.");
            var rows = new HostRows(database, settings.Cluster.Lease);
            if (!await rows.DrainAsync(host, draining).ConfigureAwait(false))
            {
                var names = (await rows.AllAsync().ConfigureAwait(false)).Select(h => h.Name).ToList();
                throw new BadInputException($"There is no host '{host}'{(names.Count == 0 ? "" : $"; there {(names.Count == 1 ? "is" : "are")} {string.Join(", ", names)}")}.");
            }

            context.Console.Out.WriteLine(draining ? $"Host '{host}' takes nothing new." : $"Host '{host}' takes steps again.");
            return ExitCode.Done;
        });
        return command;
    }
}
