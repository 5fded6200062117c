using System.Collections.Immutable;
using Fer.Actors.Hosting;
using Fer.Actors.Runs.V1;

namespace Fer.Actors.Runs;

/// <summary>What a process does first with a run whose journal it has read: writes that it has it now, or leaves it alone. Pure.</summary>
/// <param name="End">Why it is left alone; null: it is taken.</param>
/// <param name="Sentence">The same for a person.</param>
/// <param name="Events">Written first where it is taken.</param>
internal sealed record TakeOver(RunEnd? End, string Sentence, ImmutableArray<IRunEvent> Events)
{
    public static TakeOver Of(RunState state, RunSetup setup, DateTimeOffset at)
    {
        var request = setup.Request;
        var isNew = state.RunId.Length == 0;
        if (isNew && request.New is null)
        {
            return Left(RunEnd.Failed, $"There is no run '{request.Folder.RunId}'.");
        }

        if (state.IsOver)
        {
            return Left(EndOf(state.Status), state.Reason);
        }

        if (request.Seat is { } seat && state.Claims is [.., var last] && last.Number > seat)
        {
            // Somebody with a later right has the run: this incarnation may not even claim it.
            return Left(RunEnd.Interrupted, $"coordinator {last.Number} on {last.Host} has the run now");
        }

        var goesOn = request.Instead is null;
        var isPaused = state.Status == RunStatus.Paused && goesOn;
        if (isPaused && request.Seat is not null && !request.Resume)
        {
            // Its row did not hear of it yet: only a person lets it go on.
            return Left(RunEnd.Paused, state.Reason);
        }

        var events = ImmutableArray.CreateBuilder<IRunEvent>();
        if (isNew)
        {
            events.Add(new RunStarted(at, request.Folder.RunId, request.New!.Job, request.New.Settings, setup.Fingerprint, request.New.Inputs, setup.Version));
            if (request.New.Fork is { } fork)
            {
                events.Add(fork with { At = at });
            }
        }

        events.Add(new Claimed(at, (int?)request.Seat ?? state.Claims.Length + 1, Environment.MachineName, Environment.ProcessId));
        if (!isNew && goesOn && !state.Fingerprint.Equals(setup.Fingerprint))
        {
            events.Add(new FingerprintAccepted(at, setup.Fingerprint));
        }

        if (isPaused)
        {
            events.Add(new RunResumed(at));
        }

        return new TakeOver(null, "", events.ToImmutable());
    }

    private static TakeOver Left(RunEnd end, string sentence) => new(end, sentence, []);

    private static RunEnd EndOf(RunStatus status) => status switch
    {
        RunStatus.Completed => RunEnd.Completed,
        RunStatus.Cancelled => RunEnd.Cancelled,
        _ => RunEnd.Failed,
    };
}
