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
        var id = new Option<string?>("--run-id") { Description = "The new run's id; without it the old one's, the round and the time.", HelpName = "ID" };
        var runs = Shared.Runs();
        var command = new Command("fork", "Go on from a round of a run with other settings, as a new run.") { from, sets, id, runs };
        command.SetAction((result, _) =>
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
            var target = new RunFolder(result.GetRequiredValue(runs), result.GetValue(id) ?? string.Create(CultureInfo.InvariantCulture, $"{source.RunId}-{round}-{context.Clock.GetLocalNow():HHmmss}"));
            if (RunReader.Read(target, settings.Journal) is not null)
            {
                throw new BadInputException($"There is a run '{target.RunId}' already: choose another --run-id.");
            }

            // On this machine, whoever computed the other.
            var run = new NewRun(Names.Job, Json.Write(RefinementRun.Read(state.Settings) with { Settings = forked.Job }), state.Inputs) { Fork = point };
            var count = Copy(run, Stores.Of(source, context.Console.Error.WriteLine), new ArtifactStore(target.Artifacts));
            context.Console.Out.WriteLine(FormattableString.Invariant($"{run.Fork.Steps.Length} steps of {source.RunId} up to round {round} are taken over, {count} files."));
            return context.Launcher.RunAsync(new Launch(target, forked, RunFile.ConfigOf(source)) { Fork = run });
        });
        return command;
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
