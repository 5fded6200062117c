using Fer.Models.Evaluation;
using Fer.Models.Randomness;
using Xunit;

namespace Fer.Models.Tests.Evaluation;

public class TwoArmsTests
{
    private static readonly Address Here = Address.Of(9);

    [Fact]
    public void The_difference_and_its_deviation_are_those_of_numpys_bootstrap()
    {
        var estimate = Bootstrap.MacroF1Difference([(Reference.First, Reference.Second)], Here, draws: 6000);
        Assert.Equal(Reference.Number(Reference.Root, "delta"), estimate.Delta, 1e-9);
        // Two bootstraps of 6,000 draws each agree to about 1.3 % (one deviation).
        Assert.Equal(1, estimate.StandardError / Reference.Number(Reference.Root, "deltaDeviation"), 0.05);
    }

    [Fact]
    public void The_same_address_gives_the_same_interval()
    {
        var pairs = new[] { (Reference.First, Reference.Second) };
        Assert.Equal(TwoArms.Verdict(pairs, Here, 200), TwoArms.Verdict(pairs, Here, 200));
        Assert.NotEqual(TwoArms.Verdict(pairs, Here, 200), TwoArms.Verdict(pairs, Here.At(1), 200));
    }

    [Fact]
    public void Swapped_arms_swap_the_sign()
    {
        var there = TwoArms.Verdict([(Reference.First, Reference.Second)], Here, 200);
        var back = TwoArms.Verdict([(Reference.Second, Reference.First)], Here, 200);
        Assert.Equal(there.Delta, -back.Delta, 12);
        Assert.Equal(there.High, -back.Low, 12);
    }

    [Fact]
    public void Seeds_are_averaged_and_their_deviation_is_told()
    {
        var estimate = Bootstrap.MacroF1Difference([(Reference.First, Reference.Second), (Reference.First, Reference.First)], Here, 200);
        var delta = Reference.Number(Reference.Root, "delta");
        Assert.Equal(delta / 2, estimate.Delta, 1e-9);
        Assert.Equal(delta / Math.Sqrt(2), estimate.PairDeviation, 1e-9);
    }

    [Fact]
    public void Twins_are_drawn_together_and_classes_keep_their_size()
    {
        var strata = Bootstrap.Strata(Reference.First);
        Assert.Equal(Enumerable.Range(0, Reference.First.Count), strata.SelectMany(s => s.SelectMany(u => u)).Order());
        var weights = new int[Reference.First.Count];
        for (var draw = 0; draw < 50; draw++)
        {
            Bootstrap.Redraw(strata, Here.At(draw), weights);
            foreach (var stratum in strata)
            {
                Assert.Equal(stratum.Length, stratum.Sum(u => weights[u[0]]));
                Assert.All(stratum, u => Assert.All(u, i => Assert.Equal(weights[u[0]], weights[i])));
            }
        }
    }

    [Theory]
    [InlineData(0.03, 0.01, "better")]
    [InlineData(-0.03, 0.01, "worse")]
    [InlineData(0.005, 0.005, "equivalent")]
    [InlineData(0.01, 0.004, "better")]
    [InlineData(0.01, 0.01, "undecided")]
    [InlineData(0, 0, "equivalent")]
    [InlineData(-0.04, 0.03, "undecided")]
    public void The_word_follows_from_the_interval(double delta, double standardError, string word) =>
        Assert.Equal(word, TwoArms.Word(new DifferenceEstimate(delta, standardError, 0, 100)));

    [Fact]
    public void An_arm_compared_with_itself_is_equivalent()
    {
        var verdict = TwoArms.Verdict([(Reference.First, Reference.First)], Here, 100);
        Assert.Equal((0, 0, 0, "equivalent"), (verdict.Delta, verdict.Low, verdict.High, verdict.Word));
    }

    [Fact]
    public void Arms_on_other_images_cannot_be_compared()
    {
        var other = Reference.Second with { Ids = Reference.Second.Ids.SetItem(0, "another") };
        Assert.Throws<ArgumentException>(() => TwoArms.Verdict([(Reference.First, other)], Here));
        Assert.Throws<ArgumentException>(() => McNemar.Test(Reference.First, other));
    }

    [Fact]
    public void McNemar_is_scipys_exact_binomial_test()
    {
        var result = McNemar.Test(Reference.First, Reference.Second);
        Assert.Equal((Reference.Number(Reference.Root, "onlyFirst"), Reference.Number(Reference.Root, "onlySecond")), (result.OnlyFirst, result.OnlySecond));
        foreach (var row in Reference.Rows("mcnemar"))
        {
            Assert.Equal(row[2], McNemar.PValue((int)row[0], (int)row[1]), 1e-9);
        }

        Assert.Equal(1, McNemar.PValue(0, 0));
    }
}
