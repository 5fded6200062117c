using Fer.Models.Networks;
using Fer.Models.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Fer.Models.Classifiers;

/// <summary>Convolution of each channel alone, odd kernel, size kept, no bias; numbers treated as in <see cref="Conv"/>. <c>weight</c> is <c>[C, 1, k, k]</c>.</summary>
internal sealed class DepthwiseConv : nn.Module<Tensor, Tensor>
{
    private readonly long[] paddings;
    private readonly Precision precision;

    public readonly Parameter weight;

    public DepthwiseConv(int channels, int kernel, Precision precision) : base(nameof(DepthwiseConv))
    {
        paddings = [kernel / 2, kernel / 2];
        this.precision = precision;
        weight = NewParameter.Zeros(channels, 1, kernel, kernel);
        RegisterComponents();
    }

    /// <summary><c>[N, C, H, W]</c> → <c>[N, C, H, W]</c>, Float32.</summary>
    public override Tensor forward(Tensor input) => precision == Precision.Fp32
        ? nn.functional.conv2d(input, weight, null, null, paddings, null, weight.shape[0])
        : nn.functional.conv2d(Conv.Narrow(input), Conv.Narrow(weight), null, null, paddings, null, weight.shape[0]).to(ScalarType.Float32);
}
