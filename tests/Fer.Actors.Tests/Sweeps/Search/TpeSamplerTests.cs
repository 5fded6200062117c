using System.Collections.Immutable;
using Fer.Actors.Sweeps.Search;
using Fer.Models.Randomness;
using static Fer.Actors.Tests.Sweeps.Search.Spaces;

namespace Fer.Actors.Tests.Sweeps.Search;

public sealed class TpeSamplerTests
{
    private static readonly SearchSpace Space = Of(Real("x", -5, 5), Real("y", 0.001, 10, isLog: true), Choice("kind", "a", "b", "c", "d"));

    private static readonly SearchSpace Line = Of(Real("x", 0, 1));

    [Fact]
    public void It_finds_better_settings_than_chance_in_as_many_trials()
    {
        double Median(string sampler) => Enumerable.Range(0, 20).Select(s => Samplers.Find(sampler).Search(Space, s, 60, Bowl).Max(t => t.Value!.Value)).Order().ElementAt(10);

        var (tpe, random) = (Median("tpe"), Median("random"));

        Assert.True(-tpe < -random / 3, $"The best is {tpe} off with tpe, {random} off by chance.");
    }

    [Fact]
    public void It_learns_whole_numbers_and_settings_with_conditions()
    {
        var space = Of(Choice("kind", "a", "b"), Integer("n", 1, 40).If("kind", "b"), Real("x", 0, 1).If("kind", "a"));

        var found = Enumerable.Range(0, 20).Select(s => Samplers.Find("tpe").Search(space, s, 60, v => v["kind"] == "a" ? -2 + v.Number("x") : -Math.Abs(v.Number("n") - 33) / 10).MaxBy(t => t.Value)!.Values);

        Assert.All(found, v => Assert.InRange(v.Number("n"), 31, 35));
    }

    [Fact]
    public void The_first_trials_are_spread_by_chance_and_later_ones_gather_where_it_was_good()
    {
        var near = Enumerable.Range(1, 200).Select(s => Samplers.Find("tpe").Search(Line, s, 40, v => -Math.Abs(v.Number("x") - 0.2)))
            .Select(p => (Early: p.Take(10).Count(Near) / 10.0, Late: p.Skip(10).Count(Near) / 30.0)).ToArray();

        Assert.InRange(near.Average(n => n.Early), 0.17, 0.23);
        Assert.InRange(near.Average(n => n.Late), 0.4, 1);

        static bool Near(PastTrial t) => Math.Abs(t.Values.Number("x") - 0.2) < 0.1;
    }

    /// <summary>Trials that run or failed are bad places, whatever others say of them.</summary>
    [Theory]
    [InlineData(TrialStatus.Running)]
    [InlineData(TrialStatus.Waiting)]
    [InlineData(TrialStatus.Failed)]
    public void Trials_without_an_outcome_drive_others_away(TrialStatus status)
    {
        var done = Past(TrialStatus.Completed, Enumerable.Range(0, 20).Select(i => (i / 20.0, -Math.Abs(i / 20.0 - 0.5))));
        var running = Enumerable.Range(21, 10).Select(n => new PastTrial(n, At(0.5), status, [], null));

        Assert.True(Share([.. done, .. running]) < Share(done) / 2);
        Assert.Equal(Share(done), Share([.. done, .. running.Select(t => t with { Status = TrialStatus.Cancelled })]));
    }

    /// <summary>Under halving most trials never complete.</summary>
    [Theory]
    [InlineData(TrialStatus.Running)]
    [InlineData(TrialStatus.Waiting)]
    [InlineData(TrialStatus.Pruned)]
    public void Reports_of_trials_that_have_not_completed_are_learnt_from_the_farthest_most(TrialStatus status)
    {
        var past = Past(status, Enumerable.Range(0, 20).Select(i => (i / 20.0, -Math.Abs(i / 20.0 - 0.5))));
        var farther = past.SetItem(18, past[18] with { Reports = [new(1, -9), new(3, -8)] }).SetItem(19, past[19] with { Reports = [new(1, -9), new(3, -9)] });

        Assert.InRange(Share(past), 0.5, 1);
        Assert.InRange(Share(farther), 0, 0.1);
    }

