using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Fer.Actors.Sweeps.Search;

/// <summary>One setting that a sweep varies.</summary>
/// <param name="Key">Without <c>fer.</c>: <c>gan.psi</c>.</param>
/// <param name="When">Other axes' keys → values at which this one is there; all must hold. Empty: always.</param>
[JsonDerivedType(typeof(ChoiceAxis), "choice")]
[JsonDerivedType(typeof(RealAxis), "real")]
[JsonDerivedType(typeof(IntegerAxis), "integer")]
public abstract record Axis(string Key, ImmutableSortedDictionary<string, ImmutableArray<string>> When);

/// <param name="Values">As the settings read them, in the order of the file.</param>
public sealed record ChoiceAxis(string Key, ImmutableSortedDictionary<string, ImmutableArray<string>> When, ImmutableArray<string> Values) : Axis(Key, When);

/// <param name="IsLog">Uniform in the logarithm; then <paramref name="Low"/> is above 0.</param>
/// <param name="Points">How many values, evenly spread from low to high, a grid takes; null: a grid cannot be made of it.</param>
public sealed record RealAxis(string Key, ImmutableSortedDictionary<string, ImmutableArray<string>> When, double Low, double High, bool IsLog, int? Points) : Axis(Key, When);

/// <param name="High">The last that may be taken.</param>
/// <param name="Step">Distance between neighbours, from low on.</param>
public sealed record IntegerAxis(string Key, ImmutableSortedDictionary<string, ImmutableArray<string>> When, long Low, long High, long Step) : Axis(Key, When);

/// <summary>The settings that a sweep varies, in the order of its file; an axis' conditions name axes before it.</summary>
public sealed partial record SearchSpace(ImmutableArray<Axis> Axes);
