using Fer.Actors.Hosting;
using Microsoft.Extensions.Logging;

namespace Fer.Host.Hosting;

/// <summary>What carries a run; a seam for tests.</summary>
public interface IRunEngine
{
    Task<RunOutcome> RunAsync(RunRequest request, IRunObserver observer, ILoggerFactory logs, CancellationToken stop);
}

/// <summary>The engine with its actors.</summary>
public sealed class ActorRunEngine : IRunEngine
{
    public Task<RunOutcome> RunAsync(RunRequest request, IRunObserver observer, ILoggerFactory logs, CancellationToken stop) =>
        RunEngine.RunAsync(request, observer, logs, stop);
}
