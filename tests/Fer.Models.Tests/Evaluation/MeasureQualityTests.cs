using Fer.Models.Classifiers;
using Fer.Models.Data;
using Fer.Models.Evaluation;
using Fer.Models.Generators;
using Fer.Models.Randomness;
using Fer.Models.Tests.Generators;
using Fer.Models.Training;
using FsCheck;
using FsCheck.Fluent;
using TorchSharp;
using Xunit;

namespace Fer.Models.Tests.Evaluation;

public class MeasureQualityTests
{
    private static readonly ImageSet Train = Tiny.Images(count: 240, seed: 2);

    // Two dark images for each other one.
    private static readonly ImageSet HeldOut = Tiny.Images(count: 240, seed: 3).Select([.. Enumerable.Range(0, 240).Where(i => i % 3 == 0 || i % 2 == 0)]);

    private static readonly byte[] Judge = Stored("judge");
    private static readonly byte[] ForAll = Tiny.Run(Tiny.Gan(Tiny.Settings with { StepsPerRound = 1 })).Files["generator"];
    private static readonly byte[] ForDark = Tiny.Run(Tiny.Gan(Tiny.Settings with { StepsPerRound = 1, Kind = "per-class" }, only: 0)).Files["generator"];

    private static byte[] Stored(string network, int size = 16)
    {
        using var trained = new TrainedClassifier(ClassifierFactory.Create(new ClassifierShape(network, 3, 1, size, size), Address.Of(1)), Tiny.Classes, [0.4, 0.3, 0.3]);
        return trained.ToBytes();
    }

    private static MeasureQuality Open(byte[]? checkpoint = null, int images = 100, long seed = 5, byte[]? judge = null, ImageSet? train = null, params (string?, byte[])[] generators) =>
        new(judge ?? Judge, generators.Length > 0 ? generators : [(null, ForAll)], train ?? Train, HeldOut, images, seed, Compute.Cpu, checkpoint);

    /// <summary>The same without batches: the sets put together and measured at once.</summary>
    private static SampleQuality AtOnce(int images, long seed, Func<string, byte[]> generator)
    {
        using var judge = TrainedClassifier.Read(Judge, "judge", Compute.Cpu);
        var shares = ClassMix.Divide(images, HeldOut.CountByClass());
        var fakes = shares.SelectMany((share, label) =>
        {
            using var model = GeneratorModel.Read(generator(Tiny.Classes[label]), "generator", torch.CPU);
            var pixels = Enumerable.Range(0, 4).SelectMany(b => model.Draw(Tiny.Classes[label], seed, b, 64)).Take(share * 256);
            var set = new ImageSet(Tiny.Classes, 1, 16, 16, Enumerable.Range(0, share).Select(i => new ImageRow($"{label}-{i}", label, "", "gan")), [.. pixels]);
            return Enumerable.Range(0, Evaluator.Batches(share)).SelectMany(b => Evaluator.Features(judge.Network, set, "pool", b)).ToArray();
        });
        FeatureTable Real(ImageSet set, string name) => Evaluator.Features(judge.Network, ClassMix.Choose(set, shares, Address.Of(seed).At("quality").At(name)), "pool");
        return SampleQuality.Of(new FeatureTable(JudgeNet.Features, [.. fakes]), Real(Train, "train"), Real(HeldOut, "held-out"));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(150)]
    public void It_is_the_quality_of_fakes_at_the_class_mix_of_held_out_faces(int images)
    {
        var result = Tiny.Run(Open(images: images));
        Assert.Equal(AtOnce(images, 5, _ => ForAll).Figures().OrderBy(f => f.Name, StringComparer.Ordinal), result.Figures.Select(f => (f.Key, f.Value)));
        Assert.Empty(result.Files);
    }

