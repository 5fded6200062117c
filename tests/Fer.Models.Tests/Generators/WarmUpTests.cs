using Fer.Models.Files;
using Fer.Models.Networks;
using Fer.Models.Randomness;
using Fer.Models.Training;

namespace Fer.Models.Tests.Generators;

public class WarmUpTests
{
    private static WarmUp Work(string kind, int steps, byte[]? checkpoint = null, byte[]? weights = null, int size = 16) =>
        new(Tiny.Settings with { WarmUp = kind, WarmUpSteps = steps, GeneratorLearningRate = 2e-3 }, Tiny.Images(size: size), null, 5, weights, Compute.Cpu, Adjustments.None, checkpoint);

    [Theory]
    [InlineData("moments")]
    [InlineData("perceptual")]
    public void A_warm_up_lowers_its_loss_and_training_goes_on_from_it(string kind)
    {
        var result = Tiny.Run(Work(kind, 60));

        var losses = Curve.Read(result.Files["curve"]).Rows.Select(r => r[1]).ToArray();
        Assert.True(losses[^6..].Average() < 0.8 * losses[..6].Average(), $"{losses[..6].Average()} → {losses[^6..].Average()}");
        using var gan = Tiny.Gan(Tiny.Settings, initial: result.Files["gan"]);
        gan.Advance();
        Assert.Equal(1, gan.Position);
    }

    [Theory]
    [InlineData("moments")]
    [InlineData("perceptual")]
    public void A_warm_up_that_is_cut_and_resumed_gives_the_same_bits(string kind)
    {
        Tiny.AssertSame(Tiny.Run(Work(kind, 5)), Tiny.RunCut(checkpoint => Work(kind, 5, checkpoint), 1, 4));
    }

    [Fact]
    public void Vgg19s_weights_are_used_where_they_are_given()
    {
        using var vgg = new Vgg19Features(normalise: false);
        Weights.Initialise(vgg, Address.Of(4));
        using var file = new SafeTensors();
        Weights.Save(vgg, file);

        var result = Tiny.Run(Work("perceptual", 1, weights: file.ToBytes(), size: 32));

        Assert.NotEqual(Tiny.Run(Work("perceptual", 1, size: 32)).Figures["loss"], result.Figures["loss"]);
    }

    [Fact]
    public void Weights_of_another_network_are_refused()
    {
        using var file = new SafeTensors();
        file.Add("conv1.weight", TorchSharp.torch.ones(2, 2));

        Assert.Contains("holds weights of another network: it has no 'features.0.weight'", Assert.Throws<BadInputException>(() => Work("perceptual", 1, weights: file.ToBytes())).Message);
    }

    [Fact]
    public void Moments_of_a_whole_batch_refuse_micro_batches()
    {
        Assert.Throws<NotSupportedException>(() => new WarmUp(Tiny.Settings with { WarmUp = "moments" }, Tiny.Images(), null, 5, null, Compute.Cpu, new Adjustments([new Adjustment(0, 1, 2)]), null));
    }
}
