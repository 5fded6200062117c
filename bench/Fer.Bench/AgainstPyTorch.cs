using System.Diagnostics;
using System.Globalization;
using Fer.Models.Data;
using Fer.Models.Files;
using Fer.Models.Native;
using Fer.Models.Training;
using TorchSharp;

namespace Fer.Bench;

/// <summary>
/// Training of the study's WGAN-GP networks (32×32 grey, batch 64, 5 critic steps and 1 generator step) by us and by Debian's
/// PyTorch: each side a process of its own, in alternated pairs, both with the same number of threads. A ratio is PyTorch's seconds over ours.
/// </summary>
internal static class AgainstPyTorch
{
    private const int Warm = 1;
    private const int Rounds = 3;

    // Both sides say it in fp64; measured is fp32.
    private const double SameTo = 1e-5;

    /// <param name="Name">What is compared.</param>
    /// <param name="Theirs">PyTorch's norm.</param>
    /// <param name="Ours">Our norm; <c>run</c> for all that a run does (<see cref="GanTraining"/>, with group norm).</param>
    /// <param name="Precision">Of our side.</param>
    /// <param name="Slots">Trainings side by side: our threads, PyTorch's processes.</param>
    /// <param name="Bar">What the ratio must reach.</param>
    private sealed record Row(string Name, string Theirs, string Ours, Precision Precision, int Slots, double Bar);

    private static readonly Row[] Rows =
    [
        new("as written, both", "instance", "instance", Precision.Fp32, 1, 1.0),
        new("group norm, both", "group", "group", Precision.Fp32, 1, 1.0),
        new("our run, theirs as written", "instance", "run", Precision.Fp32, 1, 1.25),
        new("our run in bf16, theirs as written", "instance", "run", Precision.Bf16, 1, 2.0),
        new("per class: two of our slots, two of their processes", "instance", "run", Precision.Fp32, 2, 1.2),
    ];

    /// <param name="arguments"><c>[PAIRS] [--critic study|correct] [--rows 1,2,…] [--check]</c></param>
    public static int Run(string[] arguments)
    {
        var critic = Option(arguments, "--critic") ?? "study";
        if (PyTorchSide.WhyNot() is { } why)
        {
            Console.Error.WriteLine(why);
            return 69;
        }

        if (!Same("instance", critic) | !Same("group", critic))
        {
            Console.Error.WriteLine("The two sides do not compute the same: nothing is measured.");
            return 1;
        }

        if (arguments.Contains("--check"))
        {
            return 0;
        }

        var pairs = arguments.Length > 0 && int.TryParse(arguments[0], out var count) ? count : 10;
        var chosen = Option(arguments, "--rows")?.Split(',').Select(n => int.Parse(n, CultureInfo.InvariantCulture)).ToArray() ?? [1, 2, 3, 4, 5];
        Console.WriteLine($"critic = {critic}, {pairs} pairs, {Environment.ProcessorCount} threads, {Warm} round before {Rounds} that count");
        var table = chosen.Select(n => $"{n} {Measure(Rows[n - 1], critic, pairs)}").ToList();
        Console.WriteLine();
        table.ForEach(Console.WriteLine);
        return 0;
    }

    /// <summary>Our side's process: <c>NORM CRITIC PRECISION THREADS SLOTS</c>, or <c>figures NORM CRITIC FILE</c> to write a batch and say what it gives.</summary>
    public static int Ours(string[] arguments)
    {
        if (arguments is ["figures", var norm, var critic, var file])
        {
            using var gan = new StudyGan(norm, critic, Precision.Fp32);
            using var batch = gan.Export();
            File.WriteAllBytes(file, batch.ToBytes());
            foreach (var (name, value) in gan.Figures(batch))
            {
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name} {value:R}"));
            }

            return 0;
        }

