using System.Globalization;
using System.Text;
using Fer.Actors.Jobs.Refinement;
using Fer.Actors.Runs;
using Fer.Actors.Storage;
using Fer.Models;
using Fer.Models.Data;
using Fer.Models.Evaluation;
using Fer.Models.Training;

namespace Fer.Host.Hosting;

/// <summary>What every arm's stored classifiers say of a set that had no part in their run.</summary>
/// <param name="Figures">As those of a run's verdict.</param>
internal sealed record EvaluationResult(IReadOnlyDictionary<string, IReadOnlyList<Predictions>> ByArm, IReadOnlyDictionary<string, double> Figures);

internal static class Evaluation
{
    /// <summary>Throws <see cref="BadInputException"/> when the run has not come to its arms yet.</summary>
    public static EvaluationResult Run(RunState state, ArtifactStore store, TestSet set)
    {
        var run = JobDifferences.Read(state.Settings);
        var seeds = run.Settings.Loop.Seeds;
        var names = Names.Arms.SelectMany(arm => Enumerable.Range(0, seeds).Select(seed => (Arm: arm, Seed: seed))).ToList();
        var classifiers = names.Select(n => (Names.TestFile(n.Arm, n.Seed), store.Get(Weights(state, n.Arm, n.Seed)))).ToList();
        var compute = Compute.Cpu with { Precision = state.Fingerprint.Facts.GetValueOrDefault("precision") == "bf16" ? Precision.Bf16 : Precision.Fp32 };
        var made = ComputeThread.Run(Environment.ProcessorCount, () =>
        {
            using var work = new EvaluateTest(classifiers, set, compute);
            while (!work.Done)
            {
                work.Advance();
            }

            return work.Finish();
        });
        var byArm = Names.Arms.ToDictionary(
            arm => arm,
            arm => (IReadOnlyList<Predictions>)[.. Enumerable.Range(0, seeds).Select(seed => Predictions.Read(made.Files[Names.TestFile(arm, seed)], Names.TestFile(arm, seed)))]);
        return new EvaluationResult(byArm, Comparisons.Arms(byArm, Names.Refined, Names.Control, Names.Real, run.Settings.Loop.Seed).Figures);
    }

    /// <summary>A row for each image, arm and seed: what it is, what it is taken for, and the logits.</summary>
    public static void WriteLogits(string path, EvaluationResult result)
    {
        var labels = result.ByArm.Values.First()[0].Labels;
        using var file = new StreamWriter(path, append: false, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        file.Write($"image,truth,arm,seed,predicted,{string.Join(',', labels.Names.Select(n => Csv($"logit.{n}")))}\n");
        foreach (var (arm, tables) in result.ByArm)
        {
            for (var seed = 0; seed < tables.Count; seed++)
            {
                var table = tables[seed];
                for (var i = 0; i < table.Count; i++)
                {
                    var logits = table.LogitsOf(i).ToArray();
                    var predicted = Array.IndexOf(logits, logits.Max());
                    file.Write(string.Create(CultureInfo.InvariantCulture, $"{Csv(table.Ids[i])},{Csv(labels[table.Truth[i]])},{arm},{seed},{Csv(labels[predicted])},{string.Join(',', logits.Select(l => l.ToString("R", CultureInfo.InvariantCulture)))}\n"));
                }
            }
        }
    }

    private static string Weights(RunState state, string arm, int seed) =>
        state.Completed(Names.Classify(arm, seed)) is { } step && step.Files.TryGetValue("weights", out var hash)
            ? hash
            : throw new BadInputException($"Run '{state.RunId}' has no classifier of the arm {arm}, seed {seed}, yet: it must be complete before it is evaluated.");

    private static string Csv(string text) => text.AsSpan().IndexOfAny(",\"\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
