using Fer.Actors.Jobs.Refinement;
using Fer.Host.Reports;

namespace Fer.Host.Tests.Reports;

public class ComparisonTests
{
    [Fact]
    public void A_run_compared_with_its_repetition_differs_in_nothing()
    {
        using var first = new SampleRun("one") { Rounds = 1 }.Complete();
        using var second = new SampleRun("two") { Rounds = 1 }.Complete();
        var c = Comparison.Of(first.State, second.State, first.Store, second.Store);
        Assert.Empty(c.Settings);
        Assert.Empty(c.Ground);
        Assert.Null(c.FirstOtherStep);
        Assert.Contains($"All {first.State.Order.Length} steps that both completed made the same bytes.", ComparisonText.Of(c));
    }

    [Fact]
    public void Settings_figures_kept_images_and_verdicts_stand_side_by_side()
    {
        using var first = new SampleRun("one") { Rounds = 1 }.Complete("undecided");
        using var second = new SampleRun("two") { Rounds = 2, Settings = first.Settings.Replace("0.0002", "0.0004", StringComparison.Ordinal) }.Complete("better");
        var c = Comparison.Of(first.State, second.State, first.Store, second.Store);
        Assert.Equal([new Difference("fer.gan.learning-rate", "0.0002", "0.0004")], c.Settings);
        var f1 = c.Figures.Single(f => f is { Arm: Names.Refined, Figure: "macro F1" });
        Assert.Equal(first.State.Steps[Names.Verdict].Figures["refined.macroF1"], f1.First);
        Assert.Equal(second.State.Steps[Names.Verdict].Figures["refined.macroF1"], f1.Second);
        Assert.Equal(("happy", 17, 35), c.Kept.Single(k => k.Class == "happy"));
        var text = ComparisonText.Of(c);
        Assert.Contains("fer.gan.learning-rate", text);
        Assert.Contains("one: Verdict: undecided. This run cannot tell", text);
        Assert.Contains("two: Verdict: better. In this run kept synthetic faces helped", text);
    }

    [Fact]
    public void All_differences_of_either_run_stand_side_by_side_and_those_one_lacks_are_dashes()
    {
        using var first = new SampleRun("one") { Rounds = 1, Seeds = 1 }.Complete();
        using var second = new SampleRun("two") { Rounds = 1, Seeds = 1, Loops = 2, AllArms = true, Figures = [("room.delta", 0.04), ("room.low", 0.01), ("room.high", 0.07), ("room.verdict", 1)] }.Complete();
        var c = Comparison.Of(first.State, second.State, first.Store, second.Store);
        Assert.Equal(["refined − control", "refined − real", "filtered − unfiltered", "soft − hard labels", "oracle − control"], c.Verdicts.Select(v => v.Name));
        Assert.Equal(new Difference("oracle − control", "–", "+4.0 (+1.0 to +7.0) better"), c.Verdicts[^1]);
        Assert.Contains("Differences in points of macro F1", ComparisonText.Of(c));
        Assert.Equal([Names.Real, Names.Control, Names.Unfiltered, Names.Refined, Names.RefinedSoft, Names.Oracle], c.Figures.Select(f => f.Arm).Distinct());
    }

    [Fact]
    public void An_unfinished_run_is_compared_by_validation_B_and_the_text_says_so()
    {
        using var first = new SampleRun("one") { Rounds = 1 }.Complete();
        using var second = new SampleRun("two").Start();
        second.Baseline();
        var c = Comparison.Of(first.State, second.State, first.Store, second.Store);
        Assert.Equal(("test set", "validation B"), c.Sets);
        Assert.NotNull(c.Figures.Single(f => f is { Arm: Names.Real, Figure: "accuracy" }).Second);
        Assert.Null(c.Figures.Single(f => f is { Arm: Names.Refined, Figure: "accuracy" }).Second);
        Assert.Contains("Arms (one: test set, two: validation B)", ComparisonText.Of(c));
    }
}
