using System.Collections.Immutable;
using Akka.Actor;
using Fer.Actors.Hosting;
using Fer.Actors.Runs;
using Fer.Actors.Sweeps.Search;
using Fer.Actors.Sweeps.V1;

namespace Fer.Actors.Sweeps;

/// <summary>What a sweep's actor works with.</summary>
/// <param name="Seat">The coordinator's number: nothing is written by an older one.</param>
/// <param name="Make">A trial as a run; throws <see cref="Fer.Models.BadInputException"/> where settings contradict each other.</param>
/// <param name="ReadRun">What a run's journal says.</param>
/// <param name="ChooseSlot">The kind of slot there is most of; null: no host is there.</param>
internal sealed record SweepSetup(
    SweepRow Row, SweepSpec Spec, long Seat, RunRows Runs, SweepRows Sweeps, Func<SweepSpec, ImmutableSortedDictionary<string, string>, TrialRun> Make, Func<string, Task<RunState?>> ReadRun, Func<Task<Fingerprint?>> ChooseSlot,
    ISweepObserver Observer, ISweepHook Hook, string Version, TimeProvider Clock);

/// <summary>A trial as a run to be handed over.</summary>
public sealed record TrialRun(NewRun Run, EngineSettings Engine);

/// <summary>Is told what happens in a sweep, in order, on a thread that must not be held up.</summary>
public interface ISweepObserver
{
    void OnEvent(ISweepEvent e, SweepState state);
}

/// <summary>To a sweep: slots have room for so many of its trials in all, those that run among them.</summary>
/// <param name="Number">Grows from word to word.</param>
internal sealed record MayRun(int Trials, long Number);

/// <summary>To a sweep: how a trial stands at its rungs so far, in the objective's own direction.</summary>
/// <param name="Tries">How long slots were busy with each try at its steps.</param>
internal sealed record TrialMoved(int Trial, int Attempt, ImmutableArray<RungValue> Reports, ImmutableSortedDictionary<string, double> Tries);

/// <summary>To a sweep: a trial's run is over.</summary>
/// <param name="Status"><c>completed</c>, <c>failed</c> or <c>cancelled</c>.</param>
/// <param name="Tries">How long slots were busy with each try at its steps.</param>
internal sealed record TrialOver(int Trial, int Attempt, string Status, double? Value, string Reason, ImmutableSortedDictionary<string, double> Tries)
{
    /// <summary>So many steps were done.</summary>
    public int Steps { get; init; }

    /// <summary>Of which so many were there already.</summary>
    public int Reused { get; init; }

    /// <summary>Another try would come to the same.</summary>
    public bool IsFinal { get; init; }

    /// <summary>Its run stands, for a fault that a person would have to look at.</summary>
    public bool Stands { get; init; }
}

/// <summary>To a sweep: what a person wants of it.</summary>
internal sealed record WishFor(SweepWish Wish);

/// <summary>To the coordinator: a trial's run has come on.</summary>
/// <param name="State">Where that may be news for the sweep; else null.</param>
internal sealed record RunMoved(RunRow Row, RunState? State);

/// <summary>To the coordinator: how a sweep stands, after anything changed.</summary>
/// <param name="Active">Trials that run, or may any moment.</param>
/// <param name="Wants">More that it would run.</param>
/// <param name="Slot">Digest of the kind of slot that it keeps to; null: any.</param>
/// <param name="Heard">The last <see cref="MayRun"/> that it acts by; 0: none.</param>
internal sealed record SweepIs(string Id, int Active, int Wants, string? Slot, long Heard);

/// <summary>To a sweep: one of its runs has come on.</summary>
internal sealed record TrialLives
{
    public static readonly TrialLives Instance = new();
}

/// <summary>To a sweep: whether a slot is there that its trials can keep their bits on.</summary>
internal sealed record SlotsAre(KindIs Kind);

/// <summary>To the coordinator: something is wrong with a sweep, which stops for now.</summary>
internal sealed record SweepBroke(string Id, string Reason);

/// <summary>To the coordinator: there are new rows of runs.</summary>
internal sealed record RowsChanged
{
    public static readonly RowsChanged Instance = new();
}
