using System.Collections.Immutable;
using System.Numerics;
using System.Text.Json.Serialization;

namespace Fer.Actors.Sweeps.Search;

/// <summary>One setting that a sweep varies.</summary>
/// <param name="Key">Without <c>fer.</c>: <c>gan.psi</c>.</param>
/// <param name="When">Other axes' keys → values at which this one is there; all must hold. Empty: always.</param>
[JsonDerivedType(typeof(ChoiceAxis), "choice")]
[JsonDerivedType(typeof(RealAxis), "real")]
[JsonDerivedType(typeof(IntegerAxis), "integer")]
public abstract record Axis(string Key, ImmutableSortedDictionary<string, ImmutableArray<string>> When)
{
    /// <summary>As its user knows it.</summary>
    internal string Shown => $"fer.sweep.space.{Key}";

    /// <summary>How many values a grid takes; a real axis must have points.</summary>
    internal abstract BigInteger Levels { get; }

    /// <summary>The value at a point of [0, 1), as text that the settings read.</summary>
    public abstract string At(double unit);

    /// <summary>A point of [0, 1] at which this value is, in the middle of them where there are many; null: the axis cannot have it.</summary>
    public abstract double? UnitOf(string value);

    /// <summary>A grid's value, from 0.</summary>
    internal abstract string Level(BigInteger index);

    /// <summary>Which of a grid's values it is; null: none, or a real number's, whose text nobody should rely on.</summary>
    internal abstract BigInteger? LevelOf(string value);

    /// <exception cref="Fer.Models.BadInputException">No value, or not one range, is described.</exception>
    internal abstract void Check();

    /// <summary>Whether its conditions hold among values of axes before it.</summary>
    internal bool Holds(IReadOnlyDictionary<string, string> chosen) =>
        When.All(w => chosen.TryGetValue(w.Key, out var value) && w.Value.Contains(value));
}
