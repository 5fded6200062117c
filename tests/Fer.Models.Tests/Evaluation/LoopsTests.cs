using Fer.Models.Evaluation;
using Fer.Models.Randomness;
using Xunit;

namespace Fer.Models.Tests.Evaluation;

public class LoopsTests
{
    private static readonly Address Here = Address.Of(9);

    // The reference's third table: the sum of the other two.
    private static readonly Predictions Mixed = Reference.First with { Logits = [.. Reference.First.Logits.Zip(Reference.Second.Logits, (a, b) => a + b)] };

    private static readonly (Predictions, Predictions)[][] ThreeLoops =
    [
        [(Reference.First, Reference.Second), (Reference.First, Mixed)],
        [(Reference.First, Reference.Second), (Mixed, Reference.Second)],
        [(Reference.First, Mixed), (Mixed, Reference.Second)],
    ];

    [Fact]
    public void Quantiles_of_t_are_scipys() =>
        Assert.All(Reference.Rows("t"), row => Assert.Equal(row[2], StudentT.Quantile(row[0], (int)row[1]), 1e-9 * Math.Max(1, Math.Abs(row[2]))));

    [Fact]
    public void The_distribution_of_t_is_scipys() =>
        Assert.All(Reference.Rows("tCdf"), row => Assert.Equal(row[2], StudentT.Cdf(row[0], (int)row[1]), 1e-12));

    [Fact]
    public void A_quantile_of_t_needs_a_share_and_a_degree_of_freedom()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => StudentT.Quantile(1, 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => StudentT.Quantile(double.NaN, 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => StudentT.Cdf(0, 0));
    }

    [Fact]
    public void The_interval_over_loops_is_that_of_scipy()
    {
        string[] words = ["undecided", "better", "worse", "equivalent"];
        foreach (var (expected, word) in Reference.Root.GetProperty("loopIntervals").EnumerateArray().Zip(words))
        {
            var verdict = LoopsVerdict.Of([.. Reference.Numbers(expected, "deltas")], Reference.Number(expected, "imageError"));
            Assert.Equal(Reference.Numbers(expected, "wide"), [verdict.Low, verdict.High], MetricsTests.Close);
            Assert.Equal(word, verdict.Word);
        }
    }

    [Fact]
    public void The_same_images_are_redrawn_for_every_loop_as_in_numpys_bootstrap()
    {
        var verdict = Assert.IsType<LoopsVerdict>(Loops.Verdict(ThreeLoops, Here, draws: 6000));
        Assert.Equal(Reference.Numbers(Reference.Root, "loopDeltas"), verdict.Deltas, MetricsTests.Close);
        Assert.Equal(verdict.Deltas.Average(), verdict.Delta, 12);
        // Two bootstraps of 6,000 draws each agree to about 1.3 % (one deviation).
        Assert.Equal(1, verdict.ImageError / Reference.Number(Reference.Root, "loopImageError"), 0.05);
        Assert.Equal("3 GAN runs", verdict.Scope);
    }

    [Fact]
    public void Loops_that_agree_still_share_the_luck_of_their_test_images()
    {
        var once = Bootstrap.MacroF1Difference(ThreeLoops[0], Here, 200);
        var twice = Assert.IsType<LoopsVerdict>(Loops.Verdict([ThreeLoops[0], ThreeLoops[0]], Here, 200));
        Assert.Equal(0, twice.LoopDeviation, 12);
        Assert.Equal(once.StandardError, twice.ImageError, 12);
    }

    [Fact]
    public void One_loop_gives_the_verdict_of_its_two_arms_and_claims_nothing_of_the_method()
    {
        var verdict = Loops.Verdict([ThreeLoops[0]], Here, 200);
        Assert.Equal(TwoArms.Verdict(ThreeLoops[0], Here, 200), Assert.IsType<TwoArmsVerdict>(verdict));
        Assert.Equal("one GAN run, no claim about the method", verdict.Scope);
    }

    [Fact]
    public void No_loop_and_a_loop_without_seeds_are_refused()
    {
        Assert.Throws<ArgumentException>(() => Loops.Verdict([], Here));
        Assert.Throws<ArgumentException>(() => Loops.Verdict([ThreeLoops[0], []], Here));
        Assert.Throws<ArgumentException>(() => LoopsVerdict.Of([0.1], 0.01));
    }

    [Fact]
    public void Loops_read_on_other_test_images_cannot_be_averaged()
    {
        var other = Reference.First with { Ids = Reference.First.Ids.SetItem(0, "another") };
        Assert.Throws<ArgumentException>(() => Loops.Verdict([ThreeLoops[0], [(other, other)]], Here, 10));
    }

    [Theory]
    [InlineData(0.50, 0.53, 0.56, 0.5, "Synthetic faces brought 50 % of what as many extra real faces bring (+3.0 of +6.0 points).")]
    [InlineData(0.50, 0.49, 0.54, -0.25, "Synthetic faces took nothing of the room: they bring −1.0 points over the control, as many extra real faces +4.0.")]
    [InlineData(0.50, 0.53, 0.50, null, "The data leave no room: as many extra real faces bring 0.0 points over the control.")]
    [InlineData(0.50, 0.53, 0.48, null, "The data leave no room: as many extra real faces bring −2.0 points over the control.")]
    public void The_gain_is_a_share_of_what_real_faces_bring_where_they_bring_something(double control, double refined, double oracle, double? share, string sentence)
    {
        var room = RoomForGain.Of(control, refined, oracle);
        Assert.Equal(share is null, room.Share is null);
        Assert.Equal(share ?? 0, room.Share ?? 0, 9);
        Assert.Equal(sentence, room.ToString());
        Assert.Equal(share is null ? ["oracle.room"] : ["oracle.room", "oracle.share"], room.Figures().Select(f => f.Name));
    }
}
