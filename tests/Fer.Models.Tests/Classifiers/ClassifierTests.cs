using Fer.Models.Classifiers;
using Fer.Models.Data;
using Fer.Models.Evaluation;
using Fer.Models.Files;
using Fer.Models.Randomness;
using Fer.Models.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Fer.Models.Tests.Classifiers;

public class ClassifierTests
{
    private static readonly Address Here = Address.Of(3).At("weights");

    private static Classifier Create(string network, int classes = 7, int channels = 1, int height = 48, int width = 48, Precision precision = Precision.Fp32) =>
        ClassifierFactory.Create(new ClassifierShape(network, classes, channels, height, width), Here, precision);

    [Theory]
    [InlineData("default", 128, 1, 48, 48)]
    [InlineData("default", 128, 1, 32, 32)]
    [InlineData("default", 128, 3, 33, 45)]
    [InlineData("study", 128, 1, 32, 32)]
    [InlineData("study", 128, 3, 49, 30)]
    [InlineData("judge", 96, 1, 32, 32)]
    [InlineData("judge", 96, 3, 9, 8)]
    [InlineData("judge", 96, 3, 49, 30)]
    [InlineData("auditor", 112, 1, 32, 32)]
    [InlineData("auditor", 112, 3, 9, 8)]
    [InlineData("auditor", 112, 3, 49, 30)]
    public void A_network_gives_logits_and_named_features_for_any_size(string network, int features, int channels, int height, int width)
    {
        using var scope = NewDisposeScope();
        using var classifier = Create(network, 7, channels, height, width);
        var output = classifier.Forward(zeros(5, channels, height, width));
        Assert.Equal([5, 7], output.Logits.shape);
        Assert.Equal([5, features], output.Features["pool"].shape);
        Assert.Equal(2, output.Features["mid"].dim());
        Assert.Equal(5, output.Features["mid"].shape[0]);
        Assert.All(output.Features.Values.Append(output.Logits), t => Assert.Equal(ScalarType.Float32, t.dtype));
    }

    [Fact]
    public void The_study_cnn_has_as_many_weights_as_the_published_one()
    {
        using var classifier = Create("study", 5, 1, 32, 32);
        Assert.Equal(320 + 18_496 + 524_416 + 645, classifier.parameters().Sum(p => p.numel()));
    }

    [Fact]
    public void The_default_is_small()
    {
        using var classifier = Create("default");
        Assert.InRange(classifier.parameters().Sum(p => p.numel()), 200_000, 1_000_000);
    }

    [Theory]
    [InlineData("default")]
    [InlineData("study")]
    [InlineData("judge")]
    [InlineData("auditor")]
    public void First_weights_depend_on_the_address_alone(string network)
    {
        using var first = Create(network);
        using var other = Create("study", 3, 3, 32, 32);
        using var again = Create(network);
        using var elsewhere = ClassifierFactory.Create(first.Shape, Here.At(1));
        Assert.Equal(Stored(first), Stored(again));
        Assert.NotEqual(Stored(first), Stored(elsewhere));
    }

    [Theory]
    [InlineData("default")]
    [InlineData("study")]
    [InlineData("judge")]
    [InlineData("auditor")]
    public void In_bf16_the_logits_are_nearly_those_of_fp32(string network)
    {
        using var scope = NewDisposeScope();
        using var full = Create(network);
        using var narrow = Create(network, precision: Precision.Bf16);
        using var generator = Address.Of(1).Generator();
        var images = rand([4, 1, 48, 48], generator: generator).mul(2).sub(1);
        full.eval();
        narrow.eval();
        var (a, b) = (full.Forward(images).Logits, narrow.Forward(images).Logits);
        Assert.InRange((a - b).abs().max().ToDouble() / a.abs().mean().ToDouble(), 1e-7, 0.1);
    }

