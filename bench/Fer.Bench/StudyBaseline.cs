using Fer.Models;
using Fer.Models.Data;
using Fer.Models.Evaluation;
using Fer.Models.Training;
using TorchSharp;

namespace Fer.Bench;

/// <summary>
/// The study's starting point: its CNN on real faces alone, all faces pooled and split 60/20/20, once with twins on one side of the split and once wherever they fall,
/// as in the study. It reports 49 % accuracy and 46 % macro F1. Settings are those of hocon/fer2013-study.conf; a core for each training.
/// </summary>
internal static class StudyBaseline
{
    // The weights of the epoch with the least validation loss are kept: of the study's 25 that is about the fifth.
    private const int Epochs = 10;

    /// <param name="path">The faces.</param>
    /// <param name="rest">As far as given the number of seeds, and of epochs.</param>
    public static int Run(string path, string[] rest)
    {
        torch.set_num_threads(1);
        var seeds = Number(rest, 0, "SEEDS", 3);
        var epochs = Number(rest, 1, "EPOCHS", Epochs);
        foreach (var twins in new[] { "together", "as-they-come" })
        {
            var data = DataLoader.Load(new DataSettings
            {
                Path = path, Classes = ["fear", "angry", "happy", "sad", "neutral"], ImageSize = 32, Pool = true, Twins = twins, TestFraction = 0.2, ValidationFraction = 0.25, Seed = 42,
            });
            Console.WriteLine($"twins {twins}: {data.Train.Count} training, {data.ValidationA.Count + data.ValidationB.Count} validation and {data.Test.Count} test faces, {data.Report.LeakedTestImages ?? 0} of those with a twin on the other side");
            var results = new Line[seeds];
            Parallel.For(0, seeds, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, seed =>
            {
                results[seed] = One(data, epochs, seed);
                Console.WriteLine($"  seed {seed}: {results[seed]}");
            });
            Console.WriteLine($"  mean of {seeds}: {Line.Mean(results)}");
        }

        return 0;
    }

    private static Line One(LoadedData data, int epochs, long seed)
    {
        const int batch = 256;
        var settings = new ClassifierSettings
        {
            Network = "study", Steps = epochs * ((data.Train.Count + batch - 1) / batch), BatchSize = batch, LearningRate = 1e-3, Schedule = "constant", Optimizer = "adam",
            WeightDecay = 0, LabelSmoothing = 0, Flip = false, Shift = 0, Average = 0, Keep = "best",
        };
        using var training = new ClassifierTraining(settings, new TrainingMix(data.Train, []), data.ValidationA.Concat(data.ValidationB), seed, Compute.Cpu, Adjustments.None);
        using var test = new EvaluateTest([("classifier", Works.Finish(training)["weights"])], data.Test, Compute.Cpu);
        var predictions = Predictions.Read(Works.Finish(test)["classifier"], "predictions");
        var seen = new[] { data.Train, data.ValidationA, data.ValidationB }.SelectMany(s => s.Rows).Select(r => r.Group).ToHashSet(StringComparer.Ordinal);
        return new Line(Metrics.Of(predictions), Metrics.Of(Where(predictions, i => !seen.Contains(predictions.Groups[i]))));
    }

    private static Predictions Where(Predictions all, Func<int, bool> taken)
    {
        int[] places = [.. Enumerable.Range(0, all.Count).Where(taken)];
        return all with
        {
            Ids = [.. places.Select(i => all.Ids[i])], Groups = [.. places.Select(i => all.Groups[i])], Truth = [.. places.Select(i => all.Truth[i])],
            Logits = [.. places.SelectMany(i => all.LogitsOf(i).ToArray())],
        };
    }

    private static int Number(string[] words, int place, string name, int otherwise) => words.Length <= place ? otherwise
        : int.TryParse(words[place], out var number) && number > 0 ? number
        : throw new BadInputException($"baseline: {name} is '{words[place]}', expected a whole number above 0.");

    /// <summary>Accuracy and macro F1 on all test faces, and on those without a twin on the training side.</summary>
    private sealed record Line(double Accuracy, double F1, double NewAccuracy, double NewF1)
    {
        public Line(Metrics all, Metrics unseen) : this(all.Accuracy, all.MacroF1, unseen.Accuracy, unseen.MacroF1)
        {
        }

        public static Line Mean(IReadOnlyCollection<Line> lines) => new(lines.Average(l => l.Accuracy), lines.Average(l => l.F1), lines.Average(l => l.NewAccuracy), lines.Average(l => l.NewF1));

        public override string ToString() => $"accuracy {100 * Accuracy:0.0} %, macro F1 {100 * F1:0.0}; without the test faces that have a twin on the other side {100 * NewAccuracy:0.0} % and {100 * NewF1:0.0}";
    }
}
