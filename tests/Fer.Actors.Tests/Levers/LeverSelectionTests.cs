using Fer.Actors.Jobs.Levers;
using Fer.Actors.Jobs.Refinement;
using Fer.Models;
using Fer.Models.Evaluation;

namespace Fer.Actors.Tests.Levers;

public sealed class LeverSelectionTests
{
    private static readonly RefinementSettings One = new() { Loop = new LoopSettings { Rounds = 1 } };

    [Fact]
    public void Usually_every_value_but_the_bases_own_is_tried_and_what_cannot_be_is_named_with_its_reason()
    {
        var selection = LeverSelection.Usual(One);

        Assert.Equal(
            ["loop.labels=soft", "loop.synthetic-weight=0.3", "loop.synthetic-share=0.25,0.5", "loop.sampling=balanced", "loop.real-tail=0.3", "classifier.mixup=0.2", "filter.rule=none,top,band", "filter.quantile=0.1,0.5", "filter.allocate=need", "filter.pool=3", "filter.near-copy=pixels-and-features", "gan.instances=0.75", "gan.psi=0.7,1.15", "loop.rounds=2"],
            selection.Levers.Select(l => $"{l.Key}={string.Join(',', l.Values)}"));
        Assert.Equal(
            ["filter.teacher=latest is left out: needs loop.rounds of 2 or more.", "filter.realism=reject is left out: needs filter.pool of 2 or more.", "filter.diversity=all-rounds is left out: needs filter.pool of 2 or more.", "filter.fresh=on is left out: needs filter.pool of 2 or more.",
             "gan.feedback=0.25 is left out: needs loop.rounds of 2 or more.", "gan.feedback=all is left out: needs loop.rounds of 2 or more."],
            selection.LeftOut);
    }

    [Fact]
    public void With_two_rounds_and_a_pool_nothing_is_left_out()
    {
        var selection = LeverSelection.Usual(new RefinementSettings { Filter = new FilterSettings { Pool = 2 } });

        Assert.Empty(selection.LeftOut);
        Assert.Equal(Lever.All.Where(l => l.IsUsual).Select(l => l.Key), selection.Levers.Select(l => l.Key));
    }

    [Fact]
    public void A_quantile_is_no_lever_where_the_rule_has_none() =>
        Assert.DoesNotContain("filter.quantile", LeverSelection.Usual(One with { Filter = new FilterSettings { Rule = FilterSettings.Band } }).Levers.Select(l => l.Key));

    [Fact]
    public void What_is_asked_for_several_times_is_one_lever_and_the_bases_value_is_not_tried_again()
    {
        var selection = LeverSelection.Asked(One, [new("filter.rule", ["top", "quantile"]), new("loop.labels", ["soft"]), new("filter.rule", ["band", "top"])]);

        Assert.Equal(["loop.labels=soft", "filter.rule=top,band"], selection.Levers.Select(l => $"{l.Key}={string.Join(',', l.Values)}"));
    }

    [Theory]
    [InlineData("loop.labels", "hard", "--lever loop.labels: hard is its value already, so there is nothing to try; name another value.")]
    [InlineData("gan.feedback", "all", "--lever gan.feedback=all cannot be tried on these settings: needs loop.rounds of 2 or more.")]
    [InlineData("filter.realism", "reject", "--lever filter.realism=reject cannot be tried on these settings: needs filter.pool of 2 or more.")]
    public void What_cannot_be_tried_is_one_sentence(string key, string value, string sentence) =>
        Assert.Equal(sentence, Assert.Throws<BadInputException>(() => LeverSelection.Asked(One, [new(key, [value])])).Message);

    [Fact]
    public void A_placebo_has_no_levers() =>
        Assert.StartsWith("fer.loop.placebo is noise: ", Assert.Throws<BadInputException>(() => LeverSelection.Usual(One with { Loop = One.Loop with { Placebo = "noise" } })).Message);
}
