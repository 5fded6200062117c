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
/// <param name="ByArm">Arm → loops → predictions by seed.</param>
/// <param name="Figures">As those of a run's verdict.</param>
internal sealed record EvaluationResult(IReadOnlyDictionary<string, IReadOnlyList<IReadOnlyList<Predictions>>> ByArm, IReadOnlyDictionary<string, double> Figures);

internal static class Evaluation
{
    /// <summary>Throws <see cref="BadInputException"/> when the run has not come to its arms yet.</summary>
    public static EvaluationResult Run(RunState state, ArtifactStore store, TestSet set)
    {
        var run = JobDifferences.Read(state.Settings);
        var (loops, seeds) = (run.Settings.Loop.Loops, run.Settings.Loop.Seeds);
        var arms = run.Arms(Enumerable.Range(1, loops).All(l => state.Inputs.ContainsKey(Names.InLoop(l, Names.HeldBack))));
        string Of(int loop, string arm, int seed) => Names.InLoop(loop, Names.TestFile(arm, seed));
        var classifiers = arms.SelectMany(arm => Enumerable.Range(1, loops).SelectMany(loop => Enumerable.Range(0, seeds).Select(seed =>
            (Of(loop, arm, seed), store.Get(Weights(state, loop, arm, seed)))))).ToList();
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
        var byArm = arms.ToDictionary(
            arm => arm,
            arm => (IReadOnlyList<IReadOnlyList<Predictions>>)[.. Enumerable.Range(1, loops).Select(loop =>
                (IReadOnlyList<Predictions>)[.. Enumerable.Range(0, seeds).Select(seed => Predictions.Read(made.Files[Of(loop, arm, seed)], Of(loop, arm, seed)))])]);
        return new EvaluationResult(byArm, Comparisons.Arms(byArm, Names.ForComparison, run.Settings.Loop.Seed).Figures);
    }

    /// <summary>A row for each image, arm and seed: what it is, what it is taken for, and the logits.</summary>
    public static void WriteLogits(string path, EvaluationResult result)
    {
        var labels = result.ByArm.Values.First()[0][0].Labels;
        using var file = new StreamWriter(path, append: false, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        file.Write($"image,truth,arm,loop,seed,predicted,{string.Join(',', labels.Names.Select(n => Csv($"logit.{n}")))}\n");
        foreach (var (arm, loop, seed, table) in result.ByArm.SelectMany(a => a.Value.SelectMany((seeds, l) => seeds.Select((t, s) => (a.Key, l + 1, s, t)))))
        {
            for (var i = 0; i < table.Count; i++)
            {
                var logits = table.LogitsOf(i).ToArray();
                var predicted = Array.IndexOf(logits, logits.Max());
                file.Write(string.Create(CultureInfo.InvariantCulture, $"{Csv(table.Ids[i])},{Csv(labels[table.Truth[i]])},{arm},{loop},{seed},{Csv(labels[predicted])},{string.Join(',', logits.Select(l => l.ToString("R", CultureInfo.InvariantCulture)))}\n"));
            }
        }
    }

    private static string Weights(RunState state, int loop, string arm, int seed) =>
        state.Completed(Names.InLoop(loop, Names.Classify(arm, seed))) is { } step && step.Files.TryGetValue("weights", out var hash)
            ? hash
            : throw new BadInputException($"Run '{state.RunId}' has no classifier of the arm {arm}, seed {seed}, yet: it must be complete before it is evaluated.");

    private static string Csv(string text) => text.AsSpan().IndexOfAny(",\"\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
