using System.Text.Json;
using Fer.Actors.Storage;
using Fer.Actors.Sweeps.Search;
using Fer.Models;
using FsCheck.Xunit;
using static Fer.Actors.Tests.Sweeps.Search.Spaces;

namespace Fer.Actors.Tests.Sweeps.Search;

/// <summary>Whole numbers that are uniform in their logarithm.</summary>
public sealed class LogIntegerTests
{
    [Property(MaxTest = 300)]
    public void Every_point_is_a_number_of_the_range_and_that_number_lies_where_it_was_found(uint low, uint width, byte at)
    {
        var axis = Ranged(low, width);
        var value = axis.At(at / 256.0);

        Assert.InRange(long.Parse(value), axis.Low, axis.High);
        Assert.InRange(axis.UnitOf(value)!.Value, 0, 1);
        Assert.Equal(value, axis.At(axis.UnitOf(value)!.Value));
    }

    [Property(MaxTest = 300)]
    public void Larger_units_are_larger_numbers_from_the_lowest_to_the_highest(uint low, uint width)
    {
        var axis = Ranged(low, width);
        var numbers = Enumerable.Range(0, 101).Select(i => long.Parse(axis.At(Math.Min(i / 100.0, 1 - 1e-15)))).ToList();

        Assert.Equal(numbers.Order(), numbers);
        Assert.Equal((axis.Low, axis.High), (numbers[0], numbers[^1]));
    }

    [Property(MaxTest = 300)]
    public void A_grid_of_points_has_both_ends_no_number_twice_and_finds_each_again(uint low, uint width, byte points)
    {
        var axis = Ranged(low, width + 1000) with { Points = 2 + points % 20 };
        try
        {
            axis.Check();
        }
        catch (BadInputException e)
        {
            // Of two neighbours that are one number there is a sentence.
            Assert.Contains("so near that two are", e.Message);
            return;
        }

        var all = Enumerable.Range(0, axis.Points!.Value).Select(i => axis.Level(i)).ToList();

        Assert.Distinct(all);
        Assert.Equal(($"{axis.Low}", $"{axis.High}"), (all[0], all[^1]));
        Assert.All(all, (v, i) => Assert.Equal(i, axis.LevelOf(v)));
        Assert.Equal(axis.Points!.Value, (int)Of(axis).GridSize());
    }

    [Fact]
    public void Each_octave_is_as_likely_as_another()
    {
        var axis = LogInteger("n", 8, 511);
        var octaves = Enumerable.Range(0, 60_000).Select(i => Math.Floor(Math.Log2(double.Parse(axis.At(i / 60_000.0))))).GroupBy(o => o).ToDictionary(g => g.Key, g => g.Count());

        Assert.All(Enumerable.Range(3, 6), o => Assert.InRange(octaves[o], 9_000, 11_000));
    }

    [Theory]
    [InlineData("random")]
    [InlineData("sobol")]
    [InlineData("tpe")]
    [InlineData("grid")]
    public void Every_sampler_takes_it(string sampler)
    {
        var space = Of(LogInteger("n", 1, 1000, points: 7), Choice("c", "a", "b").If("n", "1", "10", "100"));
        space.Check();

        var past = Samplers.Find(sampler).Search(space, seed: 3, trials: 14, v => -Math.Abs(Math.Log(v.Number("n")) - 3));

        Assert.True(past.Length >= 10);
        Assert.All(past, t => Assert.InRange(t.Values.Number("n"), 1, 1000));
        Assert.All(past, t => Assert.Equal(t.Values["n"] is "1" or "10" or "100", t.Values.ContainsKey("c")));
    }

    [Fact]
    public void Near_what_was_good_tpe_looks_more_often_than_chance_does()
    {
        var past = new TpeSampler().Search(Of(LogInteger("n", 1, 100_000)), seed: 1, trials: 60, v => -Math.Abs(Math.Log(v.Number("n") / 500)));

        Assert.True(past.Skip(30).Count(t => t.Values.Number("n") is > 100 and < 2500) > 15);
    }

    [Fact]
    public void It_comes_back_from_JSON_and_one_without_logarithm_is_written_as_it_was()
    {
        Axis axis = LogInteger("n", 8, 64, points: 4);

        Assert.Equal("16", ((IntegerAxis)JsonSerializer.Deserialize<Axis>(JsonSerializer.Serialize(axis, Json.Options), Json.Options)!).Level(1));
        Assert.DoesNotContain("Log", Json.Write<Axis>(Integer("n", 8, 64)));
    }

    private static IntegerAxis Ranged(uint low, uint width) => LogInteger("n", 1 + low % 1_000_000, 2 + low % 1_000_000 + width % 1_000_000_000);
}
