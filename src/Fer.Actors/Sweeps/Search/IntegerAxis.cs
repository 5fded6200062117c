using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using System.Text.Json.Serialization;
using Fer.Models;

namespace Fer.Actors.Sweeps.Search;

/// <param name="High">The last that may be taken.</param>
/// <param name="Step">Distance between neighbours, from low on.</param>
public sealed record IntegerAxis(string Key, ImmutableSortedDictionary<string, ImmutableArray<string>> When, long Low, long High, long Step) : Axis(Key, When)
{
    /// <summary>Above it a number's place on the logarithm no longer says which number it is.</summary>
    private const long MostOfLog = 1_000_000_000_000;

    /// <summary>Uniform in the logarithm: each number has the share from half a number below to half a number above it. Then low is 1 or more, and step 1.</summary>
    [OmittedAt(false)]
    public bool IsLog { get; init; }

    /// <summary>How many numbers, evenly spread in the logarithm from low to high, a grid takes of a logarithmic range; null: every one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Points { get; init; }

    internal override BigInteger Levels => Points ?? ((BigInteger)High - Low) / Step + 1;

    private double LogLow => Math.Log(Low - 0.5);

    private double LogWidth => Math.Log(High + 0.5) - LogLow;

    public override string At(double unit)
    {
        if (IsLog)
        {
            return Rounded(LogLow + unit * LogWidth);
        }

        var index = new BigInteger(unit * (double)Levels);
        return Number(index < Levels ? index : Levels - 1);
    }

    public override double? UnitOf(string value) =>
        Read(value) is not { } number ? null
        : IsLog ? (Math.Log(number * (double)number - 0.25) / 2 - LogLow) / LogWidth
        : LevelOf(value) is { } index ? ((double)index + 0.5) / (double)Levels : null;

    internal override string Level(BigInteger index) => Points is { } points ? Rounded(Math.Log(Low) + (double)index / (points - 1) * (Math.Log(High) - Math.Log(Low))) : Number(index);

    internal override BigInteger? LevelOf(string value)
    {
        if (Read(value) is not { } number)
        {
            return null;
        }

        if (Points is { } points)
        {
            // Rounding moves a point less than its neighbours are away.
            var near = (int)Math.Round((Math.Log(number) - Math.Log(Low)) / (Math.Log(High) - Math.Log(Low)) * (points - 1));
            return Enumerable.Range(near - 1, 3).Where(i => i >= 0 && i < points && Level(i) == value).Select(i => (BigInteger?)i).FirstOrDefault();
        }

        var index = BigInteger.DivRem((BigInteger)number - Low, Step, out var rest);
        return rest.IsZero ? index : null;
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

        if (IsLog && (Low < 1 || High > MostOfLog))
        {
            throw new BadInputException(string.Create(CultureInfo.InvariantCulture, $"{Shown} is spread over the logarithm from {Low} to {High}: its low must be 1 or more and its high at most {MostOfLog}."));
        }

        if (Points is { } points)
        {
            CheckPoints(points);
        }
    }

    private void CheckPoints(int points)
    {
        if (points < 2)
        {
            throw new BadInputException(string.Create(CultureInfo.InvariantCulture, $"{Shown} has points = {points}: a grid takes 2 at least, its low and its high."));
        }

        for (var i = 1; i < points; i++)
        {
            if (Level(i) == Level(i - 1))
            {
                throw new BadInputException(string.Create(CultureInfo.InvariantCulture, $"{Shown} has points = {points} so near that two are {Level(i)}: fewer, or a wider range, are needed."));
            }
        }
    }

    private string Number(BigInteger index) => ((long)(Low + index * Step)).ToString(CultureInfo.InvariantCulture);

    private string Rounded(double log) => ((long)Math.Clamp(Math.Round(Math.Exp(log)), Low, High)).ToString(CultureInfo.InvariantCulture);

    // Conditions compare text: 03 is not what this axis gives.
    private long? Read(string value) =>
        long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= Low && number <= High && number.ToString(CultureInfo.InvariantCulture) == value ? number : null;
}
