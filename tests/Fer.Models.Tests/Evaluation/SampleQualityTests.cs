using Fer.Models.Classifiers;
using Fer.Models.Evaluation;
using Fer.Models.Randomness;
using Fer.Models.Tests.Classifiers;
using Xunit;

namespace Fer.Models.Tests.Evaluation;

public class SampleQualityTests
{
    private static readonly FeatureTable HeldOut = Table("heldOut"), Train = Table("train"), Fakes = Table("fakes");

    private static FeatureTable Table(string name) =>
        new((int)Reference.Number(Reference.Root, "featureWidth"), [.. Reference.Numbers(Reference.Root, name).Select(v => (float)v)]);

    [Theory]
    [InlineData("fakes")]
    [InlineData("train")]
    public void Distances_are_those_of_scipy_and_scikit_learn(string set)
    {
        var expected = Reference.Root.GetProperty(set + "Figures");
        var distance = DistributionDistance.Of(HeldOut, set == "fakes" ? Fakes : Train);
        Assert.Equal(Reference.Number(expected, "frechet"), distance.Frechet, 1e-8);
        Assert.Equal(Reference.Number(expected, "kernel"), distance.Kernel, 1e-7);
        Assert.Equal(Reference.Number(expected, "density"), distance.Neighbourhoods.Density, 12);
        Assert.Equal(Reference.Number(expected, "coverage"), distance.Neighbourhoods.Coverage, 12);
        Assert.Equal(Reference.Number(expected, "recall"), distance.Neighbourhoods.Recall, 12);
    }

    [Fact]
    public void The_excess_is_what_a_generator_lacks_beside_other_real_faces()
    {
        var figures = SampleQuality.Of(Fakes, Train, HeldOut).Figures().ToDictionary(f => f.Name, f => f.Value);
        Assert.Equal(40, figures["images"]);
        Assert.Equal(Reference.Number(Reference.Root.GetProperty("trainFigures"), "frechet"), figures["frechetFloor"], 1e-8);
        Assert.Equal(figures["frechet"] - figures["frechetFloor"], figures["frechetExcess"], 12);
        Assert.Equal(0, SampleQuality.Of(Train, Train, HeldOut).FrechetExcess);
    }

    [Fact]
    public void Sets_of_other_sizes_have_no_common_floor() =>
        Assert.StartsWith(
            "39 fakes, 40 training and 40 held-out faces",
            Assert.Throws<ArgumentException>(() => SampleQuality.Of(Fakes.Select([.. Enumerable.Range(0, 39)]), Train, HeldOut)).Message);

    [Fact]
    public void A_set_is_at_no_distance_from_itself_and_distances_know_no_direction()
    {
        Assert.Equal(0, FrechetDistance.Of(Train, Train), 1e-9);
        Assert.Equal(FrechetDistance.Of(Fakes, Train), FrechetDistance.Of(Train, Fakes), 1e-8);
        Assert.Equal(KernelDistance.Of(Fakes, Train), KernelDistance.Of(Train, Fakes), 1e-8);
        Assert.Equal(1, Neighbourhoods.Of(Train, Train).Coverage);
    }

    [Fact]
    public void A_feature_that_never_moves_does_not_spoil_the_distance()
    {
        FeatureTable WithZero(string name) => new(7, [.. Reference.Numbers(Reference.Root, name).Chunk(6).SelectMany(r => r.Select(v => (float)v).Append(0f))]);
        Assert.Equal(FrechetDistance.Of(HeldOut, Fakes), FrechetDistance.Of(WithZero("heldOut"), WithZero("fakes")), 1e-8);
    }

    [Fact]
    public void A_generator_that_draws_one_face_covers_nothing()
    {
        var one = Fakes.Select([.. Enumerable.Repeat(0, 40)]);
        var collapsed = Neighbourhoods.Of(HeldOut, one);
        Assert.Equal(0, collapsed.Recall);
        Assert.True(collapsed.Coverage < 0.5 * Neighbourhoods.Of(HeldOut, Train).Coverage);
    }

    [Fact]
    public void Too_few_images_or_other_features_are_refused_in_one_sentence()
    {
        var five = Fakes.Select([0, 1, 2, 3, 4]);
        Assert.Equal("5 images are too few to compare: at least 6 are needed.", Assert.Throws<ArgumentException>(() => Neighbourhoods.Of(five, five)).Message);
        Assert.Equal(
            "Features of 6 and of 2 numbers cannot be compared.",
            Assert.Throws<ArgumentException>(() => FrechetDistance.Of(Fakes, new FeatureTable(2, [1, 2, 3, 4]))).Message);
        Assert.Throws<ArgumentException>(() => new FeatureTable(3, [1, 2, 3, 4]));
    }

    [Fact]
    public void Chunks_of_many_images_add_up()
    {
        // More than one chunk of either kind; copies of a row are each other's neighbours, so every ball has radius 0.
        var many = Train.Select([.. Enumerable.Range(0, 600).Select(i => i % 40)]);
        Assert.Equal(new Neighbourhoods(0, 0, 0), Neighbourhoods.Of(many, many));
        // A set against itself: only pairs of an image with itself make a difference, and of 600 there are 39 / 599 as many as of 40.
        var expected = KernelDistance.Of(Train, Train) * 39 / 599;
        Assert.Equal(expected, KernelDistance.Of(many, many), Math.Abs(expected) * 1e-6);
    }

    [Fact]
    public void A_judges_features_have_a_row_an_image_whatever_comes_after_it()
    {
        var images = Blobs.Make(50, seed: 1);
        using var network = ClassifierFactory.Create(new ClassifierShape("study", 3, 1, 16, 16), Address.Of(3));
        var all = Evaluator.Features(network, images, ClassifierOutput.Pool);
        var some = Evaluator.Features(network, images.Select([.. Enumerable.Range(0, 70)]), ClassifierOutput.Pool);
        Assert.Equal((150, 70), (all.Count, some.Count));
        Assert.Equal(0, FrechetDistance.Of(all.Select([.. Enumerable.Range(0, 70)]), some), 1e-9);
        Assert.True(FrechetDistance.Of(all, Evaluator.Features(network, Blobs.Make([50, 50, 50], seed: 1, noise: 90), ClassifierOutput.Pool)) > 0);
    }
}
