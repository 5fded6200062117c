using Fer.Models.Classifiers;
using Fer.Models.Data;
using Fer.Models.Evaluation;
using Fer.Models.Randomness;
using Fer.Models.Tests.Classifiers;
using Fer.Models.Tests.Generators;
using Fer.Models.Training;
using Xunit;

namespace Fer.Models.Tests.Evaluation;

public class TeachersTests
{
    private static readonly double[] Even = [1 / 3.0, 1 / 3.0, 1 / 3.0];
    private static readonly ImageSet Images = Blobs.Make(30, seed: 5);

    /// <summary>An untrained classifier's file.</summary>
    internal static byte[] Untrained(long seed, double[]? prior = null, LabelSpace? labels = null, int size = 16)
    {
        using var trained = new TrainedClassifier(
            ClassifierFactory.Create(new ClassifierShape("study", 3, 1, size, size), Address.Of(seed)), labels ?? Blobs.Labels, prior ?? Even);
        return trained.ToBytes();
    }

    private static Predictions Predict(params byte[][] files)
    {
        using var teachers = new Teachers(files, Compute.Cpu);
        return teachers.Predict(Images);
    }

    [Fact]
    public void One_teacher_judges_as_its_classifier_does_bit_for_bit()
    {
        var file = Untrained(1, [0.7, 0.2, 0.1]);
        using var alone = TrainedClassifier.Read(file, "it", Compute.Cpu);
        using var teachers = new Teachers([file], Compute.Cpu);

        Assert.Equal(Evaluator.Predict(alone.Network, Images).Logits, teachers.Predict(Images).Logits);
        Assert.Equal(alone.Prior, teachers.Prior);
    }

    [Fact]
    public void Several_teachers_of_equal_shares_give_the_mean_of_their_logits()
    {
        var each = new[] { 1, 2, 3 }.Select(seed => Predict(Untrained(seed)).Logits).ToArray();

        var together = Predict(Untrained(1), Untrained(2), Untrained(3)).Logits;

        Assert.All(together.Select((v, i) => (v, i)), x => Assert.Equal(each.Average(l => l[x.i]), x.v, 1e-5));
    }

    [Fact]
    public void Equal_teachers_together_say_what_each_says()
    {
        var file = Untrained(4, [0.5, 0.3, 0.2]);

        Assert.All(Predict(file, file, file).Logits.Zip(Predict(file).Logits), p => Assert.Equal(p.Second, p.First, 1e-6));
    }

    [Fact]
    public void Teachers_that_differ_in_nothing_but_their_classes_shares_agree_once_the_shares_are_taken_off()
    {
        // The same network called trained on other shares: less what its shares gave, the class that it saw more often is less likely.
        double[] first = [0.6, 0.3, 0.1], second = [0.2, 0.3, 0.5];
        using var teachers = new Teachers([Untrained(6, first), Untrained(6, second)], Compute.Cpu);
        var alone = Predict(Untrained(6));
        var together = teachers.Predict(Images);

        Assert.Equal([0.4, 0.3, 0.3], teachers.Prior.Select(p => Math.Round(p, 12)));
        for (var i = 0; i < Images.Count; i++)
        {
            var posterior = Probabilities.Softmax(together.LogitsOf(i), 1, teachers.Prior);
            float[] expected = [.. Enumerable.Range(0, 3).Select(k => (float)(alone.LogitsOf(i)[k] - (Math.Log(first[k]) + Math.Log(second[k])) / 2))];
            Assert.All(Probabilities.Softmax(expected, 1).Zip(posterior), p => Assert.Equal(p.First, p.Second, 1e-6));
        }
    }

    [Fact]
    public void A_class_that_a_teacher_never_saw_keeps_its_logits()
    {
        using var teachers = new Teachers([Untrained(7, [0.5, 0.5, 0]), Untrained(7, [0.5, 0, 0.5])], Compute.Cpu);

        Assert.All(teachers.Predict(Images).Logits, l => Assert.True(float.IsFinite(l)));
    }

    [Fact]
    public void A_filter_of_several_teachers_cut_anywhere_is_the_same()
    {
        byte[][] files = [Untrained(1), Untrained(2, [0.4, 0.4, 0.2]), Untrained(3)];
        FilterFitting Open(byte[]? checkpoint) => new(new FilterSettings(), files, Images, Images, Compute.Cpu, checkpoint);

        var fitted = Tiny.Run(Open(null));

        Tiny.AssertSame(fitted, Tiny.RunCut(Open, 1, 3));
        using var filter = new CandidateFilter(fitted.Files["filter"], files, Images, Compute.Cpu);
        Assert.Equal(Images.Count, filter.Judge(Images).Count);
    }

    [Fact]
    public void Teachers_that_do_not_fit_are_refused_in_one_sentence()
    {
        string Refused(params byte[][] files) => Assert.Throws<BadInputException>(() => new Teachers(files, Compute.Cpu).Dispose()).Message;

        Assert.Equal("There is no teacher to judge by.", Refused());
        Assert.Equal(
            "Teacher 2 knows the classes a, b, c, teacher 1 knows high, middle, low.", Refused(Untrained(1), Untrained(2, labels: new LabelSpace(["a", "b", "c"]))));
        Assert.StartsWith("teacher 2's weights", Refused(Untrained(1), "nothing"u8.ToArray()));
        using var teachers = new Teachers([Untrained(1), Untrained(2, size: 20)], Compute.Cpu);
        Assert.Equal("The set holds images of 1×16×16, teacher 2 takes 1×20×20.", Assert.Throws<BadInputException>(() => teachers.CheckFits(Images, "The set")).Message);
    }
}
