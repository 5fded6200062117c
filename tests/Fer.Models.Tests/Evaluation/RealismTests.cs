using Fer.Models.Evaluation;
using Fer.Models.Randomness;
using Fer.Models.Tests.Classifiers;
using Fer.Models.Training;
using Xunit;

namespace Fer.Models.Tests.Evaluation;

public class RealismTests
{
    private static readonly FeatureTable Real = Cloud(1, 400, 0);

    /// <summary>Points around (<paramref name="shift"/>, 0, …) in eight dimensions, deviation 1.</summary>
    private static FeatureTable Cloud(long seed, int count, double shift) =>
        new(8, [.. Enumerable.Range(0, count * 8).Select(i => (float)(Address.Of(seed).Normal(i) + (i % 8 == 0 ? shift : 0)))]);

    private static FeatureTable Both(FeatureTable first, FeatureTable second)
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        return new FeatureTable(8, [.. first.ToTensor().data<double>().Concat(second.ToTensor().data<double>()).Select(v => (float)v)]);
    }

    private static string[] Ids(int count) => [.. Enumerable.Range(0, count).Select(i => $"gan-{i}")];

    [Fact]
    public void Odds_are_the_ratio_of_densities()
    {
        // Normal densities around 0 and 1.5: ln of their ratio is 1.5² / 2 − 1.5 x.
        var fakes = Cloud(2, 1500, 1.5);
        using var scope = TorchSharp.torch.NewDisposeScope();
        double[] expected = [.. fakes.ToTensor().select(1, 0).contiguous().data<double>().Select(x => 1.125 - 1.5 * x)];

        var odds = Realism.LogOdds(Cloud(3, 1500, 0), fakes);

        Assert.InRange(odds.Zip(expected).Average(p => Math.Abs(p.First - p.Second)), 0, 0.25);
    }

    [Fact]
    public void Images_that_cannot_be_told_from_real_ones_nearly_all_stay() =>
        Assert.InRange(Realism.Keep(Real, Cloud(2, 400, 0), Ids(400)).Count(k => k), 340, 400);

    [Fact]
    public void Of_two_kinds_the_one_that_is_like_real_ones_stays()
    {
        var keep = Realism.Keep(Real, Both(Cloud(2, 200, 0), Cloud(3, 200, 4)), Ids(400));

        Assert.InRange(keep.Take(200).Count(k => k), 140, 200);
        Assert.InRange(keep.Skip(200).Count(k => k), 0, 30);
    }

    [Fact]
    public void The_draws_are_the_same_each_time_and_belong_to_the_images()
    {
        var fakes = Cloud(2, 300, 1);

        var keep = Realism.Keep(Real, fakes, Ids(300));

        Assert.Equal(keep, Realism.Keep(Real, fakes, Ids(300)));
        Assert.NotEqual(keep, Realism.Keep(Real, fakes, [.. Ids(300).Select(id => id + "'")]));
    }

    [Fact]
    public void A_feature_that_never_moves_does_no_harm()
    {
        var flat = new FeatureTable(8, [.. Enumerable.Range(0, 800).Select(i => i % 8 == 3 ? 5f : (float)Address.Of(4).Normal(i))]);

        Assert.All(Realism.LogOdds(flat, flat), o => Assert.InRange(Math.Abs(o), 0, 1));
    }

    [Fact]
    public void Of_too_few_images_none_is_rejected() => Assert.All(Realism.Keep(Cloud(1, 400, 0), Cloud(2, 49, 9), Ids(49)), Assert.True);

    [Fact]
    public void A_filter_rejects_what_is_unreal_before_it_chooses_for_variety()
    {
        var (train, teacher) = (Blobs.Make(80, seed: 1), TeachersTests.Untrained(1));
        var settings = new FilterSettings { Realism = "reject", Pool = 3 };
        var fit = FilterFit.Of(settings, MetricsTests.Table([0, 0], [[0, 1, 0], [0, 1, 0]]), [1.0], [0.4, 0.3, 0.3]) with { Classes = Blobs.Labels.Names };
        using var filter = new CandidateFilter(fit.ToBytes(), [teacher], train, Compute.Cpu);

        // Real pictures of the class and, called by the same class, such of another one.
        var (like, unlike) = (Blobs.Make([60, 0, 0], seed: 2, prefix: "like"), Blobs.Make([0, 0, 60], seed: 3, prefix: "unlike"));
        var accepted = like.Concat(new Models.Data.ImageSet(unlike.Labels, 1, 16, 16, unlike.Rows.Select(r => r with { Label = 0 }), unlike.Pixels));
        var chosen = filter.Choose(accepted, 20);

        Assert.InRange(chosen.Skip(60).Count(c => c == Realism.Unreal), 40, 60);
        Assert.InRange(chosen.Take(60).Count(c => c == Realism.Unreal), 0, 20);
        Assert.Equal(20, chosen.Take(60).Count(c => c is null));
    }

    [Fact]
    public void Rejection_needs_a_pool() => Assert.Equal(
        Assert.Throws<BadInputException>(() => new FilterSettings { Realism = "reject" }.Check()).Message,
        Assert.Throws<BadInputException>(() => new FilterFitting(
            new FilterSettings { Realism = "reject" }, [TeachersTests.Untrained(1)], Blobs.Make(3, seed: 1), Blobs.Make(3, seed: 2), Compute.Cpu).Dispose()).Message);
}
