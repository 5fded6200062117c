using System.Collections.Immutable;
using System.Numerics;

namespace Fer.Actors.Sweeps.Search;

/// <remarks>
/// A grid is a tree: a level of it for each axis, a branch for each value; where conditions do not hold there is no
/// branching, so that no values come twice. Subtrees differ only by values that conditions name, and are counted by
/// these alone: a grid of more points than memory holds costs little.
/// </remarks>
public sealed partial record SearchSpace
{
    /// <summary>How many points a full grid has. (A method: it is no part of a space's JSON.)</summary>
    /// <exception cref="Fer.Models.BadInputException">A range of real numbers has no points.</exception>
    public BigInteger GridSize()
    {
        CheckGrid();
        return Below(0, ImmutableDictionary<string, string>.Empty);
    }

    /// <summary>A point of the full grid, from 0; the first axis is the slowest.</summary>
    public ImmutableSortedDictionary<string, string> GridPoint(long index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, GridSize());
        var rest = (BigInteger)index;
        var values = ImmutableDictionary<string, string>.Empty;
        for (var i = 0; i < Axes.Length; i++)
        {
            if (Axes[i].Holds(values))
            {
                values = values.Add(Axes[i].Key, Axes[i].Level(Branch(i, values, ref rest)));
            }
        }

        return values.ToImmutableSortedDictionary(StringComparer.Ordinal);
    }

    /// <summary>How many points there are below the axis at <paramref name="i"/>; an axis that is not in <paramref name="chosen"/> meets no condition.</summary>
    private BigInteger Below(int i, ImmutableDictionary<string, string> chosen)
    {
        if (i == Axes.Length)
        {
            return 1;
        }

        if (!Axes[i].Holds(chosen))
        {
            return Below(i + 1, chosen);
        }

        var named = Named(i);
        var others = Axes[i].Levels - named.Count;
        var sum = others.IsZero ? 0 : others * Below(i + 1, chosen);
        return named.Values.Aggregate(sum, (s, value) => s + Below(i + 1, chosen.Add(Axes[i].Key, value)));
    }

    /// <summary>Which value of its axis the point takes; <paramref name="rest"/> becomes its place below that value.</summary>
    private BigInteger Branch(int i, ImmutableDictionary<string, string> chosen, ref BigInteger rest)
    {
        var each = Below(i + 1, chosen);
        BigInteger from = 0;
        foreach (var (level, value) in Named(i))
        {
            var before = (level - from) * each;
            if (rest < before)
            {
                break;
            }

            rest -= before;
            var here = Below(i + 1, chosen.Add(Axes[i].Key, value));
            if (rest < here)
            {
                return level;
            }

            rest -= here;
            from = level + 1;
        }

        return from + BigInteger.DivRem(rest, each, out rest);
    }

    /// <summary>The values of an axis that conditions of others name, by their place on it.</summary>
    private SortedDictionary<BigInteger, string> Named(int i)
    {
        var named = new SortedDictionary<BigInteger, string>();
        foreach (var value in Axes.Skip(i + 1).Where(a => a.When.ContainsKey(Axes[i].Key)).SelectMany(a => a.When[Axes[i].Key]))
        {
            if (Axes[i].LevelOf(value) is { } level)
            {
                named[level] = value;
            }
        }

        return named;
    }
}
