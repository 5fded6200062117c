using Fer.Models.Classifiers;
using Fer.Models.Randomness;
using Fer.Models.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Fer.Models.Tests.Training;

public class OptimizersTests
{
    [Fact]
    public void Weight_decay_shrinks_matrices_and_kernels_and_leaves_biases_and_norms_alone()
    {
        using var scope = NewDisposeScope();
        using var network = ClassifierFactory.Create(new ClassifierShape("default", 3, 1, 16, 16), Address.Of(1));
        using var optimizer = Optimizers.Create("adamw", network, 0.1, 0.5);
        var before = network.named_parameters().ToDictionary(p => p.name, p => p.parameter.detach().clone());
        foreach (var parameter in network.parameters())
        {
            parameter.grad = zeros_like(parameter);
        }

        optimizer.step();
        foreach (var (name, parameter) in network.named_parameters())
        {
            var expected = before[name] * (parameter.dim() >= 2 ? 1 - 0.1 * 0.5 : 1);
            Assert.True(expected.allclose(parameter.detach()), name);
        }
    }

    [Theory]
    [InlineData("adam")]
    [InlineData("adamw")]
    public void An_optimisers_state_goes_on_where_it_was_saved(string name)
    {
        using var scope = NewDisposeScope();
        byte[]? state = null;
        var ends = new List<Tensor>();
        for (var cut = 0; cut < 2; cut++)
        {
            using var layer = new Fer.Models.Networks.Dense(3, 2);
            var optimizer = Optimizers.Create(name, layer, 0.1, 0.01);
            for (var step = 0; step < 6; step++)
            {
                if (cut == 1 && step == 3)
                {
                    state = Optimizers.Save(optimizer);
                    optimizer.Dispose();
                    optimizer = Optimizers.Create(name, layer, 0.1, 0.01);
                    Optimizers.Load(optimizer, state);
                }

                layer.zero_grad();
                (layer.call(ones(4, 3)) - step).pow(2).mean().backward();
                optimizer.step();
            }

            ends.Add(layer.weight.detach().clone());
            optimizer.Dispose();
        }

        Assert.NotNull(state);
        Assert.Equal(ends[0].data<float>().ToArray(), ends[1].data<float>().ToArray());
    }

    [Fact]
    public void An_unknown_optimiser_is_refused()
    {
        using var layer = new Fer.Models.Networks.Dense(3, 2);
        Assert.Equal("There is no optimiser 'sgd'; expected adamw or adam.", Assert.Throws<BadInputException>(() => Optimizers.Create("sgd", layer, 0.1, 0)).Message);
    }
}
