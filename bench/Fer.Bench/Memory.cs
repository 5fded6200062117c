using System.Diagnostics;
using Fer.Actors.Jobs.Refinement;
using Fer.Actors.Runs.V1;
using Fer.Models.Data;
using Fer.Models.Evaluation;
using Fer.Models.Training;
using TorchSharp;

namespace Fer.Bench;

/// <summary>Resident size over optimiser steps of one GAN, and over rounds of a tiny run.</summary>
internal static class Memory
{
    public static int Steps()
    {
        torch.set_num_threads(1);
        var data = DataLoader.Load(new DataSettings { ImageSize = 32 });
        var settings = new GanSettings { Width = 8, Latent = 16, BatchSize = 8, CriticSteps = 1, StepsPerRound = 10_000 };
        using var work = new GanTraining(settings, data.Train, null, null, 1, 0, null, Compute.Cpu, Adjustments.None, null);
        var at = new Dictionary<long, double>();
        while (!work.Done)
        {
            work.Advance();
            if (work.Position % 1000 == 0)
            {
                at[work.Position] = ResidentMb();
                Console.WriteLine($"step {work.Position}: {at[work.Position]:0.0} MB");
            }
        }

        Console.WriteLine($"step 10,000 minus step 1,000: {at[10_000] - at[1000]:+0.0;-0.0} MB (bar: at most +32)");
        return 0;
    }

    public static int Rounds()
    {
        using var run = new BenchRun(new RefinementSettings
        {
            Data = new DataSettings { Classes = ["happy", "sad"], ImageSize = 32, SketchCount = 120, SketchTestCount = 60 },
            Classifier = new ClassifierSettings { Network = "study", Steps = 4, BatchSize = 8 },
            Gan = new GanSettings { Width = 8, Latent = 8, StepsPerRound = 3, BatchSize = 8, CriticSteps = 1 },
            Filter = new FilterSettings { Target = "100", Quantile = 0, CrossFit = 1 },
            Loop = new LoopSettings { Rounds = 100, Patience = 1000, Seeds = 1, Arms = "main", Control = "balanced" },
        });
        var at = new List<double>();
        run.ToItsEnd(e =>
        {
            if (e is StepCompleted c && c.Step.StartsWith("validate/", StringComparison.Ordinal))
            {
                at.Add(ResidentMb());
                if (at.Count == 1 || at.Count % 10 == 0)
                {
                    Console.WriteLine($"round {at.Count}: {at[^1]:0.0} MB");
                }
            }
        });
        if (at.Count < 100)
        {
            Console.Error.WriteLine($"The run ended after {at.Count} rounds, expected 100.");
            return 1;
        }

        Console.WriteLine($"round 100 minus round 10: {at[99] - at[9]:+0.0;-0.0} MB");
        return 0;
    }

    private static double ResidentMb()
    {
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64 / 1048576.0;
    }
}
