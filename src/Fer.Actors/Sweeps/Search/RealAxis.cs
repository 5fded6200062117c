using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using Fer.Models;

namespace Fer.Actors.Sweeps.Search;

/// <summary>
/// A range of real numbers. Values are rounded to 6 significant digits: they read well, and machines whose logarithms
/// differ in the last digit choose the same text.
/// </summary>
/// <param name="IsLog">Uniform in the logarithm; then <paramref name="Low"/> is above 0.</param>
/// <param name="Points">How many values, evenly spread from low to high, a grid takes; null: a grid cannot be made of it.</param>
public sealed record RealAxis(string Key, ImmutableSortedDictionary<string, ImmutableArray<string>> When, double Low, double High, bool IsLog, int? Points) : Axis(Key, When)
{
    internal override BigInteger Levels => Points ?? throw WithoutPoints();

    public override string At(double unit)
    {
        var value = IsLog ? Math.Exp(Between(Math.Log(Low), Math.Log(High), unit)) : Between(Low, High, unit);
        var rounded = double.Parse(value.ToString("E5", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

        // The sum turns -0 into 0.
        return (Math.Clamp(rounded, Low, High) + 0.0).ToString(CultureInfo.InvariantCulture);
    }

    public override double? UnitOf(string value)
    {
        if (!double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) || !(number >= Low && number <= High))
        {
            return null;
        }

        var unit = IsLog ? (Math.Log(number) - Math.Log(Low)) / (Math.Log(High) - Math.Log(Low)) : (number / 2 - Low / 2) / (High / 2 - Low / 2);
        return Math.Clamp(unit, 0, 1);
    }

    internal override string Level(BigInteger index) => At((double)index / (double)(Levels - 1));

    internal override BigInteger? LevelOf(string value) => null;

    internal BadInputException WithoutPoints() => new($"{Shown} is a range of real numbers: a grid needs points = N there, or another sampler.");

    internal override void Check()
    {
        if (!double.IsFinite(Low) || !double.IsFinite(High) || Low >= High)
        {
            throw new BadInputException(string.Create(CultureInfo.InvariantCulture, $"{Shown} goes from {Low} to {High}: its low must be below its high."));
        }

        if (IsLog && Low <= 0)
        {
            throw new BadInputException(string.Create(CultureInfo.InvariantCulture, $"{Shown} is spread over the logarithm from {Low}: its low must be above 0."));
        }

        if (At(0.25) == At(0.75))
        {
            throw new BadInputException(string.Create(CultureInfo.InvariantCulture, $"{Shown} goes from {Low} to {High}: its values have 6 digits, and these are the same in them."));
        }

        if (Points < 2)
        {
            throw new BadInputException(string.Create(CultureInfo.InvariantCulture, $"{Shown} has points = {Points}: a grid takes 2 at least, its low and its high."));
        }

        for (var i = 1; i < Points; i++)
        {
            if (Level(i) == Level(i - 1))
            {
                throw new BadInputException(string.Create(CultureInfo.InvariantCulture, $"{Shown} has points = {Points} so near that two are {Level(i)} in 6 digits: fewer, or a wider range, are needed."));
            }
        }
    }

    // A sum of parts, as high - low may be above the greatest double.
    private static double Between(double low, double high, double unit) => low * (1 - unit) + high * unit;
}
