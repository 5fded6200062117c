using Fer.Models.Data;
using Fer.Models.Randomness;
using Fer.Models.Training;
using TorchSharp;

namespace Fer.Models.Tests.Generators;

public class GanBatchesTests
{
    private static readonly GanSettings Settings = Tiny.Settings with { BatchSize = 400, Flip = false };

    /// <summary>Real images are black and kept ones white, so that a batch shows where each place came from.</summary>
    private static ImageSet Flat(string name, byte value, params int[] perClass)
    {
        var labels = perClass.SelectMany((count, label) => Enumerable.Repeat(label, count)).ToArray();
        var pixels = new byte[labels.Length * 64];
        Array.Fill(pixels, value);
        return new ImageSet(Tiny.Classes, 1, 8, 8, labels.Select((label, i) => new ImageRow($"{name}{i}", label, $"{name}{i}", name)), pixels);
    }

    private static double ShareOfKept(string feedback)
    {
        var batches = new GanBatches(Settings with { Feedback = feedback }, Flat("real", 0, 3, 3, 3), Flat("kept", 255, 9, 9, 9), null);
        var here = Address.Of(1);
        using var images = batches.Images(batches.Classes(here), here);
        return (images.mean().ToDouble() + 1) / 2;
    }

    [Fact]
    public void Kept_images_reach_the_gan_only_as_far_as_the_setting_says()
    {
        Assert.Equal(0, ShareOfKept("0"));
        Assert.Equal(0.25, ShareOfKept("0.25"), 1e-6);
        Assert.Equal(0.75, ShareOfKept("all"), 0.07);
    }

    [Fact]
    public void Balanced_batches_show_rare_classes_as_often_as_others()
    {
        double Rare(bool balance) => new GanBatches(Settings with { Balance = balance }, Flat("real", 0, 2, 18, 20), null, null).Classes(Address.Of(2)).Count(c => c == 0) / 400.0;

        Assert.Equal(1 / 3.0, Rare(balance: true), 0.07);
        Assert.Equal(1 / 20.0, Rare(balance: false), 0.04);
    }

    [Fact]
    public void A_gan_of_one_class_sees_that_class_alone_and_calls_it_zero()
    {
        var batches = new GanBatches(Settings with { Kind = "per-class" }, Flat("real", 0, 5, 5, 5), null, 1);

        var classes = batches.Classes(Address.Of(3));

        Assert.All(classes, c => Assert.Equal(1, c));
        using var labels = batches.Labels(classes);
        Assert.Equal(0, labels.max().ToInt64());
    }

    [Fact]
    public void Half_of_the_images_are_mirrored()
    {
        var pixels = new byte[64];
        pixels[0] = 255;
        var one = new ImageSet(Tiny.Classes, 1, 8, 8, [new ImageRow("r", 0, "r", "r")], pixels);
        var batches = new GanBatches(Settings with { Flip = true }, one, null, null);

        using var images = batches.Images(batches.Classes(Address.Of(4)), Address.Of(4));

        var left = images[torch.TensorIndex.Colon, 0, 0, 0].add(1).div(2).mean().ToDouble();
        var right = images[torch.TensorIndex.Colon, 0, 0, 7].add(1).div(2).mean().ToDouble();
        Assert.Equal(0.5, left, 0.1);
        Assert.Equal(1, left + right, 1e-5);
    }
}