    [Fact]
    public void What_is_no_number_is_bad()
    {
        var past = Past(TrialStatus.Completed, Enumerable.Range(0, 20).Select(i => (i / 20.0, i is >= 9 and <= 11 ? double.NaN : -i)));

        Assert.InRange(Share(past), 0, 0.1);
    }

    [Theory]
    [InlineData(double.PositiveInfinity)]
    [InlineData(7)]
    [InlineData(1e6)]
    public void A_density_is_one_in_all_and_draws_follow_it(double bins)
    {
        var density = new ParzenDensity([.. Enumerable.Range(0, 40).Select(i => 0.3 + i / 400.0), 0, 1], bins);
        var draws = Enumerable.Range(0, 4000).Select(i => density.Draw(Address.Of(i))).ToArray();

        Assert.Equal(1, Enumerable.Range(0, 7000).Average(i => density.At((i + 0.5) / 7000)), 0.001);
        Assert.Equal(Enumerable.Range(0, 2000).Average(i => density.At((i + 0.5) / 7000)) * 2 / 7, draws.Count(u => u < 2.0 / 7) / 4000.0, 0.02);
        Assert.All(draws, u => Assert.InRange(u, 0, Math.BitDecrement(1.0)));
    }

    /// <summary>As Optuna 3.1.0 has them for IntDistribution(1, 9) and the observations 1, 4, 4, 9, 7. (Its densities of real numbers lack a curve's 1 / width there.)</summary>
    [Fact]
    public void Densities_of_whole_numbers_are_Optunas()
    {
        var density = new ParzenDensity([.. new[] { 1, 4, 4, 9, 7 }.Select(n => (n - 0.5) / 9)], 9);

        Assert.Equal(
            [0.076767, 0.094091, 0.118734, 0.134523, 0.128477, 0.116837, 0.114399, 0.113399, 0.102773],
            Enumerable.Range(1, 9).Select(n => Math.Round(density.At((n - 0.5) / 9) / 9, 6)));
    }

    [Fact]
    public void A_density_of_choices_counts_and_the_oldest_count_least()
    {
        // Thirty trials: five weigh from 1/30 to 1, the others and the prior 1; a part's choice has 1 + 1/31 of 1 + 3/31.
        var density = new CategoryDensity([.. Enumerable.Repeat(1 / 6.0, 5), .. Enumerable.Repeat(0.5, 25)], 3);
        var (first, all) = (5 * (1 / 30.0 + 1) / 2, 5 * (1 / 30.0 + 1) / 2 + 26);

        Assert.Equal(((first * 32 + 25) / 34 + 1 / 3.0) / all, density.At(1 / 6.0), 1e-12);
        Assert.Equal(1, density.At(0.1) + density.At(0.5) + density.At(0.9), 1e-12);
        Assert.Equal(density.At(0.5), Enumerable.Range(0, 4000).Count(i => density.Draw(Address.Of(i)) is > 0.4 and < 0.6) / 4000.0, 0.02);
    }

    [Theory]
    [InlineData(-9, 0)]
    [InlineData(-1.959963984540054, 0.025)]
    [InlineData(0, 0.5)]
    [InlineData(1, 0.8413447460685429)]
    [InlineData(7.9, 0.9999999999999986)]
    public void The_normal_distribution_is_right(double x, double expected) => Assert.Equal(expected, ParzenDensity.Cdf(x), 1e-15);

    private static double Bowl(ImmutableSortedDictionary<string, string> v) =>
        -Math.Pow(v.Number("x") - 1.3, 2) - Math.Pow(Math.Log10(v.Number("y")) + 1, 2) - (v["kind"] == "c" ? 0 : 1);

    private static ImmutableSortedDictionary<string, string> At(double x) => Line.At([x]);

    private static ImmutableArray<PastTrial> Past(TrialStatus status, IEnumerable<(double X, double Value)> trials) =>
        [.. trials.Select((t, i) => new PastTrial(i + 1, At(t.X), status, status == TrialStatus.Completed ? [] : [new(1, t.Value)], status == TrialStatus.Completed ? t.Value : null))];

    /// <summary>How many of the next trials would be near the middle.</summary>
    private static double Share(ImmutableArray<PastTrial> past) =>
        Enumerable.Range(0, 200).Count(s => Math.Abs(Samplers.Find("tpe").Next(Line, s, 99, past)!.Number("x") - 0.5) < 0.06) / 200.0;
}
