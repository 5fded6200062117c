using Fer.Actors.Hosting;
using Fer.Actors.Jobs.Levers;
using Fer.Actors.Jobs.Refinement;
using Fer.Actors.Storage;
using Fer.Host.Hosting;
using Fer.Host.Reports;
using Fer.Host.Settings;
using Fer.Models.Data;

namespace Fer.Host.Commands;

/// <summary>Shows what a run would do. Reads the faces, so that the plan is the real one; writes nothing.</summary>
internal static class DryRun
{
    /// <param name="levers">What is screened; null where it is a run of the loop.</param>
    public static void Write(TextWriter writer, RunFolder folder, FerSettings settings, LeverSelection? levers = null)
    {
        writer.WriteLine("Settings");
        foreach (var line in SettingsText.Lines(settings))
        {
            writer.WriteLine($"  {line}");
        }

        var data = DataLoader.Load(settings.Job.Data, loops: levers is null ? settings.Job.Loop.Loops : LeversRun.Of(settings.Job).Loop.Loops);
        writer.WriteLine("Data");
        foreach (var split in data.Report.Splits)
        {
            writer.WriteLine($"  {split.Split}: {split.Total()} faces ({string.Join(", ", data.Report.Classes.Zip(split.ByClass, (c, n) => $"{c} {n}"))})");
        }

        writer.WriteLine("Fingerprint");
        foreach (var (name, value) in FingerprintOf.ThisMachine(settings.Engine).Facts)
        {
            writer.WriteLine($"  {name}: {value}");
        }

        var steps = levers is null
            ? Foreseen.Steps(RefinementInputs.RunOf(settings.Job, data), data.Loops.All(l => l.HeldBack.Count > 0))
            : Levers(writer, LeversInputs.RunOf(settings.Job, levers.Levers, data), levers);
        writer.WriteLine("Steps, at most");
        foreach (var step in steps)
        {
            writer.WriteLine($"  {step}");
        }

        writer.WriteLine("Would be written");
        var database = settings.Journal.Provider == "postgres" ? "the journal in PostgreSQL" : folder.Journal;
        foreach (var file in new[] { RunFile.PathIn(folder), database, folder.Artifacts, folder.Logs, folder.Report }.Concat(levers is null ? [] : [RecipeFile.PathIn(folder)]))
        {
            writer.WriteLine($"  {file}");
        }

        writer.WriteLine(folder.Exists ? $"Run '{folder.RunId}' exists already: it would go on." : "Nothing was written.");
    }

    private static IReadOnlyList<string> Levers(TextWriter writer, LeversRun run, LeverSelection levers)
    {
        writer.WriteLine($"Levers, each over {run.Screened.Loop.Loops} loops and {Say.Many(run.Screened.Loop.Seeds, "seed")}, on validation B alone");
        foreach (var choice in levers.Levers)
        {
            writer.WriteLine($"  {choice.Key} = {string.Join(" or ", choice.Values)}, beside {Lever.Find(choice.Key)!.Get(run.Settings)}");
        }

        foreach (var sentence in levers.LeftOut)
        {
            writer.WriteLine($"  {sentence}");
        }

        return Foreseen.Steps(run);
    }
}
