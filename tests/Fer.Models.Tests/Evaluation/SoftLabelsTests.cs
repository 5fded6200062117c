using Fer.Models.Classifiers;
using Fer.Models.Data;
using Fer.Models.Evaluation;
using Fer.Models.Randomness;
using Fer.Models.Tests.Classifiers;
using Fer.Models.Tests.Generators;
using Fer.Models.Training;
using Xunit;

namespace Fer.Models.Tests.Evaluation;

public class SoftLabelsTests
{
    private static readonly Address Here = Address.Of(9);
    private static readonly ImageSet Train = Blobs.Make([70, 50, 30], seed: 1);
    private static readonly byte[][] Teachers = [TeachersTests.Untrained(1, [0.5, 0.3, 0.2]), TeachersTests.Untrained(2), TeachersTests.Untrained(3)];

    private static (byte[] Teacher, IReadOnlyList<int> Unseen)[] ByFold(byte[][] teachers) =>
        [.. teachers.Zip(CrossFit.Folds(Train, teachers.Length, Here), (t, f) => (t, (IReadOnlyList<int>)f))];

    private static SoftLabels Open(byte[]? checkpoint) => new(Train, ByFold(Teachers), Compute.Cpu, checkpoint);

    private static ImageSet Soft(WorkResult result) => ImageSet.Read(result.Files["soft"], "soft");

    [Fact]
    public void Every_training_face_gets_the_probabilities_of_the_classifier_that_has_not_seen_it()
    {
        var soft = Soft(Tiny.Run(Open(null)));

        Assert.Equal(Train.Pixels, soft.Pixels);
        Assert.Equal(Train.Rows, soft.Rows.Select(r => r with { Facts = null }));
        Assert.All(soft.Rows, r => Assert.Equal((r.Facts!.Posterior![r.Label], null), ((float)r.Facts.Confidence, r.Facts.Reason)));
        foreach (var (teacher, unseen) in ByFold(Teachers))
        {
            using var classifier = TrainedClassifier.Read(teacher, "it", Compute.Cpu);
            var table = Evaluator.Predict(classifier.Network, Train.Select(unseen));
            var temperature = Calibration.FitTemperature(table, classifier.Prior);
            Assert.All(unseen.Select((place, i) => (place, i)), x => Assert.Equal(
                Probabilities.Softmax(table.LogitsOf(x.i), temperature, classifier.Prior).Select(p => (float)p), soft.Rows[x.place].Facts!.Posterior));
        }
    }

    [Fact]
    public void A_face_that_several_classifiers_have_not_seen_gets_the_mean_of_their_probabilities()
    {
        int[] all = [.. Enumerable.Range(0, Train.Count)];
        ImageSet By(params byte[][] teachers) => Soft(Tiny.Run(new SoftLabels(Train, [.. teachers.Select(t => (t, (IReadOnlyList<int>)all))], Compute.Cpu)));
        var (first, second, both) = (By(Teachers[0]), By(Teachers[1]), By(Teachers[0], Teachers[1]));

        Assert.All(all, i => Assert.All(Enumerable.Range(0, 3), k =>
            Assert.Equal((first.Rows[i].Facts!.Posterior![k] + second.Rows[i].Facts!.Posterior![k]) / 2, both.Rows[i].Facts!.Posterior![k], 1e-6f)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0, 2, 3)]
    public void Soft_labels_cut_anywhere_are_the_same(params int[] cuts) => Tiny.AssertSame(Tiny.Run(Open(null)), Tiny.RunCut(Open, cuts));

    [Fact]
    public void Classifiers_that_learned_anything_give_their_unseen_faces_mostly_the_right_label()
    {
        byte[] Taught(int fold)
        {
            var settings = new ClassifierSettings { Network = "study", Steps = 60, BatchSize = 16, Average = 0, Shift = 1, LearningRate = 0.001 };
            var mix = new TrainingMix(CrossFit.Without(Train, 2, fold, Here), []);
            return Tiny.Run(new ClassifierTraining(settings, mix, Blobs.Make(10, seed: 2), 4, Compute.Cpu, Adjustments.None)).Files["weights"];
        }

        var figures = Tiny.Run(new SoftLabels(Train, ByFold([Taught(0), Taught(1)]), Compute.Cpu)).Figures;

        Assert.InRange(figures["accuracy"], 0.7, 1);
        Assert.InRange(figures["confidence"], 0.5, figures["accuracy"] + 0.1);
        Assert.All(["temperature.0", "temperature.1"], t => Assert.InRange(figures[t], Calibration.LeastTemperature, Calibration.GreatestTemperature));
    }

    [Fact]
    public void A_face_that_every_classifier_was_trained_on_is_refused() => Assert.Equal(
        "2 of 150 training faces have been seen by every teacher: their probabilities would only repeat their labels.",
        Assert.Throws<BadInputException>(() => new SoftLabels(Train, [(Teachers[0], [.. Enumerable.Range(1, 148)])], Compute.Cpu).Dispose()).Message);
}
