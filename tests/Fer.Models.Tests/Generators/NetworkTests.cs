using Fer.Models.Generators;
using Fer.Models.Networks;
using Fer.Models.Randomness;
using Fer.Models.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Fer.Models.Tests.Generators;

public class NetworkTests
{
    private static GanShape Shape(int size = 32, int channels = 1, int classes = 3) => new(size, channels, classes, 100, 16);

    private static Tensor Draw(string name, params long[] shape)
    {
        using var generator = Address.Of(9).At(name).Generator();
        return randn(shape, generator: generator);
    }

    [Theory]
    [InlineData("default", 32, 1)]
    [InlineData("default", 48, 1)]
    [InlineData("default", 64, 3)]
    [InlineData("study", 32, 1)]
    [InlineData("study", 48, 3)]
    public void Generators_draw_images_of_the_size_asked_for_in_range(string name, int size, int channels)
    {
        using var scope = NewDisposeScope();
        using var network = GeneratorNetwork.Create(name, Shape(size, channels), Precision.Fp32);
        network.Initialise(Address.Of(1));

        var images = network.call(Draw("z", 4, 100), zeros(4, ScalarType.Int64));

        Assert.Equal([4, channels, size, size], images.shape);
        Assert.True(images.abs().max().ToSingle() <= 1);
        Assert.True(images.std().ToSingle() > 0.05);
    }

    [Fact]
    public void The_studys_networks_have_the_studys_number_of_weights()
    {
        static long Count(nn.Module network) => network.parameters().Sum(p => p.numel());
        using var generator = new StudyGenerator(Shape(classes: 1), Precision.Fp32);
        using var critic = new CorrectCritic(Shape(classes: 1), Precision.Fp32);

        // z → linear, two transposed convolutions, eight 3×3 of 32 channels, one 7×7.
        Assert.Equal((101 * 4096) + ((64 * 64 * 16) + 64) + ((64 * 32 * 16) + 32) + (8 * ((32 * 32 * 9) + 32)) + ((32 * 49) + 1), Count(generator));
        Assert.Equal((16 * 64 + 64) + (16 * 64 * 128 + 128) + (16 * 128 * 256 + 256) + (16 * 256 + 1), Count(critic));
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(3, true)]
    public void The_studys_networks_look_at_classes_where_there_are_several(int classes, bool look)
    {
        using var scope = NewDisposeScope();
        using var generator = new StudyGenerator(Shape(classes: classes), Precision.Fp32);
        using var critic = new CorrectCritic(Shape(classes: classes), Precision.Fp32);
        generator.Initialise(Address.Of(1));
        critic.Initialise(Address.Of(1));
        var (z, images) = (Draw("z", 2, 100), Draw("x", 2, 1, 32, 32));
        var (one, other) = (tensor(new long[] { 0, 0 }), tensor(new long[] { 0, classes - 1 }));

        var drawn = (generator.call(z, one) - generator.call(z, other)).abs().flatten(1).amax([1]);
        var scored = (critic.call(images, one) - critic.call(images, other)).abs();

        Assert.Equal((0f, 0f), (drawn[0].ToSingle(), scored[0].ToSingle()));
        Assert.Equal((look, look), (drawn[1].ToSingle() > 0, scored[1].ToSingle() > 0));
    }

    [Fact]
    public void Instance_norm_as_group_norm_is_the_same_mathematics()
    {
        using var scope = NewDisposeScope();
        using var quick = new StudyGenerator(Shape(), Precision.Fp32);
        using var written = new StudyGenerator(Shape(), Precision.Fp32, instanceNormAsWritten: true);
        quick.Initialise(Address.Of(1));
        written.Initialise(Address.Of(1));
        var (z, labels) = (Draw("z", 3, 100), zeros(3, ScalarType.Int64));

        Assert.True((quick.call(z, labels) - written.call(z, labels)).abs().max().ToSingle() < 1e-4);
    }

    [Theory]
    [InlineData("default", true)]
    [InlineData("correct", true)]
    [InlineData("study", false)]
    public void Only_the_studys_own_critic_lets_images_of_a_batch_meet(string name, bool alone)
    {
        using var scope = NewDisposeScope();
        using var critic = CriticNetwork.Create(name, Shape(), Precision.Fp32);
        critic.Initialise(Address.Of(2));
        var (images, labels) = (Draw("x", 6, 1, 32, 32), tensor(new long[] { 0, 1, 2, 0, 1, 2 }));

        var together = critic.call(images, labels);
        var apart = critic.call(images[TensorIndex.Slice(0, 3)], labels[TensorIndex.Slice(0, 3)]);

        Assert.Equal([6], together.shape);
        Assert.Equal(alone, (together[TensorIndex.Slice(0, 3)] - apart).abs().max().ToSingle() < 1e-4);
        Assert.Equal(!alone, critic.HasBatchStatistics);
    }

