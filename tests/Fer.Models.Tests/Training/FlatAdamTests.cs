using Fer.Models.Classifiers;
using Fer.Models.Files;
using Fer.Models.Networks;
using Fer.Models.Randomness;
using Fer.Models.Training;
using TorchSharp;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;

namespace Fer.Models.Tests.Training;

public class FlatAdamTests
{
    private const double Rate = 0.01;
    private const double Decay = 0.3;

    [Theory]
    [InlineData("adam")]
    [InlineData("adamw")]
    public void It_moves_weights_as_torchs_optimiser_of_that_name_does(string name)
    {
        using var scope = NewDisposeScope();
        using var ours = Network();
        using var theirs = Network();
        using var flat = FlatAdam.Named(name, ours, Decay);
        using var torchs = Torchs(name, theirs);
        for (var step = 0; step < 20; step++)
        {
            flat.Step(flat.Gradient(Loss(ours, step)), Rate);
            theirs.zero_grad();
            Loss(theirs, step).backward();
            torchs.step();
        }

        // A weight moves by about the rate in each step: what rounding adds up to must stay far below one step.
        foreach (var ((at, mine), (_, their)) in ours.named_parameters().Zip(theirs.named_parameters()))
        {
            Assert.True(mine.allclose(their, rtol: 1e-4, atol: Rate / 100), $"{at}: {(mine - their).abs().max().ToDouble()}");
        }

        using var start = Network();
        Assert.All(ours.named_parameters().Zip(start.named_parameters()), p => Assert.False(p.First.parameter.allclose(p.Second.parameter), p.First.name));
    }

    [Theory]
    [InlineData("adam")]
    [InlineData("adamw")]
    public void Without_a_gradient_decay_moves_matrices_and_kernels_and_leaves_biases_and_norms_alone(string name)
    {
        using var scope = NewDisposeScope();
        using var network = Network();
        using var start = Network();
        using var adam = FlatAdam.Named(name, network, Decay);
        adam.Step(zeros(network.parameters().Sum(p => p.numel())), Rate);
        foreach (var ((at, now), (_, before)) in network.named_parameters().Zip(start.named_parameters()))
        {
            // Adam's first step along a gradient g is rate · g / (|g| + ε), here with g of L2 alone.
            var gradient = before * Decay;
            var moved = name == "adamw" ? before * (1 - (Rate * Decay)) : before - (gradient / (gradient.abs() + 1e-8) * Rate);
            Assert.True(now.allclose(before.dim() >= 2 ? moved : before, atol: 1e-6), at);
        }
    }

    [Theory]
    [InlineData("adam")]
    [InlineData("adamw")]
    public void Saved_and_loaded_it_goes_on_bit_for_bit(string name)
    {
        Assert.Equal(Trained(name, cut: -1), Trained(name, cut: 3));
    }

    [Fact]
    public void A_step_leaves_its_gradient_as_it_was()
    {
        using var scope = NewDisposeScope();
        using var network = Network();
        using var adam = FlatAdam.Named("adam", network, Decay);
        var gradient = adam.Gradient(Loss(network, 0));
        var before = gradient.data<float>().ToArray();
        adam.Step(gradient, Rate);
        Assert.Equal(before, gradient.data<float>().ToArray());
    }

    [Fact]
    public void An_unknown_optimiser_is_refused()
    {
        using var network = new Dense(3, 2);
        Assert.Equal("There is no optimiser 'sgd'; expected adamw or adam.", Assert.Throws<BadInputException>(() => FlatAdam.Named("sgd", network, 0)).Message);
    }

    private static Classifier Network() => ClassifierFactory.Create(new ClassifierShape("default", 3, 1, 16, 16), Address.Of(1));

    private static Tensor Loss(Classifier network, int step)
    {
        using var generator = new Generator((ulong)step);
        return nn.functional.cross_entropy(network.Forward(randn([6, 1, 16, 16], generator: generator)).Logits, tensor(new long[] { 0, 1, 2, 0, 1, 2 }));
    }

    private static OptimizerHelper Torchs(string name, Classifier network)
    {
        var matrices = network.parameters().Where(p => p.dim() >= 2).ToArray();
        var vectors = network.parameters().Where(p => p.dim() < 2).ToArray();
        return name == "adamw"
            ? optim.AdamW([new AdamW.ParamGroup(matrices, Rate, weight_decay: Decay), new AdamW.ParamGroup(vectors, Rate, weight_decay: 0)], Rate)
            : optim.Adam([new Adam.ParamGroup(matrices, Rate, weight_decay: Decay), new Adam.ParamGroup(vectors, Rate, weight_decay: 0)], Rate);
    }

    /// <summary>All weights after six steps; before step <paramref name="cut"/> network and optimiser are made anew from what was saved.</summary>
    private static byte[] Trained(string name, int cut)
    {
        using var scope = NewDisposeScope();
        var network = Network();
        var adam = FlatAdam.Named(name, network, Decay);
        for (var step = 0; step < 6; step++)
        {
            if (step == cut)
            {
                using var saved = new SafeTensors();
                Weights.Save(network, saved, "network.");
                adam.Save(saved, "adam.");
                var bytes = saved.ToBytes();
                adam.Dispose();
                network.Dispose();
                using var read = SafeTensors.Read(bytes, "saved");
                network = ClassifierFactory.Create(new ClassifierShape("default", 3, 1, 16, 16), Address.Of(2));
                Weights.Load(network, read, "saved", "network.");
                adam = FlatAdam.Named(name, network, Decay);
                adam.Load(read, "adam.");
            }

            adam.Step(adam.Gradient(Loss(network, step)), Rate);
        }

        using var end = new SafeTensors();
        Weights.Save(network, end);
        adam.Dispose();
        network.Dispose();
        return end.ToBytes();
    }
}
