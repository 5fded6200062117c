using System.Text;
using Fer.Actors.Jobs.Refinement;
using Fer.Actors.Runs;
using Fer.Actors.Storage;
using Fer.Host.Reports;
using Fer.Models;
using Fer.Models.Evaluation;

namespace Fer.Host.Export;

/// <summary>What an export wrote.</summary>
public sealed record ExportSummary(string Folder, int Images, int Networks, int Curves);

/// <summary>
/// A run's fruits in open formats: kept images by class, and those that took turns with them, with a row of provenance each, networks, figures and curves. No
/// test image is read or written: only what the filter accepted.
/// </summary>
public static class RunExport
{
    /// <summary>
    /// Writes the folder in one go: it is there whole or not at all. Throws <see cref="BadInputException"/> when it exists
    /// and is not empty, when the run has kept nothing and trained nothing yet, or when a file of the run is missing or damaged.
    /// </summary>
    public static ExportSummary Export(RunState state, ArtifactStore store, string toDir)
    {
        ArgumentNullException.ThrowIfNull(state);
        var target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(toDir));
        Refuse(target);
        var run = new RunView(state, store);
        var aside = Say.Text($"{target}.part-{Environment.ProcessId}");
        try
        {
            var folder = new ExportFolder(aside);
            var images = ExportedImages.Write(run, folder);
            var networks = Networks(run, folder);
            var curves = Curves(run, folder);
            if (images.Count + networks + curves == 0)
            {
                throw new BadInputException($"Run '{state.RunId}' has nothing to export yet: no image is kept and no network is trained.");
            }

            folder.Write("metrics.csv", Metrics(run));
            folder.Write("figures.csv", Figures(state));
            folder.Write("settings.conf", Encoding.UTF8.GetBytes(SettingsList.Hocon(state.Settings) + "\n"));
            folder.Write("README.md", Encoding.UTF8.GetBytes(DatasetCard.Of(run, images)));
            if (run.Missing.Count > 0)
            {
                throw new BadInputException($"Run '{state.RunId}' cannot be exported whole: {run.Missing[0]}");
            }

            if (Directory.Exists(target))
            {
                Directory.Delete(target);
            }

            Directory.Move(aside, target);
            return new ExportSummary(target, images.Count, networks, curves);
        }
        catch
        {
            if (Directory.Exists(aside))
            {
                Directory.Delete(aside, recursive: true);
            }

            throw;
        }
    }

    private static void Refuse(string target)
    {
        if (File.Exists(target))
        {
            throw new BadInputException($"{target} is a file; expected a new or empty folder to export to.");
        }

        if (Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any())
        {
            throw new BadInputException($"{target} is not empty: found {Path.GetFileName(Directory.EnumerateFileSystemEntries(target).Order(StringComparer.Ordinal).First())} in it, expected a new or empty folder to export to.");
        }
    }

    // The artifacts are safetensors already, with the tensors under the names that the modules have.
    private static int Networks(RunView run, ExportFolder folder)
    {
        var classifiers = Names.Arms.SelectMany(arm => run.State.Classifiers(arm).Select(c => (c.Step, File: "weights", Name: Say.Text($"{Loop(c.Loop)}classifier-{arm}-seed-{c.Seed}"))));
        var generators = run.State.Loops().SelectMany(l => run.State.Rounds(l).SelectMany(r => run.State.Gans(r, l).Select(g =>
            (Step: Names.InLoop(l, Names.Gan(r, g.Generator)), File: "generator", Name: Say.Text($"{Loop(l)}generator-round-{r}-{ExportFolder.Safe(g.Generator)}")))));
        var count = 0;
        foreach (var (step, file, name) in classifiers.Concat(generators))
        {
            if (run.Bytes(step, file) is { } content)
            {
                folder.Write($"networks/{name}.safetensors", content);
                count++;
            }
        }

        return count;
    }

    private static string Loop(int loop) => loop == 1 ? "" : Say.Text($"loop-{loop}-");

    private static int Curves(RunView run, ExportFolder folder)
    {
        var count = 0;
        foreach (var step in run.State.Order)
        {
            if (run.Curve(step) is { } curve)
            {
                var name = string.Join('/', step.Split('/').Select(ExportFolder.Safe));
                var made = run.State.Steps[run.State.Steps[step].SharedFrom ?? step];
                // What was taken over from another run has no times here.
                var time = made.Attempts.LastOrDefault()?.Ended ?? DateTimeOffset.UnixEpoch;
                folder.Write($"curves/{name.Replace('/', '-')}.csv", curve.ToBytes());
                folder.Write(Say.Text($"tensorboard/{name}/events.out.tfevents.{time.ToUnixTimeSeconds()}.fer"), EventFile.Of(curve, time));
                count++;
            }
        }

        return count;
    }

    // Computed again from the predictions, as every figure can be.
    private static byte[] Metrics(RunView run)
    {
        var arms = run.Arms;
        var set = arms.OnTest ? "test" : "validation-b";
        return Csv.Table(["set", "arm", "loop", "seed", "figure", "value"],
            Names.Arms.SelectMany(a => arms.ByArm[a].SelectMany(r => r.Metrics.Figures()
                .Concat(r.Metrics.Classes.SelectMany(c => ((string, double)[])[($"{c.Name}.precision", c.Precision), ($"{c.Name}.recall", c.Recall), ($"{c.Name}.f1", c.F1)]))
                .Select(f => (IReadOnlyList<object?>)[set, a, r.Loop, r.Seed, f.Item1, f.Item2]))));
    }

    private static byte[] Figures(RunState state) => Csv.Table(["step", "figure", "value"],
        state.Order.Select(n => state.Steps[n]).Where(s => s.Status == StepStatus.Completed)
            .SelectMany(s => s.Figures.Select(f => (IReadOnlyList<object?>)[s.Spec.Name, f.Key, f.Value])));
}
