using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using Fer.Models;

namespace Fer.Actors.Sweeps.Search;

/// <param name="High">The last that may be taken.</param>
/// <param name="Step">Distance between neighbours, from low on.</param>
public sealed record IntegerAxis(string Key, ImmutableSortedDictionary<string, ImmutableArray<string>> When, long Low, long High, long Step) : Axis(Key, When)
{
    internal override BigInteger Levels => ((BigInteger)High - Low) / Step + 1;

    public override string At(double unit)
    {
        var index = new BigInteger(unit * (double)Levels);
        return Level(index < Levels ? index : Levels - 1);
    }

    public override double? UnitOf(string value) => LevelOf(value) is { } index ? ((double)index + 0.5) / (double)Levels : null;

    internal override string Level(BigInteger index) => ((long)(Low + index * Step)).ToString(CultureInfo.InvariantCulture);

    internal override BigInteger? LevelOf(string value)
    {
        if (!long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) || number < Low || number > High)
        {
            return null;
        }

        // Conditions compare text: 03 is not what this axis gives.
        var index = BigInteger.DivRem((BigInteger)number - Low, Step, out var rest);
        return rest.IsZero && Level(index) == value ? index : null;
    }

    internal override void Check()
    {
        if (Low >= High)
        {
            throw new BadInputException(string.Create(CultureInfo.InvariantCulture, $"{Shown} goes from {Low} to {High}: its low must be below its high."));
        }

        if (Step < 1)
        {
            throw new BadInputException(string.Create(CultureInfo.InvariantCulture, $"{Shown} has step = {Step}: it must be 1 at least."));
        }
    }
}