    [Theory]
    [InlineData("default")]
    [InlineData("study")]
    [InlineData("judge")]
    [InlineData("auditor")]
    public void A_stored_classifier_opens_with_its_classes_and_predicts_the_same(string network)
    {
        var images = Blobs.Make(4, seed: 1);
        using var classifier = Create(network, 3, 1, 16, 16);
        byte[] file;
        using (var trained = new TrainedClassifier(Create(network, 3, 1, 16, 16), Blobs.Labels, [0.5, 0.25, 0.25]))
        {
            file = trained.ToBytes();
        }

        using var opened = TrainedClassifier.Read(file, "weights", Compute.Cpu);
        Assert.Equal(Blobs.Labels, opened.Labels);
        Assert.Equal([0.5, 0.25, 0.25], opened.Prior);
        Assert.Equal(classifier.Shape, opened.Network.Shape);
        Assert.Equal(Evaluator.Predict(classifier, images).Logits, Evaluator.Predict(opened.Network, images).Logits);
        Assert.Equal(file, opened.ToBytes());
    }

    [Fact]
    public void Stored_names_are_those_a_PyTorch_user_expects()
    {
        using var trained = new TrainedClassifier(Create("study", 3, 1, 16, 16), Blobs.Labels, [0.5, 0.25, 0.25]);
        using var file = SafeTensors.Read(trained.ToBytes(), "weights");
        Assert.Equal(["conv1.bias", "conv1.weight", "conv2.bias", "conv2.weight", "fc1.bias", "fc1.weight", "fc2.bias", "fc2.weight"], file.Tensors.Keys);
    }

    [Theory]
    [InlineData("network", "study", "weights.safetensors holds weights of another network: it has no 'conv1.weight'.")]
    [InlineData("network", "resnet", "There is no classifier 'resnet'; expected one of default, study.")]
    [InlineData("size", "4x4", "The classifier 'default' needs images of at least 8×8 pixels, got 4×4.")]
    [InlineData("kind", "gan", "weights.safetensors is a 'gan' file, expected a classifier's.")]
    [InlineData("size", "big", "weights.safetensors is no classifier's file: ")]
    [InlineData("classes", "[", "weights.safetensors is no classifier's file: ")]
    [InlineData("prior", null, "weights.safetensors is no classifier's file: its metadata lack 'prior'.")]
    public void A_file_that_does_not_fit_is_refused_in_one_sentence(string key, string? value, string sentence)
    {
        using var trained = new TrainedClassifier(Create("default", 3, 1, 16, 16), Blobs.Labels, [0.5, 0.25, 0.25]);
        using var file = SafeTensors.Read(trained.ToBytes(), "weights");
        if (value is null)
        {
            file.Metadata.Remove(key);
        }
        else
        {
            file.Metadata[key] = value;
        }

        var bytes = file.ToBytes();
        Assert.StartsWith(sentence, Assert.Throws<BadInputException>(() => TrainedClassifier.Read(bytes, "weights.safetensors", Compute.Cpu)).Message);
    }

    [Fact]
    public void A_set_of_other_classes_or_another_size_is_refused_in_one_sentence()
    {
        using var trained = new TrainedClassifier(Create("default", 3, 1, 16, 16), Blobs.Labels, [0.5, 0.25, 0.25]);
        var small = Blobs.Make(1, seed: 1, size: 12);
        var others = new ImageSet(new LabelSpace(["a", "b", "c"]), 1, 16, 16, [], []);
        Assert.Equal(
            "The test set holds images of 1×12×12, refined takes 1×16×16.",
            Assert.Throws<BadInputException>(() => trained.CheckFits(small, "refined", "The test set")).Message);
        Assert.Equal(
            "The test set has the classes a, b, c, refined was trained on high, middle, low.",
            Assert.Throws<BadInputException>(() => trained.CheckFits(others, "refined", "The test set")).Message);
    }

    private static byte[] Stored(Classifier classifier)
    {
        using var file = new SafeTensors();
        Fer.Models.Networks.Weights.Save(classifier, file);
        return file.ToBytes();
    }
}
