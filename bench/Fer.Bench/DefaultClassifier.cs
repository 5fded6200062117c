using System.Diagnostics;
using Fer.Models.Data;
using Fer.Models.Evaluation;
using Fer.Models.Training;
using TorchSharp;

namespace Fer.Bench;

/// <summary>
/// How good the default classifier is on real faces: FER2013's seven classes at 48×48, a tenth of the training faces held out for choices, several seeds, a
/// core each, read once on the public test. Training faces whose twin is in the test set are left out.
/// </summary>
internal static class DefaultClassifier
{
    public static int Run(string path, string[] rest)
    {
        torch.set_num_threads(1);
        var settings = new ClassifierSettings { Steps = rest.Length > 0 ? int.Parse(rest[0]) : 16_000 };
        var seeds = rest.Length > 1 ? int.Parse(rest[1]) : 3;
        var data = DataLoader.Load(new DataSettings { Path = path, Classes = ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"], ValidationFraction = 0.1 });
        Console.WriteLine($"{data.Train.Count} training faces, {data.Test.Count} test faces of which {data.Report.StraddlingTestImages} had a twin among the training faces, left out there; {settings.Steps} steps of {settings.BatchSize}");
        var watch = Stopwatch.StartNew();
        var results = new Metrics[seeds];
        Parallel.For(0, seeds, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, seed =>
        {
            results[seed] = One(data, settings, seed);
            Console.WriteLine($"seed {seed}: accuracy {100 * results[seed].Accuracy:0.0} %, macro F1 {100 * results[seed].MacroF1:0.0}, after {watch.Elapsed.TotalMinutes:0.0} minutes");
        });
        Console.WriteLine($"mean of {seeds}: accuracy {100 * results.Average(r => r.Accuracy):0.0} % (bar 62), macro F1 {100 * results.Average(r => r.MacroF1):0.0}; {watch.Elapsed.TotalMinutes:0.0} minutes for all (bar 60)");
        return 0;
    }

    private static Metrics One(LoadedData data, ClassifierSettings settings, long seed)
    {
        using var training = new ClassifierTraining(settings, new TrainingMix(data.Train, []), data.ValidationB, seed, Compute.Cpu, Adjustments.None);
        using var test = new EvaluateTest([("classifier", Works.Finish(training)["weights"])], data.Test, Compute.Cpu);
        return Metrics.Of(Predictions.Read(Works.Finish(test)["classifier"], "predictions"));
    }
}
