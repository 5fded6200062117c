using System.Collections.Immutable;
using System.Numerics;
using Fer.Models;

namespace Fer.Actors.Sweeps.Search;

/// <param name="Values">As the settings read them, in the order of the file.</param>
public sealed record ChoiceAxis(string Key, ImmutableSortedDictionary<string, ImmutableArray<string>> When, ImmutableArray<string> Values) : Axis(Key, When)
{
    internal override BigInteger Levels => Values.Length;

    public override string At(double unit) => Values[Math.Min((int)(unit * Values.Length), Values.Length - 1)];

    public override double? UnitOf(string value) => Values.IndexOf(value) is >= 0 and var index ? (index + 0.5) / Values.Length : null;

    internal override string Level(BigInteger index) => Values[(int)index];

    internal override BigInteger? LevelOf(string value) => Values.IndexOf(value) is >= 0 and var index ? index : null;

    internal override void Check()
    {
        if (Values.IsDefaultOrEmpty)
        {
            throw new BadInputException($"{Shown} names no value: at least one is needed.");
        }

        if (Values.GroupBy(v => v, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice)
        {
            throw new BadInputException($"{Shown} names the value '{twice.Key}' more than once.");
        }
    }
}
