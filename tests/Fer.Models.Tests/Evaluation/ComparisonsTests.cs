using System.Collections.Immutable;
using Fer.Models.Data;
using Fer.Models.Evaluation;
using Fer.Models.Randomness;
using Xunit;

namespace Fer.Models.Tests.Evaluation;

public class ComparisonsTests
{
    private const long Seed = 12;

    private static readonly ArmNames Names = new("real", "control", "refined", "unfiltered", "refined-hard", "refined-soft", "oracle");

    /// <summary>An arm that names so large a share of 60 images rightly, other ones in each loop and seed.</summary>
    private static IReadOnlyList<IReadOnlyList<Predictions>> Arm(double right, int loops, int seeds = 2) =>
        [.. Enumerable.Range(0, loops).Select(loop => (IReadOnlyList<Predictions>)[.. Enumerable.Range(0, seeds).Select(seed => Table(right + 0.02 * loop, Address.Of(loop).At(seed)))])];

    private static Predictions Table(double right, Address draw)
    {
        ImmutableArray<int> truth = [.. Enumerable.Range(0, 60).Select(i => i % 3)];
        return new Predictions(
            new LabelSpace(["a", "b", "c"]), [.. truth.Select((_, i) => $"i{i}")], [.. truth.Select((_, i) => $"g{i}")], truth,
            [.. truth.SelectMany((t, i) => Enumerable.Range(0, 3).Select(k => k == (draw.Uniform(i) < right ? t : (t + 1) % 3) ? 1f : 0f))]);
    }

    private static Dictionary<string, IReadOnlyList<IReadOnlyList<Predictions>>> MainArms(int loops) => new()
    {
        ["real"] = Arm(0.5, loops), ["control"] = Arm(0.6, loops), ["refined"] = Arm(0.75, loops),
    };

    private static Verdict Direct(Dictionary<string, IReadOnlyList<IReadOnlyList<Predictions>>> arms, string name, string first, string second) => Loops.Verdict(
        [.. arms[first].Zip(arms[second], IReadOnlyList<(Predictions, Predictions)> (f, s) => [.. f.Zip(s)])], Address.Of(Seed).At(name));

    [Fact]
    public void Over_two_loops_the_difference_is_the_mean_of_theirs_with_the_interval_of_the_verdict_over_loops()
    {
        var arms = MainArms(2);

        var figures = Comparisons.Arms(arms, Names, Seed).Figures;

        var verdict = Assert.IsType<LoopsVerdict>(Direct(arms, "vsControl", "control", "refined"));
        Assert.Equal((verdict.Delta, verdict.Low, verdict.High), (figures["vsControl.delta"], figures["vsControl.low"], figures["vsControl.high"]));
        Assert.Equal(verdict.Word, Comparisons.WordOf(figures["vsControl.verdict"]));
        Assert.Equal((figures["vsControl.loop-1"] + figures["vsControl.loop-2"]) / 2, figures["vsControl.delta"], 12);
        Assert.NotEqual(figures["vsControl.loop-1"], figures["vsControl.loop-2"]);
        Assert.Equal(
            Enumerable.Range(0, 2).Select(l => Enumerable.Range(0, 2).Average(s => Metrics.Of(arms["refined"][l][s]).MacroF1 - Metrics.Of(arms["control"][l][s]).MacroF1)),
            [figures["vsControl.loop-1"], figures["vsControl.loop-2"]], MetricsTests.Close);
        Assert.Equal((verdict.LoopDeviation, verdict.ImageError, 2), (figures["vsControl.loopDeviation"], figures["vsControl.imageError"], figures["loops"]));
        Assert.Equal(arms["refined"].SelectMany(l => l).Average(p => Metrics.Of(p).MacroF1), figures["refined.macroF1"], 12);
    }

