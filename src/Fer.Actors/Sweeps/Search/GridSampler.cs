using System.Collections.Immutable;

namespace Fer.Actors.Sweeps.Search;

/// <summary>Every combination once: trial n is point n - 1 of <see cref="SearchSpace.GridPoint"/>. The seed changes nothing.</summary>
public sealed class GridSampler : ISampler
{
    public ImmutableSortedDictionary<string, string>? Next(SearchSpace space, long seed, int number, ImmutableArray<PastTrial> past)
    {
        ArgumentNullException.ThrowIfNull(space);
        return number - 1 < space.GridSize() ? space.GridPoint(number - 1) : null;
    }
}
