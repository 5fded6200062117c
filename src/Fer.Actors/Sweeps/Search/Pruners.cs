using Fer.Models;

namespace Fer.Actors.Sweeps.Search;

/// <summary>The pruners by name.</summary>
public static class Pruners
{
    public static IReadOnlyCollection<string> Names { get; } = ["none", "median", "halving"];

    /// <exception cref="BadInputException">There is none of that kind, or a number is below what it can be.</exception>
    public static IPruner Of(PrunerSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        AtLeast("first-rung", spec.FirstRung, 1);
        AtLeast("factor", spec.Factor, 2);
        AtLeast("start-up-trials", spec.StartUpTrials, 0);
        return spec.Kind switch
        {
            "none" => new NoPruner(),
            "median" => new MedianPruner(spec.FirstRung, spec.StartUpTrials),
            "halving" => new HalvingPruner(spec.FirstRung, spec.Factor),
            _ => throw new BadInputException($"fer.sweep.pruner.kind is '{spec.Kind}': there are {string.Join(", ", Names)}."),
        };
    }

    private static void AtLeast(string key, int value, int least)
    {
        if (value < least)
        {
            throw new BadInputException($"fer.sweep.pruner.{key} is {value}: it must be {least} at least.");
        }
    }
}
