using Fer.Actors.Hosting;
using Fer.Actors.Runs;
using Fer.Actors.Runs.V1;
using Fer.Host.Hosting;
using Microsoft.Extensions.Logging;

namespace Fer.Host.Tests.Commands;

/// <summary>Runs, and is asked to stop as soon as the run is in the journal.</summary>
internal sealed class StoppingEngine : IRunEngine
{
    public async Task<RunOutcome> RunAsync(RunRequest request, IRunObserver observer, ILoggerFactory logs, CancellationToken stop)
    {
        using var cut = CancellationTokenSource.CreateLinkedTokenSource(stop);
        return await new ActorRunEngine().RunAsync(request, new Cutting(observer, cut), logs, cut.Token);
    }

    private sealed class Cutting(IRunObserver observer, CancellationTokenSource cut) : IRunObserver
    {
        public void OnEvent(IRunEvent e, RunState state)
        {
            observer.OnEvent(e, state);
            if (e is Claimed)
            {
                cut.CancelAsync();
            }
        }

        public void OnLive(LiveStep live) => observer.OnLive(live);
    }
}
