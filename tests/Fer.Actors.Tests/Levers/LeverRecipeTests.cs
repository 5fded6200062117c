using System.Collections.Immutable;
using Fer.Actors.Jobs.Levers;
using Fer.Actors.Jobs.Refinement;
using Fer.Models.Evaluation;

namespace Fer.Actors.Tests.Levers;

/// <summary>What a screening measures, and what it takes into the recipe.</summary>
public sealed class LeverRecipeTests
{
    private static readonly RefinementSettings Base = new() { Filter = new FilterSettings { Pool = 3 }, Loop = new LoopSettings { Rounds = 2 } };

    [Fact]
    public void A_difference_is_the_mean_over_seeds_in_each_loop_and_its_interval_is_over_loops()
    {
        var screening = Screening.Of([new("loop.labels", ["soft"])], (variant, arm) => (variant, arm) switch
        {
            (LeverNames.Base, Names.Refined) => [[0.50, 0.52], [0.60, 0.62], [0.40, 0.42]],
            (LeverNames.Base, _) => [[0.49, 0.49], [0.58, 0.58], [0.40, 0.40]],
            _ => [[0.52, 0.52], [0.62, 0.64], [0.43, 0.45]],
        });

        var soft = Assert.Single(screening.Values);
        var expected = LoopsVerdict.Of([0.01, 0.02, 0.03], 0);
        Assert.Equal([0.01, 0.02, 0.03], soft.Refined.Deltas.Select(d => Math.Round(d, 12)));
        Assert.Equal((expected.Low, expected.High), (soft.Refined.Low, soft.Refined.High), (a, b) => Math.Abs(a.Item1 - b.Item1) < 1e-9 && Math.Abs(a.Item2 - b.Item2) < 1e-9);
        Assert.Equal(0.01 / Math.Sqrt(3), soft.StandardError, 12);
        Assert.Equal(0, soft.Refined.ImageError);

        // Labels do not reach the control: the base's is its control, too.
        Assert.Null(soft.Control);
        Assert.Equal([0.03, 0.05, 0.04], soft.Gain.Deltas.Select(d => Math.Round(d, 12)));
        Assert.Equal(0.51, screening.RefinedAtBase, 12);
    }

    [Fact]
    public void A_lever_that_reaches_the_control_is_measured_on_it_too()
    {
        var screening = Screening.Of([new("classifier.mixup", ["0.2"])], (variant, arm) => Loops(variant == LeverNames.Base ? 0.5 : arm == Names.Control ? 0.53 : 0.51));

        var mixup = Assert.Single(screening.Values);
        Assert.Equal(0.03, mixup.Control!.Delta, 12);
        Assert.Equal(-0.02, mixup.Gain.Delta, 12);
        Assert.Contains(screening.Figures(), f => f.Name == "classifier.mixup=0.2.control.delta");
        Assert.All(new[] { "delta", "low", "high", "standardError" }, f => Assert.Contains(screening.Figures(), x => x.Name == $"classifier.mixup=0.2.refined.{f}"));
        Assert.Equal(screening.Figures().Count(), screening.Figures().DistinctBy(f => f.Name).Count());
    }

    [Fact]
    public void The_best_of_a_levers_values_is_taken_where_it_exceeds_its_standard_error()
    {
        var recipe = Choose(("filter.rule", "none", [0.01, 0.02, 0.03]), ("filter.rule", "band", [0.03, 0.04, 0.05]), ("filter.rule", "top", [-0.1, 0.0, 0.0]));

        Assert.Equal("band", recipe.Settings.Filter.Rule);
        Assert.Equal("fer.filter.rule = band  # taken over quantile: +4.0 points of macro F1, standard error 0.6\n", recipe.Text());
        Assert.Equal([("filter.rule=none.taken", 0), ("filter.rule=band.taken", 1), ("filter.rule=top.taken", 0)], recipe.Figures());
    }

    [Theory]
    [InlineData(0.0, 0.0, 0.0)]
    [InlineData(-0.01, -0.02, -0.03)]
    [InlineData(0.03, -0.03, 0.01)]
    public void Else_the_base_stays_and_the_reason_stands_beside_it(double first, double second, double third)
    {
        var recipe = Choose(("loop.labels", "soft", [first, second, third]));

        Assert.Equal(Base, recipe.Settings);
        Assert.StartsWith("fer.loop.labels = hard  # stays: the best of what was tried, soft, gave ", recipe.Text());
        Assert.Equal([("loop.labels=soft.taken", 0.0)], recipe.Figures());
    }

    [Fact]
    public void Of_two_values_that_cannot_stand_together_the_better_is_taken()
    {
        var pool = Choose(("filter.pool", "1", [0.02, 0.02, 0.02]), ("filter.realism", "reject", [0.01, 0.01, 0.01]));
        var realism = Choose(("filter.pool", "1", [0.01, 0.01, 0.01]), ("filter.realism", "reject", [0.02, 0.02, 0.02]));
        var rounds = Choose(("loop.rounds", "1", [0.01, 0.01, 0.01]), ("gan.feedback", "all", [0.02, 0.02, 0.02]));

        Assert.Equal((1, "off"), (pool.Settings.Filter.Pool, pool.Settings.Filter.Realism));
        Assert.Contains("fer.filter.realism = off  # stays, though reject gave +1.0 points of macro F1, standard error 0.0: beside what else was taken, needs filter.pool of 2 or more", pool.Text());
        Assert.Equal((3, "reject"), (realism.Settings.Filter.Pool, realism.Settings.Filter.Realism));
        Assert.Equal((2, "all"), (rounds.Settings.Loop.Rounds, rounds.Settings.Gan.Feedback));
        Assert.Contains("gan.feedback needs loop.rounds of 2 or more", rounds.Text());
    }

    [Fact]
    public void Rounds_take_their_generator_steps_along()
    {
        var recipe = Choose(("loop.rounds", "1", [0.01, 0.01, 0.01]));

        Assert.Equal((1, 8000), (recipe.Settings.Loop.Rounds, recipe.Settings.Gan.StepsPerRound));
        Assert.Contains("fer.gan.steps-per-round = 8000  # goes with loop.rounds\n", recipe.Text());
    }

    [Fact]
    public void Every_levers_value_comes_back_as_it_was_set()
    {
        Assert.All(Lever.All, lever => Assert.All(lever.Values, v => Assert.Equal(v, lever.Get(lever.Set(Base, v)))));
        Assert.All(Lever.All, lever => Assert.Equal(Base, lever.Set(Base, lever.Get(Base))));
        Assert.Equal(Lever.All.Length, Lever.All.DistinctBy(l => l.Key).Count());
    }

    private static LeverRecipe Choose(params (string Key, string Value, double[] Deltas)[] screened) => LeverRecipe.Choose(Base, [.. screened.Select(s => new ScreenedValue(Lever.Find(s.Key)!, s.Value, Verdict(s.Deltas), null, Verdict(s.Deltas)))]);

    private static LoopsVerdict Verdict(double[] deltas) => LoopsVerdict.Of([.. deltas], 0);

    private static double[][] Loops(double macroF1) => [[macroF1], [macroF1], [macroF1]];
}
