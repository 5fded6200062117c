using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using Fer.Models;
using Fer.Models.Classifiers;
using Fer.Models.Data;
using Fer.Models.Evaluation;
using Fer.Models.Training;
using TorchSharp;

namespace Fer.Bench;

/// <summary>
/// Time to quality: after how much of its time ours draws as well as the best of the study's GANs after all of it. Quality is the Fréchet distance from held-back real
/// faces over the floor that training faces have, by a judge that learned from faces of its own. Every contender is a process with one thread, one after the other
/// unless more are asked for; time is the processor's, of training alone. Ours is as good from the first of two measurements in a row that are: one alone may be luck.
/// </summary>
internal static class Quality
{
    private const int JudgeSteps = 1000;

    // Theirs are measured for their end; what lies before it is for the eye.
    private const int TheirsLessOften = 4;

    /// <summary>A contender's distance after so much training; <paramref name="At"/> is when it was due, and the step under way was finished first.</summary>
    private sealed record Point(double At, double Seconds, double WallSeconds, long Steps, double Excess, double Floor, double Recall);

    public static int Run(string[] arguments)
    {
        var options = QualityOptions.Read(arguments);
        torch.set_num_threads(1);
        Directory.CreateDirectory(options.To);
        using var folder = new Folder();
        var judge = Path.Combine(folder.Path, "judge.safetensors");
        File.WriteAllBytes(judge, TrainJudge(options.Load()));
        Console.WriteLine($"{options.Minutes:0.##} minutes of one thread for each, measured every {options.Every:0.#} s (theirs every {TheirsLessOften * options.Every:0.#} s); {(options.AtOnce == 1 ? "one contender after the other" : $"{options.AtOnce} contenders side by side, which slow each other down")}");
        File.WriteAllText(options.Csv("curve"), "seed,contender,cpu_seconds,wall_seconds,generator_steps,excess_frechet,floor,recall\n");
        File.WriteAllText(options.Csv("summary"), "seed,bar_of,bar,contender,reached_seconds,ratio\n");
        var ratios = options.Contenders.Where(c => c.IsOurs).ToDictionary(c => c.Name, _ => new List<double>());
        for (var seed = 1; seed <= options.Seeds; seed++)
        {
            var curves = Curves(options, judge, seed);
            Table(curves, seed);
            if (BarOf(options, curves) is not { } bar)
            {
                continue;
            }

            Console.WriteLine($"bar: {bar.Excess:0.000}, of {bar.Name}");
            foreach (var (name, list) in ratios)
            {
                var reached = Reached(curves[name], bar.Excess) ?? double.PositiveInfinity;
                list.Add(reached / options.Minutes / 60);
                Console.WriteLine(double.IsFinite(reached) ? $"{name} is there after {reached / 60:0.00} minutes" : $"{name} is not there after {curves[name][^1].Seconds / 60:0.00} minutes, its best {curves[name].Min(p => p.Excess):0.000}");
                File.AppendAllText(options.Csv("summary"), string.Create(CultureInfo.InvariantCulture, $"{seed},{bar.Name},{bar.Excess:R},{name},{reached:R},{list[^1]:R}\n"));
            }
        }

        foreach (var (name, list) in ratios.Where(r => r.Value.Count > 0))
        {
            var median = Figures.Median(list);
            Console.WriteLine($"{name}: median {(double.IsFinite(median) ? $"{median * options.Minutes:0.00} of {options.Minutes:0.##} minutes, ratio {median:0.000}" : "not reached")} (bar {options.Share:0.00}: {(median <= options.Share ? "reached" : "MISSED")}), n = {list.Count}");
        }

        return 0;
    }

    /// <summary>One contender in this process: a line for each measurement.</summary>
    public static int One(string name, string judgeFile, string seed, string[] arguments)
    {
        torch.set_num_threads(1);
        var options = QualityOptions.Read(arguments);
        var data = options.Load();
        var judge = File.ReadAllBytes(judgeFile);
        var contender = QualityContender.All.Single(c => c.Name == name);
        var gans = contender.Open(data.Train, long.Parse(seed, CultureInfo.InvariantCulture));
        var isLost = false;
        for (var at = 0.0; at < options.Minutes * 60;)
        {
            at = Math.Min(at + (contender.IsOurs ? options.Every : TheirsLessOften * options.Every), options.Minutes * 60);
            isLost = isLost || !Train(gans, at);
            var figures = isLost ? Lost : Measure(judge, gans, data);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{at:R} {Math.Max(gans.Sum(g => g.Seconds), isLost ? at : 0):R} {gans.Sum(g => g.WallSeconds):R} {gans.Sum(g => g.Steps)} {figures["frechetExcess"]:R} {figures["frechetFloor"]:R} {figures["recall"]:R}"));
        }

        return 0;
    }

    // What a contender whose loss is not finite has from then on: a bar that it cannot set, and no end to the bench.
    private static readonly ImmutableSortedDictionary<string, double> Lost =
        ImmutableSortedDictionary<string, double>.Empty.Add("frechetExcess", double.PositiveInfinity).Add("frechetFloor", double.NaN).Add("recall", 0);

    /// <summary>Whether training came to its time; every GAN is trained at least once, so that each can be drawn from.</summary>
    private static bool Train(IReadOnlyList<TimedGan> gans, double until)
    {
        try
        {
            foreach (var gan in gans.Where(g => !g.HasBegun))
            {
                gan.Advance();
            }

            while (gans.Sum(g => g.Seconds) < until)
            {
                gans.MinBy(g => g.Progress)!.Advance();
            }

            return true;
        }
        catch (NonFiniteLossException e)
        {
            Console.Error.WriteLine($"The contender is lost: {e.Message}.");
            return false;
        }
    }

    /// <summary>Seconds at the first of two measurements in a row that are no worse; null: there are none.</summary>
    private static double? Reached(List<Point> curve, double bar) => curve.Zip(curve.Skip(1), (now, next) => (Now: now, Next: next)).Where(p => p.Now.Excess <= bar && p.Next.Excess <= bar).Select(p => (double?)p.Now.Seconds).FirstOrDefault();

    private static ImmutableSortedDictionary<string, double> Measure(byte[] judge, IReadOnlyList<TimedGan> gans, LoadedData data)
    {
        using var measure = new MeasureQuality(judge, [.. gans.Select(g => (g.Class, g.Generator()))], data.Train, data.HeldBack, MeasureQuality.DefaultImages, 1, Compute.Cpu);
        while (!measure.Done)
        {
            measure.Advance();
        }

        return measure.Finish().Figures;
    }

    private static byte[] TrainJudge(LoadedData data)
    {
        var settings = Judges.Settings(ClassifierFactory.Judge, JudgeSteps);
        using var training = new ClassifierTraining(settings, new TrainingMix(data.Judge!, []), data.ValidationA, 420, Compute.Cpu, Adjustments.None);
        var weights = Works.Finish(training)["weights"];
        Console.WriteLine($"{data.Train.Count} training faces of {string.Join(", ", data.Train.Labels.Names)}; the judge learned from {data.Judge!.Count} others; " +
            $"{MeasureQuality.Comparable(data.Train.CountByClass(), data.HeldBack.CountByClass())} pictures on each side of a distance");
        return weights;
    }

    /// <summary>All contenders with one seed. Ours end where the bar is known and they are below.</summary>
    private static Dictionary<string, List<Point>> Curves(QualityOptions options, string judge, int seed)
    {
        var curves = options.Contenders.ToDictionary(c => c.Name, _ => new List<Point>());
        var ended = new HashSet<string>();
        var gate = new Lock();

        // Theirs first: once the bar is known, ours end early.
        var inOrder = Partitioner.Create(options.Contenders.OrderBy(c => c.IsOurs), EnumerablePartitionerOptions.NoBuffering);
        Parallel.ForEach(inOrder, new ParallelOptions { MaxDegreeOfParallelism = options.AtOnce }, contender =>
        {
            using var process = Child([contender.Name, judge, $"{seed}", .. options.Words]);
            while (process.StandardOutput.ReadLine() is { } line)
            {
                var v = line.Split(' ').Select(w => double.Parse(w, CultureInfo.InvariantCulture)).ToArray();
                var point = new Point(v[0], v[1], v[2], (long)v[3], v[4], v[5], v[6]);
                lock (gate)
                {
                    curves[contender.Name].Add(point);
                    File.AppendAllText(options.Csv("curve"), string.Create(CultureInfo.InvariantCulture, $"{seed},{contender.Name},{point.Seconds:R},{point.WallSeconds:R},{point.Steps},{point.Excess:R},{point.Floor:R},{point.Recall:R}\n"));
                    var isSet = options.Contenders.All(c => c.IsOurs || ended.Contains(c.Name));
                    if (contender.IsOurs && isSet && BarOf(options, curves) is { } bar && Reached(curves[contender.Name], bar.Excess) is not null)
                    {
                        process.Kill();
                        return;
                    }
                }
            }

            process.WaitForExit();
            if (process.ExitCode != 0)
            {
                throw new InvalidOperationException($"The contender {contender.Name} ended with {process.ExitCode}.");
            }

            lock (gate)
            {
                ended.Add(contender.Name);
            }
        });
        return curves;
    }

    private static (string Name, double Excess)? BarOf(QualityOptions options, Dictionary<string, List<Point>> curves) =>
        options.Contenders.Where(c => !c.IsOurs).Select(c => ((string, double)?)(c.Name, curves[c.Name][^1].Excess)).Where(b => double.IsFinite(b!.Value.Item2)).MinBy(b => b!.Value.Item2);

    private static void Table(Dictionary<string, List<Point>> curves, int seed)
    {
        Console.WriteLine();
        Console.WriteLine($"seed {seed}: excess Fréchet distance after minutes of training (floor {curves.Values.First()[0].Floor:0.000})");
        Console.WriteLine("minutes" + string.Concat(curves.Keys.Select(n => n.PadLeft(14))));
        foreach (var at in curves.Values.SelectMany(c => c).Select(p => p.At).Distinct().Order())
        {
            Console.WriteLine($"{at / 60,7:0.00}" + string.Concat(curves.Values.Select(c => (c.Find(p => p.At == at) is { } p ? $"{p.Excess:0.000}" : "").PadLeft(14))));
        }

        Console.WriteLine("recall " + string.Concat(curves.Values.Select(c => $"{c[^1].Recall:0.00}".PadLeft(14))));
        Console.WriteLine("steps/s" + string.Concat(curves.Values.Select(c => $"{c[^1].Steps / c[^1].Seconds:0.00}".PadLeft(14))) + "   generator steps, by the processor's seconds");
        Console.WriteLine("wall/cpu" + string.Concat(curves.Values.Select((c, i) => $"{c[^1].WallSeconds / c[^1].Seconds:0.00}".PadLeft(i == 0 ? 13 : 14))));
    }

    private static Process Child(string[] words)
    {
        var program = Environment.ProcessPath!;
        string[] start = program.EndsWith("dotnet", StringComparison.Ordinal) ? [typeof(Quality).Assembly.Location, "quality-one", .. words] : ["quality-one", .. words];
        return Process.Start(new ProcessStartInfo(program, start) { RedirectStandardOutput = true })!;
    }

    private sealed class Folder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("fer-quality-").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
