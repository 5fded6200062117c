using System.Collections.Immutable;
using Akka.Actor;
using Fer.Actors.Runs;
using Fer.Actors.Sweeps.V1;

namespace Fer.Actors.Sweeps;

/// <summary>To a sweep: the kind of slot that there is most of; null: no host is there.</summary>
internal sealed record SlotChosen(Fingerprint? Slot);

/// <summary>
/// Keeps a sweep's runs as its state says they should be, for its actor and on its thread: looks at their rows again and again, and has what is
/// not so brought about, whoever failed to.
/// </summary>
internal sealed class TrialMender(SweepSetup setup, IActorRef sweep, TrialHands hands)
{
    /// <summary>A run's journal that cannot be read so often is as good as lost.</summary>
    private const int Unreadable = 12;

    private readonly Dictionary<string, int> unreadable = new(StringComparer.Ordinal);
    private bool looking;
    private bool lookAgain;
    private bool choosing;

    /// <summary>Rows were as they should be when they were last looked at, and nothing was written since.</summary>
    public bool IsTrue { get; private set; }

    /// <summary>Something was written, which rows may not know of.</summary>
    public void Changed() => IsTrue = false;

    /// <summary>Answered by <see cref="RowsFound"/>; where a look is under way, another follows it.</summary>
    public void Look(SweepState state)
    {
        lookAgain = looking;
        if (looking)
        {
            return;
        }

        looking = true;
        hands.Look(state.Active.Union(state.Waiting));
    }

    public void OnFound(SweepState state, RowsFound found)
    {
        looking = false;
        if (!found.IsUnknown)
        {
            Mend(state, TrialRows.Compare(state, found.Rows, found.Asked));
        }

        if (lookAgain)
        {
            Look(state);
        }
    }

    private void Mend(SweepState state, RowsToMend mend)
    {
        IsTrue = mend.IsNothing;
        HandOver(state, [.. mend.Missing.Select(state.Trial)]);
        if (!mend.Wishes.IsEmpty)
        {
            hands.Wish(mend.Wishes);
        }

        foreach (var row in mend.Over)
        {
            hands.OutcomeAsync(row).PipeTo(sweep);
        }
    }

    /// <summary>Makes runs of trials, once the kind of slot is chosen that they are to keep to (<see cref="SlotChosen"/>).</summary>
    public void HandOver(SweepState state, ImmutableArray<TrialState> trials)
    {
        if (trials.IsEmpty || state.Status != SweepStatus.Running)
        {
            // Those that stand without a row get one when the sweep goes on.
            return;
        }

        if (setup.Spec.Fingerprint == "same" && state.Slot is null)
        {
            if (!choosing)
            {
                choosing = true;
                setup.ChooseSlot().PipeTo(sweep, success: slot => new SlotChosen(slot), failure: _ => new SlotChosen(null));
            }

            return;
        }

        hands.HandOver(trials, state);
    }

    /// <returns>To be written, and rows to be looked at then; null: it is chosen already, or cannot be now.</returns>
    public SweepPinned? OnChosen(SweepState state, SlotChosen chosen, DateTimeOffset now)
    {
        choosing = false;
        return state.Slot is null && chosen.Slot is { } slot ? new SweepPinned(now, slot) : null;
    }

    /// <returns>What it means for the trial, once it is as good as lost; null: it is tried again.</returns>
    public TrialOver? OnUnreadable(UnreadableRun run) => (unreadable[run.Id] = unreadable.GetValueOrDefault(run.Id) + 1) >= Unreadable ? run.Over : null;
}
