using System.Collections.Immutable;
using Fer.Models;

namespace Fer.Actors.Sweeps.Search;

public sealed partial record SearchSpace
{
    /// <exception cref="BadInputException">The first thing that is wrong with an axis or its conditions, as a sentence that names the setting.</exception>
    public void Check()
    {
        if (Axes.IsDefaultOrEmpty)
        {
            throw new BadInputException("fer.sweep.space names no setting: a sweep varies at least one.");
        }

        for (var i = 0; i < Axes.Length; i++)
        {
            if (Axes.Take(i).Any(a => a.Key == Axes[i].Key))
            {
                throw new BadInputException($"{Axes[i].Shown} is there more than once.");
            }

            Axes[i].Check();
            foreach (var (key, values) in Axes[i].When)
            {
                CheckCondition(i, key, values);
            }
        }
    }

    /// <exception cref="BadInputException">A range of real numbers has no points.</exception>
    public void CheckGrid()
    {
        if (Axes.OfType<RealAxis>().FirstOrDefault(a => a.Points is null) is { } axis)
        {
            throw axis.WithoutPoints();
        }
    }

    private void CheckCondition(int index, string key, ImmutableArray<string> values)
    {
        var depends = $"{Axes[index].Shown} depends on fer.sweep.space.{key}";
        switch (Axes.Take(index).FirstOrDefault(a => a.Key == key))
        {
            case null when Axes[index].Key == key:
                throw new BadInputException($"{depends}, which is itself.");
            case null:
                throw new BadInputException($"{depends}, which {(Axes.Any(a => a.Key == key) ? "comes after it: it must come before" : "the sweep does not vary")}.");
            case RealAxis:
                throw new BadInputException($"{depends}, which is a range of real numbers: a condition needs choices or whole numbers.");
            case var _ when values.IsDefaultOrEmpty:
                throw new BadInputException($"{depends}, and names no value of it.");
            case var axis when values.FirstOrDefault(v => axis.LevelOf(v) is null) is { } value:
                throw new BadInputException($"{depends} = {value}, which that setting never is in this sweep.");
        }
    }
}
