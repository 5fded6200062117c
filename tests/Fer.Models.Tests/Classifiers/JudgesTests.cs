using Fer.Models.Classifiers;
using Fer.Models.Data;
using Fer.Models.Randomness;
using Fer.Models.Tests.Generators;
using Fer.Models.Training;
using TorchSharp;
using Xunit;

namespace Fer.Models.Tests.Classifiers;

public class JudgesTests
{
    private static readonly ImageSet Train = Blobs.Make(40, seed: 1), Others = Blobs.Make(30, seed: 2);

    private static ClassifierTraining Open(string network, int steps, byte[]? checkpoint = null) =>
        new(Judges.Settings(network, steps), new TrainingMix(Train, []), Others, 5, Compute.Cpu, Adjustments.None, checkpoint);

    [Theory]
    [InlineData("judge")]
    [InlineData("auditor")]
    public void It_learns_what_is_easily_seen(string network) =>
        Assert.InRange(Tiny.Run(Open(network, 120)).Figures["accuracy"], 0.8, 1);

    [Theory]
    [InlineData("judge")]
    [InlineData("auditor")]
    public void Its_training_cut_anywhere_and_opened_again_makes_the_same_bits(string network) =>
        Tiny.AssertSame(Tiny.Run(Open(network, 6)), Tiny.RunCut(checkpoint => Open(network, 6, checkpoint), 1, 3, 4));

    [Theory]
    [InlineData("judge")]
    [InlineData("auditor")]
    public void It_is_smaller_than_what_it_measures_and_offered_to_nobody(string network)
    {
        using var classifier = ClassifierFactory.Create(new ClassifierShape(network, 5, 1, 32, 32), Address.Of(1));
        using var measured = ClassifierFactory.Create(new ClassifierShape("default", 5, 1, 32, 32), Address.Of(1));
        Assert.True(classifier.parameters().Sum(p => p.numel()) < measured.parameters().Sum(p => p.numel()));
        Assert.DoesNotContain(network, ClassifierFactory.Names);
    }

    [Fact]
    public void The_judges_features_know_the_left_of_a_face_from_its_right()
    {
        using var scope = torch.NewDisposeScope();
        using var judge = ClassifierFactory.Create(new ClassifierShape("judge", 3, 1, 32, 32), Address.Of(1));
        using var generator = Address.Of(2).Generator();
        var face = torch.rand([1, 1, 32, 32], generator: generator);
        var changed = face.clone();
        changed.narrow(3, 28, 4).neg_();
        var moved = (judge.Forward(face).Features["pool"] - judge.Forward(changed).Features["pool"]).view(2, 2, 24).abs().sum([0, 2]).data<float>().ToArray();
        Assert.True(moved[1] > 2 * moved[0], string.Join(" ", moved));
    }

    [Fact]
    public void The_judges_batches_can_be_cut()
    {
        using var judge = ClassifierFactory.Create(new ClassifierShape("judge", 5, 1, 32, 32), Address.Of(1));
        Assert.False(judge.HasBatchStatistics);
    }

    [Fact]
    public void Another_network_has_no_settings_here() =>
        Assert.StartsWith("'default' is neither judge nor auditor.", Assert.Throws<ArgumentException>(() => Judges.Settings("default", 10)).Message);
}
