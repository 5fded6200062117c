using Fer.Actors.Sweeps.Search;
using Fer.Models;
using static Fer.Actors.Tests.Sweeps.Search.Spaces;

namespace Fer.Actors.Tests.Sweeps.Search;

public sealed class SamplersTests
{
    private static readonly SearchSpace Space = Of(
        Choice("kind", "a", "b", "c"), Real("rate", 1e-5, 1e-1, isLog: true), Real("share", 0, 1).If("kind", "a", "b"), Integer("depth", 1, 9, 2));

    public static TheoryData<string> Drawing => ["random", "sobol", "tpe"];

    [Fact]
    public void A_name_that_no_sampler_has_is_answered_with_those_that_have() =>
        Assert.Equal("fer.sweep.sampler is 'tpee': there are grid, random, sobol, tpe.", Assert.Throws<BadInputException>(() => Samplers.Find("tpee")).Message);

    [Theory]
    [MemberData(nameof(Drawing))]
    public void The_same_seed_gives_the_same_trials_and_another_gives_others(string name)
    {
        string[] Play(long seed) => [.. Samplers.Find(name).Search(Space, seed, 30, v => -Math.Abs(v.Number("depth") - 5) - v.Number("rate")).Select(t => t.Values.Text())];

        Assert.Equal(Play(3), Play(3));
        Assert.NotEqual(Play(3), Play(4));
    }

    [Theory]
    [InlineData("random", "depth=7 kind=c rate=0.0507899")]
    [InlineData("sobol", "depth=5 kind=c rate=4.71079E-05")]
    [InlineData("tpe", "depth=5 kind=c rate=1.48665E-05")]
    public void What_a_seed_gives_stays_as_it_is_from_version_to_version(string name, string expected) =>
        Assert.Equal(expected, Samplers.Find(name).Search(Space, 3, 40, v => -Math.Abs(v.Number("depth") - 5) - v.Number("rate"))[^1].Values.Text());

    [Theory]
    [InlineData("random", 0.04)]
    [InlineData("sobol", 0.002)]
    public void Values_are_spread_evenly_and_over_a_logarithm_evenly_in_it(string name, double within)
    {
        var units = Enumerable.Range(1, 2048).Select(n => Samplers.Find(name).Next(Space, 5, n, [])!)
            .Select(v => new[] { Space.Axes[0].UnitOf(v["kind"])!.Value, (Math.Log10(v.Number("rate")) + 5) / 4, (v.Number("depth") - 1) / 10 + 0.1 }).ToArray();

        for (var axis = 0; axis < 3; axis++)
        {
            foreach (var part in Enumerable.Range(1, 14).Select(p => p / 15.0))
            {
                // Choices and whole numbers are spread evenly where their bins end.
                var bins = axis switch { 0 => 3, 1 => 15, _ => 5 };
                if (Math.Abs(part * bins - Math.Round(part * bins)) < 1e-9)
                {
                    Assert.Equal(part, units.Count(u => u[axis] < part) / 2048.0, within);
                }
            }
        }
    }

    [Fact]
    public void A_random_value_does_not_depend_on_other_axes_or_on_trials_before()
    {
        var alone = Of(Real("rate", 1e-5, 1e-1, isLog: true));

        Assert.Equal(
            Samplers.Find("random").Next(alone, 1, 17, [])!["rate"],
            Samplers.Find("random").Next(Space, 1, 17, Samplers.Find("random").Search(Space, 1, 16, _ => 0))!["rate"]);
    }
}