    [Fact]
    public void With_one_loop_the_figures_are_those_of_its_two_arms_bit_for_bit()
    {
        var arms = MainArms(1);

        var figures = Comparisons.Arms(arms, Names, Seed).Figures;

        foreach (var (name, first) in new[] { ("vsControl", "control"), ("vsReal", "real") })
        {
            var verdict = TwoArms.Verdict([.. arms[first][0].Zip(arms["refined"][0])], Address.Of(Seed).At(name));
            Assert.Equal((verdict.Delta, verdict.Low, verdict.High), (figures[$"{name}.delta"], figures[$"{name}.low"], figures[$"{name}.high"]));
            Assert.Equal(verdict.Word, Comparisons.WordOf(figures[$"{name}.verdict"]));
        }

        Assert.Equal(1, figures["loops"]);
        Assert.DoesNotContain(figures.Keys, k => k.Contains(".loop", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("unfiltered", 0.65, "vsUnfiltered", 1)]
    [InlineData("unfiltered", 0.9, "vsUnfiltered", -1)]
    [InlineData("refined-hard", 0.6, "softVsHard", 1)]
    [InlineData("refined-soft", 0.6, "softVsHard", -1)]
    [InlineData("refined-soft", 0.9, "softVsHard", 1)]
    [InlineData("oracle", 0.9, "room", 1)]
    [InlineData("oracle", 0.4, "room", -1)]
    public void A_comparison_is_there_exactly_when_its_arm_is_and_has_the_right_sign(string arm, double right, string comparison, int sign)
    {
        var arms = MainArms(2);
        var without = Comparisons.Arms(arms, Names, Seed).Figures;
        arms[arm] = Arm(right, 2);

        var with = Comparisons.Arms(arms, Names, Seed).Figures;

        Assert.Equal(sign, Math.Sign(with[$"{comparison}.delta"]));
        Assert.True(with.ContainsKey($"{arm}.macroF1"));
        var added = with.Keys.Except(without.Keys).Select(k => k.Split('.')[0]).Distinct().Order(StringComparer.Ordinal);
        Assert.Equal(new[] { arm, comparison }.Union(arm == "oracle" ? ["oracle"] : []).Order(StringComparer.Ordinal), added);
        Assert.All(without, f => Assert.Equal(f.Value, with[f.Key]));
    }

    [Fact]
    public void What_the_filter_brought_is_measured_between_arms_with_the_same_kind_of_labels()
    {
        var arms = MainArms(2);
        (arms["unfiltered"], arms["refined-hard"]) = (Arm(0.7, 2), Arm(0.6, 2));

        var soft = Comparisons.Arms(arms, Names, Seed).Figures;
        arms.Remove("refined-hard");
        var hard = Comparisons.Arms(arms, Names, Seed).Figures;

        Assert.Equal(soft["refined-hard.macroF1"] - soft["unfiltered.macroF1"], soft["vsUnfiltered.delta"], 12);
        Assert.Equal(hard["refined.macroF1"] - hard["unfiltered.macroF1"], hard["vsUnfiltered.delta"], 12);
    }

    [Fact]
    public void An_oracle_with_fewer_faces_than_refined_gives_its_room_and_no_share_of_it()
    {
        var arms = MainArms(2);
        arms["oracle"] = Arm(0.9, 2);

        var figures = Comparisons.Arms(arms, Names, Seed, oracleIsShort: true).Figures;

        Assert.True(figures.ContainsKey("oracle.room"));
        Assert.False(figures.ContainsKey("oracle.share"));
    }

    [Fact]
    public void The_share_of_the_room_is_that_of_the_mean_figures_and_missing_where_there_is_no_room()
    {
        var arms = MainArms(2);
        arms["oracle"] = Arm(0.9, 2);

        var figures = Comparisons.Arms(arms, Names, Seed).Figures;

        Assert.Equal(figures["room.delta"], figures["oracle.room"], 12);
        Assert.Equal(figures["vsControl.delta"] / figures["room.delta"], figures["oracle.share"], 9);
        arms["oracle"] = Arm(0.4, 2);
        Assert.False(Comparisons.Arms(arms, Names, Seed).Figures.ContainsKey("oracle.share"));
    }
}
