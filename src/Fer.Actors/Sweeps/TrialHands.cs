using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using Fer.Actors.Runs;
using Fer.Models;

namespace Fer.Actors.Sweeps;

/// <summary>To a sweep: its rows as they are.</summary>
/// <param name="Asked">Trials that were not over when it was asked.</param>
internal sealed record RowsFound(ImmutableArray<TrialRow> Rows, ImmutableSortedSet<int> Asked)
{
    /// <summary>They could not be read.</summary>
    public bool IsUnknown { get; init; }
}

/// <summary>To a sweep: the journal of a run that is over cannot be read; what that would mean for its trial.</summary>
internal sealed record UnreadableRun(string Id, TrialOver Over);

/// <summary>
/// A sweep's dealings with rows and runs, for its actor: one after another, since of two words about a run the later one must come later. What
/// fails here is not tried again: rows are looked at again, and what is missing is done then.
/// </summary>
internal sealed class TrialHands(SweepSetup setup, IActorRef sweep, IActorRef coordinator, ILoggingAdapter log)
{
    private Task last = Task.CompletedTask;

    /// <summary>Nothing is under way.</summary>
    public bool IsIdle => last.IsCompleted;

    public void Answer(SweepWish wish, WishAnswer answer) => Queue(() => setup.Sweeps.FulfilAsync(setup.Seat, wish.Id, answer.Sentence, answer.IsRefused));

    /// <summary>Answered by <see cref="RowsFound"/>, which shows what was done before.</summary>
    public void Look(ImmutableSortedSet<int> trials) =>
        Queue(async () => sweep.Tell(new RowsFound(await setup.Runs.OfSweepAsync(setup.Row.Id, trials).ConfigureAwait(false), trials)), failed: new RowsFound([], trials) { IsUnknown = true });

    /// <summary>Makes runs of trials. One that cannot be made is answered by a <see cref="TrialOver"/>.</summary>
    public void HandOver(IEnumerable<TrialState> trials, SweepState state)
    {
        var made = ImmutableArray.CreateBuilder<RunRow>();
        foreach (var trial in trials)
        {
            try
            {
                var run = setup.Make(setup.Spec, trial.Values);
                made.Add(new RunRow(state.RunIdOf(trial), run.Run, run.Engine, setup.Spec.Priority, RunRowStatus.Queued, "", "", setup.Clock.GetUtcNow(), setup.Row.Submitter) { Sweep = setup.Row.Id, Trial = trial.Number, Attempt = trial.Attempt, Slot = state.Slot });
            }
#pragma warning disable CA1031 // whatever settings do to it, it is this trial's trouble
            catch (Exception e)
#pragma warning restore CA1031
            {
                sweep.Tell(Lost(trial.Number, trial.Attempt, e is BadInputException ? e.Message : $"{e.GetType().Name}: {e.Message}"));
            }
        }

        var all = made.ToImmutable();
        Queue(async () =>
        {
            foreach (var taken in await setup.Runs.SubmitTrialsAsync(setup.Seat, all).ConfigureAwait(false))
            {
                sweep.Tell(Lost(taken.Trial, taken.Attempt, $"there is a run '{taken.Id}' already that is not this sweep's"));
            }

            coordinator.Tell(RowsChanged.Instance);
        });
    }

    public void Wish(ImmutableArray<(string Run, string Wish)> wishes) => Queue(async () =>
    {
        foreach (var (run, wish) in wishes)
        {
            await setup.Runs.WishAsync(setup.Seat, run, wish).ConfigureAwait(false);
        }

        coordinator.Tell(RowsChanged.Instance);
    });

    /// <summary>Reads what became of a trial's run that has ended, or stands for a fault: a <see cref="TrialOver"/>, or <see cref="UnreadableRun"/>.</summary>
    public async Task<object> OutcomeAsync(TrialRow row)
    {
        var stands = row.Status == RunRowStatus.Paused;
        try
        {
            var run = await setup.ReadRun(row.Id).ConfigureAwait(false) ?? RunState.Empty;
            return TrialOutcome.Of(row.Trial, row.Attempt, stands ? RunRowStatus.Failed : row.Status, row.Reason, run, setup.Spec.Objective) with { Stands = stands };
        }
#pragma warning disable CA1031 // the store may be away, or this one journal broken
        catch (Exception e)
#pragma warning restore CA1031
        {
            return new UnreadableRun(row.Id, Lost(row.Trial, row.Attempt, $"the journal of run '{row.Id}' cannot be read: {e.Message.Split('\n')[0]}"));
        }
    }

    private static TrialOver Lost(int trial, int attempt, string reason) => new(trial, attempt, RunRowStatus.Failed, null, reason, DeviceTime.None) { IsFinal = true };

    private void Queue(Func<Task> write, object? failed = null)
    {
        last = DoAsync(last);

        async Task DoAsync(Task before)
        {
            await before.ConfigureAwait(false);
            try
            {
                await write().ConfigureAwait(false);
            }
#pragma warning disable CA1031 // rows are looked at again
            catch (Exception e)
#pragma warning restore CA1031
            {
                log.Info("A row of sweep {Sweep} could not be read or written ({Reason}): they are looked at again", setup.Row.Id, e.Message.Split('\n')[0]);
                if (failed is not null)
                {
                    sweep.Tell(failed);
                }
            }
        }
    }
}
