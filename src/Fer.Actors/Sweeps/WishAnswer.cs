using System.Collections.Immutable;
using Fer.Actors.Runs;
using Fer.Actors.Storage;
using Fer.Actors.Sweeps.Search;
using Fer.Actors.Sweeps.V1;

namespace Fer.Actors.Sweeps;

/// <summary>What a sweep makes of a person's wish. Pure.</summary>
/// <param name="Events">Written before it is answered; none: nothing changes.</param>
/// <param name="Sentence">For the person, once they are written.</param>
internal sealed record WishAnswer(ImmutableArray<ISweepEvent> Events, string Sentence)
{
    public bool IsRefused { get; init; }

    /// <param name="busy">Trial → how long slots were busy with its tries so far.</param>
    public static WishAnswer Of(SweepState state, SweepWish wish, IReadOnlyDictionary<int, ImmutableSortedDictionary<string, double>> busy, DateTimeOffset now)
    {
        var (name, word) = ($"Sweep '{state.SweepId}'", state.Status.ToString().ToLowerInvariant());
        switch (wish.Wish)
        {
            case "retry":
                return Retry(state, wish.Trial, now);
            case WishFile.Pause when state.Status == SweepStatus.Running:
                return new WishAnswer([new SweepPaused(now, Pausing.ByUser)], $"{name} is paused: its trials save and stand.");
            case TrialRows.Resume when state.Status == SweepStatus.Paused:
                return new WishAnswer([new SweepResumed(now) { OneByOne = true }], $"{name} goes on.");
            case WishFile.Cancel when !state.IsOver:
                return new WishAnswer([.. Ended(state, busy, now), new SweepCancelled(now)], $"{name} is cancelled.");
            default:
                return state.IsOver ? Refused($"{name} is over: it is {word}.") : new WishAnswer([], $"{name} is {word}.");
        }
    }

    private static ImmutableArray<ISweepEvent> Ended(SweepState state, IReadOnlyDictionary<int, ImmutableSortedDictionary<string, double>> busy, DateTimeOffset now)
    {
        var events = ImmutableArray.CreateBuilder<ISweepEvent>();
        foreach (var t in state.Active.Union(state.Waiting).Select(state.Trial))
        {
            // What counts for one counts for no other.
            var some = DeviceTime.Of(state, t.Number, busy.GetValueOrDefault(t.Number, DeviceTime.None), now, seconds => new TrialEnded(now, t.Number, t.Attempt, "cancelled", null, "the sweep was cancelled", seconds));
            state = some.Aggregate(state, (s, e) => s.Apply(e));
            events.AddRange(some);
        }

        return events.ToImmutable();
    }

    private static WishAnswer Retry(SweepState state, int number, DateTimeOffset now)
    {
        if (number < 1 || number > state.Trials.Count)
        {
            return Refused($"Sweep '{state.SweepId}' has no trial {number}: it has {state.Trials.Count}.");
        }

        var (trial, isCancelled) = (state.Trial(number), state.Status == SweepStatus.Cancelled);
        return trial.Status is TrialStatus.Failed or TrialStatus.Cancelled && !isCancelled
            ? new WishAnswer([new TrialRetried(now, number, trial.Attempt + 1, "user", Pausing.ByUser, 0)], $"Trial {number} of sweep '{state.SweepId}' is tried again, as run {SweepState.RunIdOf(state.SweepId, number, trial.Attempt + 1)}.")
            : Refused($"Trial {number} of sweep '{state.SweepId}' is {SweepState.WordOf(trial.Status)}{(isCancelled ? " and the sweep was cancelled" : "")}: only one that failed or was cancelled can be tried again.");
    }

    private static WishAnswer Refused(string sentence) => new([], sentence) { IsRefused = true };
}