    [Theory]
    [InlineData("default")]
    [InlineData("correct")]
    [InlineData("study")]
    public void A_written_out_gradient_is_torchs_own_and_so_is_its_derivative(string name)
    {
        using var scope = NewDisposeScope();
        using var critic = CriticNetwork.Create(name, Shape(), Precision.Fp32);
        critic.Initialise(Address.Of(3));
        var (images, labels) = (Draw("x", 5, 1, 32, 32), tensor(new long[] { 0, 1, 2, 0, 1 }));
        using var adam = new FlatAdam(critic, 0, 0.99);

        var written = critic.InputGradient(images, labels);
        var at = images.clone().requires_grad_();
        var own = autograd.grad([critic.call(at, labels).sum()], [at], retain_graph: true, create_graph: true)[0];

        Assert.True((written - own).abs().max().ToSingle() <= 1e-6);
        static Tensor Penalty(Tensor gradient) => gradient.flatten(1).norm(1, false, 2f).sub(1).square().mean();
        var (first, second) = (adam.Gradient(Penalty(written)), adam.Gradient(Penalty(own)));
        Assert.True((first - second).abs().max().ToSingle() < 1e-5 * (1 + second.abs().max().ToSingle()));
    }

    [Theory]
    [InlineData(8, 1, 7, 1, 3)]
    [InlineData(8, 3, 3, 1, 1)]
    [InlineData(8, 2, 5, 1, 1)]
    [InlineData(1, 8, 4, 2, 1)]
    [InlineData(3, 8, 3, 1, 1)]
    public void Convolutions_from_and_to_few_channels_are_torchs_own_and_so_are_their_derivatives(int input, int output, int kernel, int stride, int padding)
    {
        using var scope = NewDisposeScope();
        using var conv = new Conv(input, output, kernel, stride, padding);
        Weights.Initialise(conv, Address.Of(4));
        using (no_grad())
        {
            conv.bias!.copy_(Draw("b", output));
        }

        var x = Draw("x", 3, input, 16, 12).requires_grad_();
        Tensor Own() => nn.functional.conv2d(x, conv.weight, conv.bias, [stride, stride], [padding, padding]);
        var direction = Draw("g", Own().shape);
        Tensor[] Derivatives(Tensor y)
        {
            var first = autograd.grad([y], [x], [direction], retain_graph: true, create_graph: true)[0];
            var second = autograd.grad([first.pow(3).sum()], [conv.weight], retain_graph: true)[0];
            return [y, first, second, .. autograd.grad([y], [conv.weight, conv.bias!], [direction], retain_graph: true)];
        }

        foreach (var (ours, own) in Derivatives(conv.call(x)).Zip(Derivatives(Own())))
        {
            Assert.Equal(own.shape, ours.shape);
            Assert.True((ours - own).abs().max().ToSingle() < 1e-5 * (1 + own.abs().max().ToSingle()));
        }

        if (input <= 3)
        {
            var transposed = nn.functional.conv_transpose2d(direction, conv.weight, null, [stride, stride], [padding, padding]);
            Assert.True((conv.Transposed(direction) - transposed).abs().max().ToSingle() < 1e-5);
        }
    }

    [Fact]
    public void The_penalty_is_zero_for_a_critic_whose_gradient_has_length_one()
    {
        using var scope = NewDisposeScope();
        using var critic = new Plane();
        var (real, fake) = (Draw("r", 4, 1, 8, 8), Draw("f", 4, 1, 8, 8));

        var (loss, distance, penalty) = Wasserstein.CriticLoss(critic, real, fake, zeros(4, ScalarType.Int64), full([4, 1, 1, 1], 0.5), 10);

        Assert.Equal(0, penalty.ToSingle(), 1e-6);
        Assert.Equal(((real - fake).sum() / 8 / 4).ToSingle(), distance.ToSingle(), 1e-4);
        Assert.Equal(-distance.ToSingle(), loss.ToSingle(), 1e-4);
        Assert.Equal(-(fake.sum() / 8 / 4).ToSingle(), Wasserstein.GeneratorLoss(critic, fake, zeros(4, ScalarType.Int64)).ToSingle(), 1e-4);
    }

    [Fact]
    public void Vgg19_has_the_names_and_shapes_that_pytorch_gives_it()
    {
        using var vgg = new Vgg19Features(normalise: true);
        var state = vgg.state_dict();

        Assert.Equal(32, state.Count);
        Assert.Equal([64, 3, 3, 3], state["features.0.weight"].shape);
        Assert.Equal([128, 64, 3, 3], state["features.5.weight"].shape);
        Assert.Equal([512, 256, 3, 3], state["features.19.weight"].shape);
        Assert.Equal([512], state["features.34.bias"].shape);
        using var scope = NewDisposeScope();
        Assert.Equal([1, 512, 1, 1], vgg.call(Draw("x", 1, 1, 32, 32)).shape);
    }

    /// <summary>Scores an image of 64 pixels by their sum over 8: the gradient's length is one everywhere.</summary>
    private sealed class Plane() : CriticNetwork(nameof(Plane))
    {
        public override Tensor forward(Tensor images, Tensor labels) => images.flatten(1).sum(1) / 8;
    }
}
