using Fer.Actors.Hosting;
using Fer.Actors.Jobs.Refinement;
using Fer.Actors.Runs;
using Fer.Actors.Runs.V1;
using Fer.Actors.Storage;
using Fer.Models.Data;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fer.Bench;

/// <summary>A whole run through the engine, as the program does it, on one CPU slot, in a folder that is removed afterwards.</summary>
internal sealed class BenchRun : IDisposable
{
    private readonly RunFolder folder = new(Directory.CreateTempSubdirectory("fer-bench-").FullName, "run");

    public BenchRun(RefinementSettings settings)
    {
        Inputs = new ArtifactStore(folder.Artifacts);
        Frozen = RefinementInputs.Freeze(settings, DataLoader.Load(settings.Data), Inputs);
    }

    public ArtifactStore Inputs { get; }

    public NewRun Frozen { get; }

    /// <param name="each">Called with each event after it is written.</param>
    public RunState ToItsEnd(Action<IRunEvent>? each = null)
    {
        var request = new RunRequest(folder, new EngineSettings { Devices = ["cpu:0"] }, new JournalSettings()) { New = Frozen };
        return RunEngine.RunAsync(request, new Observer(each), NullLoggerFactory.Instance, default).GetAwaiter().GetResult().State;
    }

    public void Dispose() => Directory.Delete(folder.Runs, recursive: true);

    private sealed class Observer(Action<IRunEvent>? each) : IRunObserver
    {
        public void OnEvent(IRunEvent e, RunState state) => each?.Invoke(e);

        public void OnLive(LiveStep step)
        {
        }
    }
}
