using Fer.Models.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Fer.Models.Networks;

/// <summary>
/// The convolutional part of VGG19 (Simonyan, Zisserman 2015) under PyTorch's names, <c>features.0.weight</c> to
/// <c>features.34.bias</c>: <c>[N, 1 or 3, H, W]</c> in [−1, 1] → <c>[N, 512, H/32, W/32]</c>. Grey images are
/// repeated to three channels. Weights come from a file by <see cref="Weights.Load"/>; a classifier's further weights
/// in it are not looked at.
/// </summary>
public sealed class Vgg19Features : nn.Module<Tensor, Tensor>
{
    // Channels of each convolution, 0 for a 2×2 maximum pool.
    private static readonly int[] Plan = [64, 64, 0, 128, 128, 0, 256, 256, 256, 256, 0, 512, 512, 512, 512, 0, 512, 512, 512, 512, 0];

    // ImageNet's, by channel, for images in [0, 1].
    private static readonly float[] Mean = [0.485f, 0.456f, 0.406f];
    private static readonly float[] Deviation = [0.229f, 0.224f, 0.225f];

    private readonly TorchSharp.Modules.Sequential features;
    private readonly bool normalise;

    /// <param name="normalise">Take images from [−1, 1] to the mean and deviation that ImageNet's had in training; off: as they are.</param>
    /// <param name="precision">Width of numbers in convolutions.</param>
    public Vgg19Features(bool normalise, Precision precision = Precision.Fp32) : base(nameof(Vgg19Features))
    {
        this.normalise = normalise;
        List<nn.Module<Tensor, Tensor>> layers = [];
        var channels = 3;
        foreach (var next in Plan)
        {
            if (next == 0)
            {
                layers.Add(nn.MaxPool2d(2, 2));
                continue;
            }

            layers.Add(new Conv(channels, next, 3, 1, 1, precision));
            layers.Add(nn.ReLU());
            channels = next;
        }

        features = nn.Sequential(layers.ToArray());
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        var x = input.shape[1] == 1 ? input.expand(-1, 3, -1, -1) : input;
        if (normalise)
        {
            var mean = tensor(Mean, device: input.device).view(1, 3, 1, 1);
            var deviation = tensor(Deviation, device: input.device).view(1, 3, 1, 1);
            x = (x.PlusNumber(1).TimesNumber(0.5) - mean) / deviation;
        }

        return features.call(x);
    }
}

/// <summary>
/// Three 4×4 stride-2 convolutions with LeakyReLU 0.2 whose weights stay as they were drawn: <c>[N, C, H, W]</c> →
/// <c>[N, 128, H/8, W/8]</c>. Random features of this kind keep edges and their places (Saxe et al. 2011), have seen no
/// label, and share nothing with any network that filters or judges.
/// </summary>
public sealed class RandomFeatures : nn.Module<Tensor, Tensor>
{
    private readonly Conv conv1;
    private readonly Conv conv2;
    private readonly Conv conv3;

    public RandomFeatures(int channels, Precision precision = Precision.Fp32) : base(nameof(RandomFeatures))
    {
        conv1 = new Conv(channels, 32, 4, 2, 1, precision);
        conv2 = new Conv(32, 64, 4, 2, 1, precision);
        conv3 = new Conv(64, 128, 4, 2, 1, precision);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        var x = conv1.call(input).LeakyRelu(0.2);
        x = conv2.call(x).LeakyRelu(0.2);
        return conv3.call(x).LeakyRelu(0.2);
    }
}
