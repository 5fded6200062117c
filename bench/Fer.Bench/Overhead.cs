using System.Collections.Immutable;
using System.Diagnostics;
using Fer.Actors.Devices;
using Fer.Actors.Hosting;
using Fer.Actors.Jobs.Refinement;
using Fer.Actors.Runs;
using Fer.Actors.Runs.V1;
using Fer.Actors.Storage;
using Fer.Models.Data;
using Fer.Models.Evaluation;
using Fer.Models.Training;
using TorchSharp;

namespace Fer.Bench;

/// <summary>
/// What actors, journal, checkpoints and logging cost: a whole run through the engine against the same plan's steps in a
/// plain loop that keeps everything in memory, in CPU seconds of whole processes, alternated. Both end with the same figures, which is checked.
/// </summary>
internal static class Overhead
{
    private static RefinementSettings Settings { get; } = new()
    {
        Data = new DataSettings { ImageSize = 32 },
        Classifier = new ClassifierSettings { Steps = 150 },
        Gan = new GanSettings { Width = 16, StepsPerRound = 150, BatchSize = 32 },
        Filter = new FilterSettings { Target = "60", CrossFit = 1 },

        // No two steps of this plan are equal: the engine would compute such once, the plain loop twice.
        Loop = new LoopSettings { Rounds = 2, Seeds = 1, Arms = "main", Control = "balanced" },
    };

    public static int Pairs(int pairs)
    {
        var ratios = new List<double>();
        var bareSeconds = new List<double>();
        var engineSeconds = new List<double>();
        for (var pair = 0; pair < pairs; pair++)
        {
            var order = pair % 2 == 0 ? new[] { "engine", "bare" } : ["bare", "engine"];
            var seconds = order.ToDictionary(kind => kind, Child);
            bareSeconds.Add(seconds["bare"]);
            engineSeconds.Add(seconds["engine"]);
            ratios.Add(seconds["engine"] / seconds["bare"]);
            Console.WriteLine($"pair {pair + 1}: bare {seconds["bare"]:0.00} s, engine {seconds["engine"]:0.00} s CPU, ratio {ratios[^1]:0.000}");
        }

        Console.WriteLine($"bare CPU seconds   {Figures.Say(bareSeconds, "0.00")}");
        Console.WriteLine($"engine CPU seconds {Figures.Say(engineSeconds, "0.00")}");
        Console.WriteLine($"engine / bare      {Figures.Say(ratios)}");
        return 0;
    }

    /// <summary>One run in this process; prints the CPU seconds from after loading the data to the end, and a figure that both ways must share.</summary>
    public static int One(string how)
    {
        torch.set_num_threads(1);
        using var run = new BenchRun(Settings);
        using var process = Process.GetCurrentProcess();
        var before = process.TotalProcessorTime;
        var figures = how == "bare" ? Bare(run.Frozen, run.Inputs) : run.ToItsEnd().Figures;
        process.Refresh();
        Console.WriteLine($"cpu {(process.TotalProcessorTime - before).TotalSeconds:R} macroF1 {figures["refined.macroF1"]:R}");
        return 0;
    }

    private static ImmutableSortedDictionary<string, double> Bare(NewRun run, ArtifactStore inputs)
    {
        var memory = run.Inputs.Values.Distinct().ToDictionary(h => h, inputs.Get);
        var job = RefinementJob.Instance;
        var fingerprint = new Fingerprint(ImmutableSortedDictionary<string, string>.Empty);
        var now = DateTimeOffset.UnixEpoch;
        var state = RunState.Empty.Apply(new RunStarted(now, "bare", run.Job, run.Settings, fingerprint, run.Inputs, "")).Apply(new Claimed(now, 1, "", 0));
        while (true)
        {
            var answer = job.Next(state);
            if (answer.Result is { } result)
            {
                return result;
            }

            foreach (var decision in answer.Decisions)
            {
                state = state.Apply(new Decided(now, decision.Question, decision.Answer, decision.Because));
            }

            if (answer.Decisions.IsEmpty)
            {
                var spec = answer.Ready.MaxBy(r => r.Priority)!.Spec;
                var kind = job.Kinds.First(k => k.Kind == spec.Kind);
                using var work = kind.Open(new StepContext(spec, role => memory[spec.Inputs[role]], Compute.Cpu, Adjustments.None, null));
                while (!work.Done)
                {
                    work.Advance();
                }

                var made = work.Finish();
                var files = made.Files.ToImmutableSortedDictionary(f => f.Key, f =>
                {
                    var hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(f.Value));
                    memory[hash] = f.Value;
                    return hash;
                });
                state = state.Apply(new StepStarted(now, spec, "", "cpu", 1, 0)).Apply(new StepCompleted(now, spec.Name, files, made.Figures));
            }
        }
    }

    private static double Child(string how)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        foreach (var argument in Environment.ProcessPath!.EndsWith("dotnet", StringComparison.Ordinal) ? new[] { typeof(Overhead).Assembly.Location, "overhead", how } : ["overhead", how])
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var words = process.StandardOutput.ReadToEnd().Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        process.WaitForExit();
        if (process.ExitCode != 0 || words is not ["cpu", var cpu, "macroF1", var figure])
        {
            throw new InvalidOperationException($"{how} ended with {process.ExitCode}.");
        }

        if (lastFigure is not null && lastFigure != figure)
        {
            throw new InvalidOperationException($"The two ways do not agree: macro F1 {lastFigure} and {figure}.");
        }

        lastFigure = figure;
        return double.Parse(cpu);
    }

    private static string? lastFigure;
}
