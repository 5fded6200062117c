using System.Collections.Immutable;

namespace Fer.Actors.Sweeps.Search;

/// <summary>The settings that a sweep varies, in the order of its file; an axis' conditions name axes before it.</summary>
public sealed partial record SearchSpace(ImmutableArray<Axis> Axes)
{
    /// <summary>Setting → value at a point of [0, 1) to the power of axes; an axis whose conditions do not hold is left out.</summary>
    public ImmutableSortedDictionary<string, string> At(ReadOnlySpan<double> unit)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(unit.Length, Axes.Length);
        var values = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < Axes.Length; i++)
        {
            if (Axes[i].Holds(values))
            {
                values.Add(Axes[i].Key, Axes[i].At(unit[i]));
            }
        }

        return values.ToImmutable();
    }

    /// <summary>The values at a point whose coordinates are given by axis, in their order.</summary>
    internal ImmutableSortedDictionary<string, string> At(Func<Axis, int, double> coordinate) => At(Axes.Select(coordinate).ToArray().AsSpan());
}
