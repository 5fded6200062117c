using Fer.Models.Networks;
using Fer.Models.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Fer.Models.Classifiers;

/// <summary>
/// The auditor of what a filter kept: a ConvMixer (Trockman and Kolter 2022). The image is cut into patches of 4×4 pixels, and three blocks, all
/// at that size, mix places by a 3×3 convolution of each channel alone, beside a shortcut, and then channels by a 1×1 convolution. 112 pooled
/// features, 0.05 M weights. After the patches no map shrinks and no convolution mixes places and channels at once, as all do in the other classifiers.
/// Any image of at least 8×8; rows and columns that fill no patch are repeated from the edge.
/// </summary>
/// <remarks>
/// The paper's kernels are 7×7 and 9×9 and its nets deeper; here three kernels of 3×3 patches already see 28 pixels, and the gradient of a larger
/// kernel of one channel takes a processor several times as long. Without the norm after places accuracy on FER2013 was 1.6 points lower (600 steps,
/// one seed, an error of 0.8 on each figure).
/// </remarks>
public sealed class AuditorNet : Classifier
{
    /// <summary>Pooled features, D.</summary>
    public const int Features = 112;

    private const int Patch = 4, Kernel = 3, Depth = 3;

    private readonly Conv patches;
    private readonly BatchNorm patches_norm;
    private readonly TorchSharp.Modules.ModuleList<MixerBlock> blocks;
    private readonly Dense fc;

    internal AuditorNet(ClassifierShape shape, Precision precision) : base(shape)
    {
        patches = new Conv(shape.Channels, Features, Patch, stride: Patch, precision: precision, hasBias: false);
        patches_norm = new BatchNorm(Features);
        blocks = new TorchSharp.Modules.ModuleList<MixerBlock>([.. Enumerable.Range(0, Depth).Select(_ => new MixerBlock(Features, Kernel, precision))]);
        fc = new Dense(Features, shape.Classes);
        RegisterComponents();
    }

    public override ClassifierOutput Forward(Tensor images)
    {
        var whole = nn.functional.pad(images, [0, Missing(images.shape[3]), 0, Missing(images.shape[2])], PaddingModes.Replicate);
        var x = patches_norm.call(nn.functional.relu(patches.call(whole)));
        var mid = x;
        for (var i = 0; i < Depth; i++)
        {
            x = blocks[i].call(x);
            mid = i == Depth / 2 ? x : mid;
        }

        var pool = x.mean([2, 3]);
        return ClassifierOutput.Of(fc.call(pool), pool, mid.mean([2, 3]));
    }

    private static long Missing(long pixels) => (Patch - pixels % Patch) % Patch;
}

/// <summary>A ConvMixer block: places, beside a shortcut, then channels. <c>[N, C, H, W]</c> stays that.</summary>
internal sealed class MixerBlock : nn.Module<Tensor, Tensor>
{
    private readonly DepthwiseConv places;
    private readonly BatchNorm places_norm;
    private readonly Conv channels;
    private readonly BatchNorm channels_norm;

    public MixerBlock(int width, int kernel, Precision precision) : base(nameof(MixerBlock))
    {
        (places, places_norm) = (new DepthwiseConv(width, kernel, precision), new BatchNorm(width));
        (channels, channels_norm) = (new Conv(width, width, 1, precision: precision, hasBias: false), new BatchNorm(width));
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        var x = places_norm.call(nn.functional.relu(places.call(input))).Plus_(input);
        return channels_norm.call(nn.functional.relu(channels.call(x)));
    }
}
