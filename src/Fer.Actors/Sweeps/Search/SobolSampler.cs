using System.Collections.Immutable;
using Fer.Models;
using Fer.Models.Randomness;

namespace Fer.Actors.Sweeps.Search;

/// <summary>
/// Points that fill the space more evenly than random ones: trial n is point n - 1 of a Sobol' sequence
/// (<see cref="SobolSequence"/>), scrambled by the seed. Each axis takes a dimension of its own, whether its conditions hold or not.
/// </summary>
/// <remarks>
/// The scrambling is Owen's nested uniform one (Owen 1995): each binary digit of a coordinate is flipped or not by a draw
/// whose address is the dimension and all digits before it, 32 digits deep. Any 2^k points from a multiple of 2^k on stay as evenly spread
/// as unscrambled ones, and each point by itself is uniform. Point 0 is kept, as scrambling wants (Owen 2020).
/// </remarks>
public sealed class SobolSampler : ISampler
{
    public ImmutableSortedDictionary<string, string>? Next(SearchSpace space, long seed, int number, ImmutableArray<PastTrial> past)
    {
        ArgumentNullException.ThrowIfNull(space);
        if (space.Axes.Length > SobolSequence.Dimensions)
        {
            throw new BadInputException($"fer.sweep.space has {space.Axes.Length} settings: the sampler sobol knows {SobolSequence.Dimensions} dimensions, random and tpe any number.");
        }

        var address = Address.Of(seed).At("sobol");
        return space.At((_, i) => Scrambled(SobolSequence.Bits((uint)(number - 1), i), address.At(i)) * SobolSequence.Unit);
    }

    internal static uint Scrambled(uint bits, Address dimension)
    {
        var flips = 0u;
        for (var digit = 0; digit < 32; digit++)
        {
            var before = digit == 0 ? 0 : bits >> (32 - digit);
            flips |= (uint)(dimension.At(digit).Bits(before) >> 63) << (31 - digit);
        }

        return bits ^ flips;
    }
}
