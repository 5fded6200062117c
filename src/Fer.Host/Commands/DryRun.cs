using Fer.Actors.Hosting;
using Fer.Actors.Jobs.Refinement;
using Fer.Actors.Storage;
using Fer.Host.Hosting;
using Fer.Host.Settings;
using Fer.Models.Data;

namespace Fer.Host.Commands;

/// <summary>Shows what a run would do. Reads the faces, so that the plan is the real one; writes nothing.</summary>
internal static class DryRun
{
    public static void Write(TextWriter writer, RunFolder folder, FerSettings settings)
    {
        writer.WriteLine("Settings");
        foreach (var line in SettingsText.Lines(settings))
        {
            writer.WriteLine($"  {line}");
        }

        var data = DataLoader.Load(settings.Job.Data, loops: settings.Job.Loop.Loops);
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

        var run = RefinementInputs.RunOf(settings.Job, data);
        writer.WriteLine("Steps, at most");
        foreach (var step in Foreseen.Steps(run, data.Loops.All(l => l.HeldBack.Count > 0)))
        {
            writer.WriteLine($"  {step}");
        }

        writer.WriteLine("Would be written");
        var database = settings.Journal.Provider == "postgres" ? "the journal in PostgreSQL" : folder.Journal;
        foreach (var file in new[] { RunFile.PathIn(folder), database, folder.Artifacts, folder.Logs, folder.Report })
        {
            writer.WriteLine($"  {file}");
        }

        writer.WriteLine(folder.Exists ? $"Run '{folder.RunId}' exists already: it would go on." : "Nothing was written.");
    }
}
