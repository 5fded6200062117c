using System.Collections.Immutable;

namespace Fer.Actors.Sweeps.Search;

/// <summary>All trials go on to their end.</summary>
public sealed class NoPruner : IPruner
{
    public bool Looks(int rung) => false;

    public PruneAnswer Decide(ImmutableArray<PastTrial> past, int trial, int rung, bool isLast) => PruneAnswer.GoOn;
}
