using System.Collections.Immutable;

namespace Fer.Actors.Sweeps.Search;

public enum TrialStatus
{
    /// <summary>Planned, and not over.</summary>
    Running,

    /// <summary>Stands at a rung until others have said whether it goes on.</summary>
    Waiting,

    Completed,

    /// <summary>Ended early, because others were better at the same rung.</summary>
    Pruned,

    Failed,
    Cancelled,
}

/// <summary>What a sampler or a pruner may know of a trial.</summary>
/// <param name="Number">From 1, in the order of planning.</param>
/// <param name="Values">Setting → value, as text that the settings read; an axis whose condition does not hold is not in it.</param>
/// <param name="Reports">The objective at rungs (a job's rounds, epochs …, from 1), in the order they came; higher is better, whatever the objective's direction.</param>
/// <param name="Value">The objective at the end; higher is better; null while there is none.</param>
public sealed record PastTrial(int Number, ImmutableSortedDictionary<string, string> Values, TrialStatus Status, ImmutableArray<RungValue> Reports, double? Value)
{
    public bool IsOver => Status is TrialStatus.Completed or TrialStatus.Pruned or TrialStatus.Failed or TrialStatus.Cancelled;
}

public sealed record RungValue(int Rung, double Value);

/// <summary>Chooses where to look next: a pure function of what was seen and a seed.</summary>
public interface ISampler
{
    /// <summary>Whether what was seen decides: others are given no past.</summary>
    bool LooksBack => false;

    /// <returns>Setting → value; null: there is nothing left to try.</returns>
    /// <param name="number">The trial to be planned, from 1.</param>
    /// <param name="past">All trials planned before it, by number.</param>
    ImmutableSortedDictionary<string, string>? Next(SearchSpace space, long seed, int number, ImmutableArray<PastTrial> past);
}

public enum PruneAnswer
{
    GoOn,

    /// <summary>Stand until it is asked again: it may still be promoted.</summary>
    Wait,

    /// <summary>End it: it cannot become one of the best at its rung any more, or is worse than most were there.</summary>
    End,
}

/// <summary>Ends trials early: a pure function of what was seen.</summary>
public interface IPruner
{
    /// <summary>Whether this pruner ever lets a trial stand at that rung; between such rungs it is not asked.</summary>
    bool Looks(int rung);

    /// <param name="trial">A trial that has reported at <paramref name="rung"/>.</param>
    /// <param name="past">All trials, this one among them, by number.</param>
    /// <param name="isLast">No trial will be planned any more, and none runs: whoever waits now is not outdone by later ones.</param>
    PruneAnswer Decide(ImmutableArray<PastTrial> past, int trial, int rung, bool isLast);

    /// <summary>Those of some trials that need not wait any longer at the rung where they do, the best first.</summary>
    /// <param name="waiting">Trials with their rungs.</param>
    IEnumerable<int> Freed(ImmutableArray<PastTrial> past, IReadOnlyCollection<(int Trial, int Rung)> waiting) => waiting.Where(w => Decide(past, w.Trial, w.Rung, isLast: false) == PruneAnswer.GoOn).Select(w => w.Trial);
}