        var slots = int.Parse(arguments[4], CultureInfo.InvariantCulture);
        var seconds = new List<double>[slots];
        using var together = new Barrier(slots);
        var before = TimeSpan.Zero;
        var threads = Enumerable.Range(0, slots).Select(slot => new Thread(() =>
        {
            torch.set_num_threads(int.Parse(arguments[3], CultureInfo.InvariantCulture));
            using var training = Open(arguments[0], arguments[1], Enum.Parse<Precision>(arguments[2]), slot);
            for (var i = 0; i < Warm; i++)
            {
                training.Round();
            }

            together.SignalAndWait();
            if (slot == 0)
            {
                before = Environment.CpuUsage.TotalTime;
            }

            seconds[slot] = [.. Enumerable.Range(0, Rounds).Select(_ =>
            {
                var watch = Stopwatch.StartNew();
                training.Round();
                return watch.Elapsed.TotalSeconds;
            })];
        })).ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());
        var cpu = Environment.CpuUsage.TotalTime - before;
        foreach (var value in seconds.SelectMany(s => s))
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"seconds {value:R}"));
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"cpu {cpu.TotalSeconds:R}"));
        return 0;
    }

    private static (Action Round, IDisposable Owner) OpenRun(string critic, Precision precision, int slot)
    {
        var random = new Random(slot);
        var pixels = new byte[1000 * StudyGan.Size * StudyGan.Size];
        random.NextBytes(pixels);
        var images = new ImageSet(new LabelSpace(["one", "other"]), 1, StudyGan.Size, StudyGan.Size, Enumerable.Range(0, 1000).Select(i => new ImageRow($"{i}", 0, $"{i}", "noise")), pixels);
        var settings = new GanSettings
        {
            Kind = "per-class", Generator = "study", Critic = critic, Latent = StudyGan.Latent, BatchSize = StudyGan.Batch, CriticSteps = StudyGan.CriticSteps,
            GeneratorLearningRate = 3e-4, CriticLearningRate = 1e-4, Beta1 = 0.5, Beta2 = 0.99, StepsPerRound = 1000,
        };
        var training = new GanTraining(settings, images, null, 0, slot, 0, null, new Compute(torch.CPU, precision), Adjustments.None, null);
        return (training.Advance, training);
    }

    private static Opened Open(string norm, string critic, Precision precision, int slot)
    {
        if (norm == "run")
        {
            var (round, owner) = OpenRun(critic, precision, slot);
            return new Opened(round, owner);
        }

        var gan = new StudyGan(norm, critic, precision);
        return new Opened(gan.Round, gan);
    }

    private sealed record Opened(Action Round, IDisposable Owner) : IDisposable
    {
        public void Dispose() => Owner.Dispose();
    }

    private static string Measure(Row row, string critic, int pairs)
    {
        if (row.Precision == Precision.Bf16 && !Processor.Current.PaysBf16)
        {
            return $"{row.Name}: not measurable here, the processor has no AMX (bar {row.Bar:0.00})";
        }

        var threads = row.Slots == 1 ? Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture) : "1";
        var ours = PyTorchSide.Ours("ours", row.Ours, critic, row.Precision.ToString(), threads, row.Slots.ToString(CultureInfo.InvariantCulture));
        var theirs = Enumerable.Range(0, row.Slots).Select(_ => PyTorchSide.Theirs(
            "time", "--norm", row.Theirs, "--critic", critic, "--threads", threads, "--warm", $"{Warm}", "--rounds", $"{Rounds}")).ToArray();
        var (wall, cpu) = (new List<double>(), new List<double>());
        var (wallOurs, wallTheirs) = (new List<double>(), new List<double>());
        for (var pair = 0; pair < pairs; pair++)
        {
            var oursFirst = pair % 2 == 0;
            var first = Seconds(oursFirst ? [ours] : theirs);
            var second = Seconds(oursFirst ? theirs : [ours]);
            var (mine, other) = oursFirst ? (first, second) : (second, first);
            wall.Add(other.Wall / mine.Wall);
            cpu.Add(other.Cpu / mine.Cpu);
            wallOurs.Add(mine.Wall);
            wallTheirs.Add(other.Wall);
            Console.WriteLine($"{row.Name}, pair {pair + 1}: PyTorch {other.Wall:0.000} s, ours {mine.Wall:0.000} s, ratio {wall[^1]:0.000}; processor time {cpu[^1]:0.000}");
        }

        return $"{row.Name}: {Figures.Say(wall)} (bar {row.Bar:0.00}: {(Figures.Median(wall) >= row.Bar ? "reached" : "MISSED")}); " +
            $"PyTorch {Figures.Median(wallTheirs):0.000} s, ours {Figures.Median(wallOurs):0.000} s; processor time {Figures.Say(cpu)}";
    }

    /// <summary>The median round's seconds and the processor seconds of all rounds that count, of processes side by side.</summary>
    private static (double Wall, double Cpu) Seconds(ProcessStartInfo[] starts)
    {
        var lines = PyTorchSide.Read(starts);
        return (Figures.Median([.. lines.Where(l => l[0] == "seconds").Select(l => PyTorchSide.Number(l[1]))]), lines.Where(l => l[0] == "cpu").Sum(l => PyTorchSide.Number(l[1])));
    }

    /// <summary>Whether both sides have as many weights, and equal losses and gradients from equal weights and images.</summary>
    private static bool Same(string norm, string critic)
    {
        var file = Path.GetTempFileName();
        try
        {
            var ours = PyTorchSide.Read(PyTorchSide.Ours("ours", "figures", norm, critic, file)).ToDictionary(l => l[0], l => PyTorchSide.Number(l[1]));
            var theirs = PyTorchSide.Read(PyTorchSide.Theirs("check", "--norm", norm, "--critic", critic, "--file", file)).ToDictionary(l => l[0], l => PyTorchSide.Number(l[1]));
            var same = true;
            foreach (var (name, value) in theirs)
            {
                var equal = Math.Abs(ours[name] - value) <= (name.EndsWith("weights", StringComparison.Ordinal) ? 0 : SameTo);
                same &= equal;
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{norm} norm, {name}: PyTorch {value:G9}, ours {ours[name]:G9}{(equal ? "" : " DIFFER")}"));
            }

            return same;
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static string? Option(string[] arguments, string name)
    {
        var at = Array.IndexOf(arguments, name);
        return at >= 0 && at + 1 < arguments.Length ? arguments[at + 1] : null;
    }
}
