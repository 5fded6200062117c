using System.Collections.Immutable;
using Fer.Models.Randomness;

namespace Fer.Actors.Sweeps.Search;

/// <summary>
/// Each axis uniform in its range, or its logarithm (Bergstra and Bengio 2012). A draw depends on seed, trial and key
/// alone (<see cref="Address"/>): an axis that is added leaves the others' values as they were.
/// </summary>
public sealed class RandomSampler : ISampler
{
    public ImmutableSortedDictionary<string, string>? Next(SearchSpace space, long seed, int number, ImmutableArray<PastTrial> past)
    {
        ArgumentNullException.ThrowIfNull(space);
        var trial = Address.Of(seed).At("random").At(number);
        return space.At((axis, _) => trial.At(axis.Key).Uniform());
    }
}
