using Fer.Models.Classifiers;
using Fer.Models.Data;
using Fer.Models.Evaluation;
using Fer.Models.Randomness;
using Fer.Models.Tests.Classifiers;
using Fer.Models.Training;
using Xunit;

namespace Fer.Models.Tests.Evaluation;

public class EvaluatorTests
{
    private static readonly ImageSet Images = Blobs.Make(50, seed: 1);

    private static byte[] Stored(string network, long seed, int size = 16)
    {
        var shape = new ClassifierShape(network, 3, 1, size, size);
        using var trained = new TrainedClassifier(ClassifierFactory.Create(shape, Address.Of(seed)), Blobs.Labels, [1 / 3.0, 1 / 3.0, 1 / 3.0]);
        return trained.ToBytes();
    }

    private static Predictions Predict(byte[] weights, ImageSet images)
    {
        using var trained = TrainedClassifier.Read(weights, "weights", Compute.Cpu);
        return Evaluator.Predict(trained.Network, images);
    }

    [Theory]
    [InlineData("default")]
    [InlineData("study")]
    [InlineData("judge")]
    [InlineData("auditor")]
    public void An_images_logits_have_the_same_bits_however_many_come_after_it(string network)
    {
        var weights = Stored(network, 1);
        var all = Predict(weights, Images);
        Assert.Equal(Images.Rows.Select(r => r.Id), all.Ids);
        Assert.Equal(Images.Rows.Select(r => r.Label), all.Truth);
        foreach (var count in new[] { 1, 63, 64, 65, 149 })
        {
            Assert.Equal(all.Logits.Take(3 * count), Predict(weights, Images.Select([.. Enumerable.Range(0, count)])).Logits);
        }
    }

    [Fact]
    public void Predicting_leaves_a_network_in_training_as_it_was()
    {
        using var trained = TrainedClassifier.Read(Stored("default", 1), "weights", Compute.Cpu);
        trained.Network.train();
        var before = trained.ToBytes();
        Evaluator.Predict(trained.Network, Images);
        Assert.True(trained.Network.training);
        Assert.Equal(before, trained.ToBytes());
    }

    [Theory]
    [InlineData(new int[0])]
    [InlineData(new[] { 1 })]
    [InlineData(new[] { 2, 3, 5 })]
    public void The_test_set_is_read_once_by_every_classifier_and_may_be_cut_anywhere(int[] cuts)
    {
        var test = new TestSet(Images);
        (string, byte[])[] classifiers = [("real/seed-0", Stored("default", 1)), ("refined/seed-0", Stored("study", 2))];
        byte[]? checkpoint = null;
        foreach (var cut in cuts)
        {
            using var part = new EvaluateTest(classifiers, test, Compute.Cpu, checkpoint);
            while (part.Position < cut)
            {
                part.Advance();
            }

            checkpoint = part.Checkpoint();
        }

        using var work = new EvaluateTest(classifiers, test, Compute.Cpu, checkpoint);
        Assert.Equal(6, work.Length);
        while (!work.Done)
        {
            work.Advance();
        }

        var result = work.Finish();
        Assert.Equal(["real/seed-0", "refined/seed-0"], result.Files.Keys);
        foreach (var (name, weights) in classifiers)
        {
            var table = Predictions.Read(result.Files[name], name);
            Assert.Equal(Predict(weights, Images).Logits, table.Logits);
            Assert.Equal(Metrics.Of(table).MacroF1, result.Figures[name + ".macroF1"]);
        }
    }

    [Fact]
    public void A_classifier_for_another_size_is_named()
    {
        using var work = new EvaluateTest([("refined/seed-0", Stored("default", 1, size: 20))], new TestSet(Images), Compute.Cpu);
        Assert.Equal("The test set holds images of 1×16×16, refined/seed-0 takes 1×20×20.", Assert.Throws<BadInputException>(work.Advance).Message);
    }
}
