using System.Diagnostics;
using Fer.Models.Data;
using Fer.Models.Evaluation;
using Fer.Models.Training;
using TorchSharp;

namespace Fer.Bench;

/// <summary>
/// Whether SketchFaces leave room to improve: the default classifier, one thread, trained on the drawn faces' default size, four times
/// as many and 20,000, measured on the drawn test set (other people). The same steps for every size, and then longer for the larger ones.
/// </summary>
internal static class Headroom
{
    private static readonly int Few = new DataSettings().SketchCount;

    /// <summary>The whole table.</summary>
    public static int Table()
    {
        var steps = new ClassifierSettings().Steps;
        var few = Row(Few, steps, seeds: 3);
        var more = Row(4 * Few, steps, seeds: 3);
        Row(20_000, steps, seeds: 1);
        var most = Row(20_000, 4 * steps, seeds: 1);
        Console.WriteLine($"accuracy at the default size, same steps: {few.Accuracy:0.0} % (bar: 60 to 85)");
        Console.WriteLine($"macro F1 of four times the faces, same steps: {more.F1 - few.F1:+0.0;-0.0} points (bar: at least +8)");
        Console.WriteLine($"accuracy with 20,000 faces, four times the steps: {most.Accuracy:0.0} % (bar: above 95)");
        return 0;
    }

    /// <summary>One line alone: faces, steps, and as far as given the number of seeds, the images' size and the network.</summary>
    public static int Line(int faces, int steps, string[] rest)
    {
        var seeds = rest.Length > 0 ? int.Parse(rest[0]) : 1;
        Row(faces, steps, seeds, rest.Length > 1 ? int.Parse(rest[1]) : new DataSettings().ImageSize, rest.Length > 2 ? rest[2] : "default");
        return 0;
    }

    /// <summary>One line of the table; the median over seeds of accuracy and macro F1, in percent.</summary>
    public static (double Accuracy, double F1) Row(int faces, int steps, int seeds, int imageSize = 48, string network = "default")
    {
        torch.set_num_threads(1);
        var data = DataLoader.Load(new DataSettings { SketchCount = faces, ImageSize = imageSize });
        var watch = Stopwatch.StartNew();
        var results = Enumerable.Range(0, seeds).Select(seed => One(data, new ClassifierSettings { Steps = steps, Network = network }, seed)).ToArray();
        double[] accuracy = [.. results.Select(m => 100 * m.Accuracy)];
        double[] f1 = [.. results.Select(m => 100 * m.MacroF1)];
        Console.WriteLine(
            $"{faces} faces ({data.Train.Count} to train on), {steps} steps: accuracy {Figures.Say(accuracy, "0.0")}, macro F1 {Figures.Say(f1, "0.0")}; " +
            $"F1 by class {string.Join(", ", results[0].Classes.Select(c => $"{c.Name} {100 * c.F1:0}"))}; {watch.Elapsed.TotalSeconds / seeds:0} s each");
        return (Figures.Median(accuracy), Figures.Median(f1));
    }

    private static Metrics One(LoadedData data, ClassifierSettings settings, long seed)
    {
        using var training = new ClassifierTraining(settings, new TrainingMix(data.Train, []), data.ValidationA, seed, Compute.Cpu, Adjustments.None);
        using var test = new EvaluateTest([("classifier", Works.Finish(training)["weights"])], data.Test, Compute.Cpu);
        return Metrics.Of(Predictions.Read(Works.Finish(test)["classifier"], "predictions"));
    }
}
