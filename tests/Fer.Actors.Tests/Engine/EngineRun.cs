using System.Collections.Immutable;
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
    private readonly string runs = Directory.CreateTempSubdirectory("fer-engine-").FullName;
    private readonly string job = $"chain-{Guid.NewGuid():N}";
    private readonly long length;

    public EngineRun(Action<ChainWork>? onUnit = null, long length = 40)
    {
        this.length = length;
        JobRegistry.Add(new ChainJob(job, onUnit ?? (_ => { })));
        Folder = new RunFolder(runs, "chain");
    }

    public RunFolder Folder { get; }

    public JournalSettings Journal { get; init; } = new();

    public EngineSettings Engine { get; init; } = new() { CheckpointSteps = 10, RollbackUnits = 5, RetryDelay = TimeSpan.FromMilliseconds(10) };

    public List<IRunEvent> Seen { get; } = [];

    /// <summary>Is told each event as it is applied.</summary>
    public Action<IRunEvent>? OnNext { get; set; }

    public Task<RunOutcome> GoOn(bool resume = false, string? instead = null, bool accept = false, CancellationToken stop = default) => RunEngine.RunAsync(
        new RunRequest(Folder, Engine, Journal)
        {
            New = new NewRun(job, length.ToString(), ImmutableSortedDictionary<string, string>.Empty),
            Resume = resume,
            Instead = instead,
            AcceptFingerprint = accept,
        },
        this,
        NullLoggerFactory.Instance,
        stop);

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

    public void Dispose() => Directory.Delete(runs, recursive: true);
}
