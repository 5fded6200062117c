using Fer.Actors.Hosting;
using Fer.Actors.Runs;
using Fer.Actors.Runs.V1;
using Fer.Actors.Storage;
using Fer.Host.Settings;
using Fer.Models;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fer.Host.Hosting;

/// <summary>A user's wish to pause or cancel a run, whoever holds it.</summary>
internal sealed class RunWish(IRunEngine engine, TimeProvider clock)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250);

    // A step is cut within about a second and saved within a few; a huge checkpoint on a slow disk takes longer.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <returns>What came of it, in one sentence. Throws <see cref="BadInputException"/> when the run is over or does not answer.</returns>
    public async Task<string> DoAsync(RunFolder folder, FerSettings settings, string wish, CancellationToken stop)
    {
        if (folder.Store is not null)
        {
            return await new HandedOver(folder, settings.Journal).WishAsync(wish, stop).ConfigureAwait(false);
        }

        var state = RunReader.Read(folder, settings.Journal);
        if (state is { IsOver: true })
        {
            throw new BadInputException($"Run '{folder.RunId}' is over: it is {state.Status.ToString().ToLowerInvariant()}.");
        }

        if (wish == WishFile.Pause && state is { Status: RunStatus.Paused })
        {
            return $"Run '{folder.RunId}' is paused already.";
        }

        if (!RunReader.IsHeld(folder, settings.Journal))
        {
            return await WithoutHolderAsync(folder, settings, state, wish, stop).ConfigureAwait(false);
        }

        WishFile.Leave(folder, wish);
        var started = clock.GetTimestamp();
        while (clock.GetElapsedTime(started) < Patience)
        {
            await Task.Delay(Look, clock, stop).ConfigureAwait(false);
            state = RunReader.Read(folder, settings.Journal);
            if (state is { IsOver: true } && wish == WishFile.Pause)
            {
                throw new BadInputException($"Run '{folder.RunId}' ended before it could be paused: it is {state.Status.ToString().ToLowerInvariant()}.");
            }

            if (state is { IsOver: true } || state is { Status: RunStatus.Paused })
            {
                return Done(folder, state);
            }

            if (!RunReader.IsHeld(folder, settings.Journal))
            {
                File.Delete(folder.Request);
                return await WithoutHolderAsync(folder, settings, state, wish, stop).ConfigureAwait(false);
            }
        }

        throw new BadInputException($"Run '{folder.RunId}' has not answered for {Patience.TotalMinutes:0} minutes; it will {wish} when it does.");
    }

    private async Task<string> WithoutHolderAsync(RunFolder folder, FerSettings settings, RunState? state, string wish, CancellationToken stop)
    {
        if (state is null)
        {
            throw new BadInputException($"Run '{folder.RunId}' has not begun: there is nothing to {wish}.");
        }

        var outcome = await engine.RunAsync(new RunRequest(folder, settings.Engine, settings.Journal) { Instead = wish }, new Nobody(), NullLoggerFactory.Instance, stop).ConfigureAwait(false);
        return outcome.End is RunEnd.Paused or RunEnd.Cancelled
            ? Done(folder, outcome.State)
            : throw new BadInputException($"Run '{folder.RunId}' could not be changed: {outcome.Sentence}");
    }

    private static string Done(RunFolder folder, RunState state) => state.Status == RunStatus.Paused
        ? $"Run '{folder.RunId}' is paused; fer resume {folder.RunId} lets it go on."
        : $"Run '{folder.RunId}' is {state.Status.ToString().ToLowerInvariant()}.";

    private sealed class Nobody : IRunObserver
    {
        public void OnEvent(IRunEvent e, RunState state)
        {
        }

        public void OnLive(LiveStep step)
        {
        }
    }
}
