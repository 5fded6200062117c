using System.Collections.Immutable;
using Fer.Actors.Devices;
using Fer.Actors.Hosting;
using Fer.Actors.Jobs;
using Fer.Actors.Runs;
using Fer.Actors.Runs.V1;
using Fer.Actors.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fer.Actors.Tests.Engine;

/// <summary>A run of a <see cref="ChainJob"/> in a folder of its own.</summary>
internal sealed class EngineRun : IDisposable, IRunObserver
{
    private readonly bool ownsFolder;
    private readonly string job = $"chain-{Guid.NewGuid():N}";
    private readonly long length;

    /// <param name="runs">Folder that is there; null: one of its own.</param>
    public EngineRun(Action<ChainWork>? onUnit = null, long length = 40, string? runs = null, string runId = "chain")
    {
        this.length = length;
        ownsFolder = runs is null;
        JobRegistry.Add(new ChainJob(job, onUnit ?? (_ => { }), context => OnOpen?.Invoke(context)));
        Folder = new RunFolder(runs ?? Directory.CreateTempSubdirectory("fer-engine-").FullName, runId);
    }

    public RunFolder Folder { get; }

    public JournalSettings Journal { get; init; } = new();

    public EngineSettings Engine { get; init; } = new() { CheckpointSteps = 10, RollbackUnits = 5, RetryDelay = TimeSpan.FromMilliseconds(10) };

    public List<IRunEvent> Seen { get; } = [];

    /// <summary>Is told each event as it is applied.</summary>
    public Action<IRunEvent>? OnNext { get; set; }

    /// <summary>Is told each context that a step is opened with.</summary>
    public Action<StepContext>? OnOpen { get; init; }

    public RunRequest Request(Func<EngineSettings, EngineSettings>? change = null) => new(Folder, change?.Invoke(Engine) ?? Engine, Journal)
    {
        New = new NewRun(job, length.ToString(), ImmutableSortedDictionary<string, string>.Empty),
    };

    public Task<RunOutcome> GoOn(bool resume = false, string? instead = null, bool accept = false, CancellationToken stop = default) =>
        RunEngine.RunAsync(Request() with { Resume = resume, Instead = instead, AcceptFingerprint = accept }, this, NullLoggerFactory.Instance, stop);

    /// <summary>The run's final bytes: equal exactly when no unit was done twice, left out or changed.</summary>
    public static string ChainOf(RunState state) => state.Steps["both"].Files["chain"];

    /// <summary>What a run that nothing disturbs ends with.</summary>
    public static async Task<string> UndisturbedChain(long length = 40)
    {
        using var run = new EngineRun(length: length);
        return ChainOf((await run.GoOn()).State);
    }

    public void OnEvent(IRunEvent e, RunState state)
    {
        lock (Seen)
        {
            Seen.Add(e);
        }

        OnNext?.Invoke(e);
    }

    public void OnLive(LiveStep step)
    {
    }

    public void Dispose()
    {
        if (ownsFolder)
        {
            Directory.Delete(Folder.Runs, recursive: true);
        }
    }
}
