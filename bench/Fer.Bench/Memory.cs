using System.Diagnostics;
using Fer.Actors.Hosting;
using Fer.Actors.Jobs.Refinement;
using Fer.Actors.Runs;
using Fer.Actors.Runs.V1;
using Fer.Actors.Storage;
using Fer.Models.Data;
using Fer.Models.Evaluation;
using Fer.Models.Training;
using Microsoft.Extensions.Logging.Abstractions;
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
        var folder = Directory.CreateTempSubdirectory("fer-memory-").FullName;
        try
        {
            var settings = new RefinementSettings
            {
                Data = new DataSettings { Classes = ["happy", "sad"], ImageSize = 32, SketchCount = 120, SketchTestCount = 60 },
                Classifier = new ClassifierSettings { Network = "study", Steps = 4, BatchSize = 8 },
                Gan = new GanSettings { Width = 8, Latent = 8, StepsPerRound = 3, BatchSize = 8, CriticSteps = 1 },
                Filter = new FilterSettings { Target = "100", Quantile = 0 },
                Loop = new LoopSettings { Rounds = 100, Patience = 1000, Seeds = 1 },
            };
            var run = new RunFolder(folder, "rounds");
            var frozen = RefinementInputs.Freeze(settings, DataLoader.Load(settings.Data), new ArtifactStore(run.Artifacts));
            var request = new RunRequest(run, new EngineSettings { Devices = ["cpu:0"] }, new JournalSettings()) { New = frozen };
            RunEngine.RunAsync(request, new EachRound(), NullLoggerFactory.Instance, default).GetAwaiter().GetResult();
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static double ResidentMb()
    {
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64 / 1048576.0;
    }

    private sealed class EachRound : IRunObserver
    {
        private int rounds;

        public void OnEvent(IRunEvent e, RunState state)
        {
            if (e is StepCompleted c && c.Step.StartsWith("validate/", StringComparison.Ordinal) && (++rounds % 10 == 0 || rounds == 1))
            {
                Console.WriteLine($"round {rounds}: {ResidentMb():0.0} MB");
            }
        }

        public void OnLive(LiveStep step)
        {
        }
    }
}
