using Fer.Models.Classifiers;
using Fer.Models.Data;
using Fer.Models.Evaluation;
using Fer.Models.Randomness;
using Fer.Models.Tests.Classifiers;
using Fer.Models.Tests.Generators;
using Fer.Models.Training;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Fer.Models.Tests.Evaluation;

public class MeasureRobustnessTests
{
    private static readonly TestSet Test = new(Blobs.Make(30, seed: 6));
    private static readonly (string Name, byte[] Weights)[] Classifiers = [("real/seed-0", Stored("study", 1)), ("refined/seed-0", Stored("default", 2))];

    private static byte[] Stored(string network, long seed, int size = 16)
    {
        using var trained = new TrainedClassifier(ClassifierFactory.Create(new ClassifierShape(network, 3, 1, size, size), Address.Of(seed)), Blobs.Labels, [0.4, 0.3, 0.3]);
        return trained.ToBytes();
    }

    private static MeasureRobustness Open(byte[]? checkpoint = null) => new(Classifiers, Test, 4, Compute.Cpu, checkpoint);

    [Fact]
    public void Its_figures_are_those_of_the_table_made_at_once()
    {
        var opened = Classifiers.Select(c => (c.Name, Classifier: TrainedClassifier.Read(c.Weights, c.Name, Compute.Cpu))).ToList();
        var expected = Robustness.Figures(Robustness.Table(opened, Test, Address.Of(4)));
        opened.ForEach(c => c.Classifier.Dispose());
        using var work = Open();
        Assert.Equal(13 * 2 * 2, work.Length);
        Assert.Equal(expected.OrderBy(f => f.Name, StringComparer.Ordinal), Tiny.Run(work).Figures.Select(f => (f.Key, f.Value)));
    }

    [Fact]
    public void Cut_anywhere_and_opened_again_it_makes_the_same_figures()
    {
        var whole = Tiny.Run(Open());
        Prop.ForAll(Gen.Choose(0, 52).ListOf(4).Select(l => l.Order().ToArray()).ToArbitrary(), cuts =>
            Tiny.AssertSame(whole, Tiny.RunCut(checkpoint => Open(checkpoint), cuts))).Check(Config.QuickThrowOnFailure.WithMaxTest(8).WithReplay(1, 3));
        Tiny.AssertSame(whole, Tiny.RunCut(checkpoint => Open(checkpoint), [.. Enumerable.Range(0, 53)]));
    }

    [Fact]
    public void What_cannot_be_measured_is_refused_in_one_sentence()
    {
        using var work = new MeasureRobustness([("refined/seed-0", Stored("default", 1, size: 20))], Test, 4, Compute.Cpu);
        Assert.Equal("The test set holds images of 1×16×16, refined/seed-0 takes 1×20×20.", Assert.Throws<BadInputException>(work.Advance).Message);
        Assert.Throws<InvalidOperationException>(work.Finish);
        Assert.Equal(
            "The test set holds no image.",
            Assert.Throws<BadInputException>(() => new MeasureRobustness(Classifiers, new TestSet(Blobs.Make(0, seed: 1)), 4, Compute.Cpu)).Message);
    }
}
