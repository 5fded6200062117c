using System.CommandLine;
using System.Globalization;
using Fer.Actors.Hosting;
using Fer.Actors.Jobs.Refinement;
using Fer.Actors.Runs;
using Fer.Actors.Storage;
using Fer.Host.Hosting;
using Fer.Host.Settings;
using Fer.Models;
using RunReader = Fer.Actors.Storage.RunReader;

namespace Fer.Host.Commands;

/// <summary><c>fer fork RUN@ROUND --set …</c>: a new run that goes on from a round of another with other settings.</summary>
internal static class ForkCommand
{
    public static Command Create(CommandContext context)
    {
        var from = new Argument<string>("RUN@ROUND") { Description = "A run and the round after which the new one goes its own way, such as demo@1." };
        var sets = Shared.Sets();
        var id = new Option<string?>("--run-id") { Description = "The new run's id, by which every command names it; without it the old one's, the round and six digits of the settings. Computed here, a fork of this id that is not finished goes on.", HelpName = "ID" };
        var runs = Shared.Runs();
        var submit = new Option<bool>("--submit") { Description = "Hand it to the hosts that the run was handed to, or those of --config, instead of computing it here." };
        var config = new Option<string?>("--config") { Description = "With --submit: a configuration that names the hosts' database and store.", HelpName = "CONFIG" };
        var priority = new Option<int>("--priority") { Description = "With --submit: runs of a higher number go first.", HelpName = "N" };
        var wait = new Option<bool>("--wait") { Description = "With --submit: stay until the run is over, and print its result." };
        var command = new Command("fork", "Go on from a round of a run with other settings, as a new run.") { from, sets, id, runs, submit, config, priority, wait };
        command.Validators.Add(result =>
        {
            if (!result.GetValue(submit) && new Option[] { config, priority, wait }.FirstOrDefault(o => result.GetResult(o) is { Implicit: false }) is { } alone)
            {
                result.AddError($"{alone.Name} is about hosts: expected --submit, too.");
            }
        });
        command.SetAction(async (result, _) =>
        {
            var (source, round) = Read(result.GetRequiredValue(from), result.GetRequiredValue(runs));
            var settings = RunFile.Load(source);
            var state = RunReader.Read(source, settings.Journal) ?? throw new BadInputException($"Run '{source.RunId}' has not begun: there is nothing to go on from.");
            if (state.Job != Names.Job)
            {
                throw new BadInputException($"Run '{source.RunId}' is a screening, which has no rounds to go on from.");
            }

            var point = ForkPoint.Of(state, round);
            var forked = Changed(settings, state, round, result.GetValue(sets) ?? []);
            var target = new RunFolder(result.GetRequiredValue(runs), result.GetValue(id) ?? ForkId.Of(source.RunId, round, forked));
            var taken = $"There is a run '{target.RunId}' already{(result.GetValue(id) is null ? ", the same fork with the same settings: --run-id makes another" : ": choose another --run-id")}.";
            var run = new NewRun(Names.Job, Json.Write(RefinementRun.Read(state.Settings) with { Settings = forked.Job }), state.Inputs) { Fork = point };
            NewRun Take(RunFolder into)
            {
                var count = Copy(run, Stores.Of(source, context.Console.Error.WriteLine), new ArtifactStore(into.Artifacts));
                context.Console.Out.WriteLine(FormattableString.Invariant($"{point.Steps.Length} steps of {source.RunId} up to round {round} are taken over, {count} files."));
                return run;
            }

            if (!result.GetValue(submit))
            {
                var there = RunReader.Read(target, settings.Journal);
                if (there is not null && ((there.IsOver && result.GetValue(id) is not null) || there.ForkedFrom != string.Create(CultureInfo.InvariantCulture, $"{source.RunId}@{round}")))
                {
                    throw new BadInputException(taken);
                }

                // On this machine, whoever computed the other. What was interrupted goes on by the same command; what is over is shown.
                return await context.Launcher.RunAsync(new Launch(target, forked, RunFile.ConfigOf(source)) { Fork = there is null ? Take(target) : null }).ConfigureAwait(false);
            }

            var (hosts, file) = Hosts(forked, source, result.GetValue(config));
            var launch = new Launch(target, hosts, file);
            using var shutdown = new Shutdown(_ => { });
            if (result.GetValue(wait) && result.GetValue(id) is null && target.Store is not null)
            {
                context.Console.Out.WriteLine($"Run {target.RunId} was handed over by the same command: --run-id hands over another.");
                return await SubmitCommand.WaitAsync(context, launch, shutdown.Token, isKnown: false).ConfigureAwait(false);
            }

            await SubmitCommand.SubmitAsync(context, launch, result.GetValue(priority), Take, shutdown.Token, taken).ConfigureAwait(false);
            return result.GetValue(wait) ? await SubmitCommand.WaitAsync(context, launch, shutdown.Token).ConfigureAwait(false) : ExitCode.Done;
        });
        return command;
    }

    // Those that have the run already, unless others are named.
    private static (FerSettings Settings, string? File) Hosts(FerSettings settings, RunFolder source, string? config)
    {
        if (config is null)
        {
            return (source.Store is { } store ? settings with { Cluster = settings.Cluster with { Store = store } } : settings, RunFile.ConfigOf(source));
        }

        var file = Configs.Find(config);
        var hosts = FerConfig.Load(file, []);
        return (settings with { Journal = hosts.Journal, Cluster = hosts.Cluster }, file);
    }

    // Before there is a run: cut off here, the same command begins again.
    private static int Copy(NewRun run, ArtifactStore from, ArtifactStore to)
    {
        var files = run.Inputs.Values.Concat(run.Fork!.Steps.SelectMany(s => s.Files.Values)).Distinct(StringComparer.Ordinal).ToList();
        Directory.CreateDirectory(to.Root);
        foreach (var file in files)
        {
            to.Put(from.Get(file));
        }

        return files.Count;
    }

    private static (RunFolder Source, int Round) Read(string text, string runs)
    {
        var at = text.LastIndexOf('@');
        return at > 0 && int.TryParse(text.AsSpan(at + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var round)
            ? (new RunFolder(runs, text[..at]), round)
            : throw new BadInputException($"'{text}' names no round of a run: expected RUN@ROUND, such as demo@1.");
    }

    // What the run computed stands in its journal; a trial's folder knows only what all trials share.
    private static FerSettings Changed(FerSettings settings, RunState state, int round, IReadOnlyList<string> sets)
    {
        var job = RefinementRun.Read(state.Settings).Settings;
        var before = settings with { Job = job };
        var after = FerConfig.Parse(SettingsText.Hocon(before), "run.json", sets);
        foreach (var changed in SettingSchema.All(after.Job, FerConfig.Root).Zip(SettingSchema.All(job, FerConfig.Root)).Where(p => SettingValue.Text(p.Item1.Default) != SettingValue.Text(p.Item2.Default)).Select(p => p.Item1.Path))
        {
            var key = changed[(FerConfig.Root.Length + 1)..];
            if (ForkPoint.IsFixed(key))
            {
                throw new BadInputException($"{changed} decides what is taken over from '{state.RunId}' and cannot change now: expected settings of what comes after, such as gan.psi, gan.critic-learning-rate, filter.quantile, loop.rounds or loop.labels.");
            }
        }

        if (after.Job.Loop.Rounds < round)
        {
            throw new BadInputException($"fer.loop.rounds is {after.Job.Loop.Rounds} and round {round} is taken over: expected {round} or more.");
        }

        // Secrets are in no text.
        return settings with { Job = after.Job, Engine = after.Engine };
    }
}