    [Fact]
    public void A_class_is_drawn_by_its_own_generator_where_it_has_one() =>
        Assert.Equal(
            AtOnce(60, 5, name => name == "dark" ? ForDark : ForAll).Fakes.Frechet,
            Tiny.Run(Open(images: 60, generators: [(null, ForAll), ("dark", ForDark)])).Figures["frechet"]);

    [Fact]
    public void Cut_anywhere_and_opened_again_it_makes_the_same_bits()
    {
        var whole = Tiny.Run(Open());
        using var length = Open();
        Prop.ForAll(Gen.Choose(0, (int)length.Length).ListOf(4).Select(l => l.Order().ToArray()).ToArbitrary(), cuts =>
            Tiny.AssertSame(whole, Tiny.RunCut(checkpoint => Open(checkpoint), cuts))).Check(Config.QuickThrowOnFailure.WithMaxTest(6).WithReplay(1, 3));
        Tiny.AssertSame(whole, Tiny.RunCut(checkpoint => Open(checkpoint), [.. Enumerable.Range(0, (int)length.Length + 1)]));
    }

    [Fact]
    public void Without_a_judge_pixels_say_what_neighbours_can_and_cuts_change_nothing()
    {
        MeasureQuality Blind(byte[]? checkpoint) => new(null, [(null, ForAll)], Train, HeldOut, 100, 5, Compute.Cpu, checkpoint);

        var result = Tiny.Run(Blind(null));

        Assert.Equal(["coverage", "coverageFloor", "density", "densityFloor", "images", "recall", "recallFloor"], result.Figures.Keys);
        Assert.All(result.Figures.Where(f => f.Key.StartsWith("recall", StringComparison.Ordinal)), f => Assert.InRange(f.Value, 0, 1));
        Assert.True(result.Figures["coverageFloor"] > result.Figures["coverage"]);
        Tiny.AssertSame(result, Tiny.RunCut(Blind, 1, 3, 5));
    }

    [Fact]
    public void It_hangs_on_its_seed() => Assert.NotEqual(Tiny.Run(Open()).Figures["frechet"], Tiny.Run(Open(seed: 6)).Figures["frechet"]);

    [Fact]
    public void All_three_sides_are_as_many_as_the_smallest_has_at_that_mix()
    {
        using var all = Open(images: 5000);
        Assert.Equal(160, all.Images);

        // Half of the held-out faces are dark: 30 dark ones to learn from are enough for 60 in all.
        var lacking = Train.Select([.. Train.IndicesOf(0).Take(30), .. Train.IndicesOf(1), .. Train.IndicesOf(2)]);
        Assert.Equal(60, Tiny.Run(Open(images: 5000, train: lacking)).Figures["images"]);
    }

    [Fact]
    public void A_generator_that_has_learned_nothing_stands_far_above_the_floor()
    {
        var figures = Tiny.Run(Open(images: 150)).Figures;
        Assert.True(figures["frechetExcess"] > figures["frechetFloor"], $"{figures["frechet"]} against {figures["frechetFloor"]}");
        Assert.True(figures["coverageFloor"] > figures["coverage"]);
    }

    [Fact]
    public void What_cannot_be_measured_is_refused_in_one_sentence()
    {
        string Refusal(Func<MeasureQuality> open) => Assert.Throws<BadInputException>(() => Tiny.Run(open())).Message;
        Assert.Equal("There is no generator for the class 'middle'.", Refusal(() => Open(generators: [("dark", ForDark)])));
        Assert.Equal("The held-out set holds images of 1×16×16, the judge takes 1×20×20.", Refusal(() => Open(judge: Stored("judge", size: 20))));
        Assert.Equal(
            "Of 160 held-out and 160 training faces 0 can be compared at one mix of classes, at least 6 are needed.",
            Refusal(() => Open(train: Train.Select([.. Train.IndicesOf(1), .. Train.IndicesOf(2)]))));
        using var work = Open();
        Assert.Throws<InvalidOperationException>(work.Finish);
    }
}
