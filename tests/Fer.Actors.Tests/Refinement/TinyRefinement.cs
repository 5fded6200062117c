using System.Collections.Concurrent;
using Fer.Actors.Hosting;
using Fer.Actors.Jobs.Refinement;
using Fer.Actors.Runs;
using Fer.Actors.Runs.V1;
using Fer.Actors.Storage;
using Fer.Models.Data;
using Fer.Models.Evaluation;
using Fer.Models.Training;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fer.Actors.Tests.Refinement;

/// <summary>The whole loop in a few seconds, on drawn faces of three classes.</summary>
internal sealed class TinyRefinement : IDisposable, IRunObserver
{
    private readonly string runs = Directory.CreateTempSubdirectory("fer-refinement-").FullName;

    public TinyRefinement(RefinementSettings? settings = null)
    {
        Settings = settings ?? Tiny;
        Folder = new RunFolder(runs, "tiny");
        Store = new ArtifactStore(Folder.Artifacts);
    }

    public static RefinementSettings Tiny { get; } = new()
    {
        Data = new DataSettings { Classes = ["happy", "sad", "surprise"], ImageSize = 32, SketchCount = 160, SketchTestCount = 60 },
        Classifier = new ClassifierSettings { Network = "study", Steps = 12, BatchSize = 16 },
        Gan = new GanSettings { Width = 8, Latent = 8, StepsPerRound = 6, BatchSize = 8, CriticSteps = 1 },
        Filter = new FilterSettings { Target = "6", MaxDrawsPerKept = 40, Quantile = 0, CrossFit = 1 },
        Loop = new LoopSettings { Rounds = 2, Patience = 2, Seeds = 1, Seed = 3, Arms = "main", Control = "balanced" },
    };

    public RefinementSettings Settings { get; }

    public RunFolder Folder { get; }

    public ArtifactStore Store { get; }

    public ConcurrentQueue<IRunEvent> Seen { get; } = [];

    public EngineSettings Engine { get; init; } = new() { CheckpointSteps = 4 };

    public Task<RunOutcome> GoOn(CancellationToken stop = default)
    {
        var run = RunReader.Read(Folder, new JournalSettings()) is null
            ? RefinementInputs.Freeze(Settings, DataLoader.Load(Settings.Data, loops: Settings.Loop.Loops), Store)
            : null;
        return RunEngine.RunAsync(new RunRequest(Folder, Engine, new JournalSettings()) { New = run }, this, NullLoggerFactory.Instance, stop);
    }

    public void OnEvent(IRunEvent e, RunState state) => Seen.Enqueue(e);

    public void OnLive(LiveStep step)
    {
    }

    public void Dispose() => Directory.Delete(runs, recursive: true);
}
