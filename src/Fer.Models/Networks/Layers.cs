using Fer.Models.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Fer.Models.Networks;

/// <summary>
/// 2-D convolution whose weights are fp32 and whose arithmetic has the width asked for: with <see cref="Precision.Bf16"/>
/// input and weights are rounded on the way in and the result is widened again, so that norms, losses and optimisers
/// see fp32. Weights start empty: <see cref="Weights.Initialise"/> fills them by address.
/// <c>weight</c> is <c>[out, in, k, k]</c> and <c>bias</c> is <c>[out]</c>, PyTorch's names.
/// </summary>
public sealed class Conv : nn.Module<Tensor, Tensor>
{
    private readonly long[] strides;
    private readonly long[] paddings;
    private readonly Precision precision;

    public readonly Parameter weight;
    public readonly Parameter? bias;

    public Conv(int input, int output, int kernel, int stride = 1, int padding = 0, Precision precision = Precision.Fp32, bool hasBias = true)
        : base(nameof(Conv))
    {
        strides = [stride, stride];
        paddings = [padding, padding];
        this.precision = precision;
        weight = NewParameter.Zeros(output, input, kernel, kernel);
        bias = hasBias ? NewParameter.Zeros(output) : null;
        RegisterComponents();
    }

    /// <summary><c>[N, in, H, W]</c> → <c>[N, out, H′, W′]</c>, Float32.</summary>
    public override Tensor forward(Tensor input)
    {
        if (precision == Precision.Bf16)
        {
            return nn.functional.conv2d(Narrow(input), Narrow(weight), bias is null ? null : Narrow(bias), strides, paddings).to(ScalarType.Float32);
        }

        if (input.device_type == DeviceType.CPU && weight.shape[2] > 1)
        {
            if (weight.shape[0] <= FewChannels.Most && strides[0] == 1 && paddings[0] > 0)
            {
                return FewChannels.To(input, weight, bias, paddings[0]);
            }

            // Without a gradient by the input torch's own is the quicker one.
            if (weight.shape[1] <= FewChannels.Most && input.requires_grad)
            {
                return FewChannels.From(input, weight, bias, strides[0], paddings[0]);
            }
        }

        return nn.functional.conv2d(input, weight, bias, strides, paddings);
    }

    /// <summary>
    /// The layer's transpose: what a gradient at the output, <c>[N, out, H′, W′]</c>, is at the input. Written with the
    /// weights as an ordinary transposed convolution, so it can be differentiated by them as any other layer.
    /// </summary>
    public Tensor Transposed(Tensor gradient)
    {
        if (precision == Precision.Bf16)
        {
            return nn.functional.conv_transpose2d(Narrow(gradient), Narrow(weight), null, strides, paddings).to(ScalarType.Float32);
        }

        return gradient.device_type == DeviceType.CPU && weight.shape[1] <= FewChannels.Most
            ? FewChannels.Transposed(gradient, weight, strides[0], paddings[0])
            : nn.functional.conv_transpose2d(gradient, weight, null, strides, paddings);
    }

    internal static Tensor Narrow(Tensor tensor) => tensor.to(ScalarType.BFloat16);
}

/// <summary>
/// Transposed 2-D convolution, with the same treatment of numbers as <see cref="Conv"/>.
/// <c>weight</c> is <c>[in, out, k, k]</c>.
/// </summary>
public sealed class TransposedConv : nn.Module<Tensor, Tensor>
{
    private readonly long[] strides;
    private readonly long[] paddings;
    private readonly Precision precision;

    public readonly Parameter weight;
    public readonly Parameter bias;

    public TransposedConv(int input, int output, int kernel, int stride, int padding, Precision precision = Precision.Fp32)
        : base(nameof(TransposedConv))
    {
        strides = [stride, stride];
        paddings = [padding, padding];
        this.precision = precision;
        weight = NewParameter.Zeros(input, output, kernel, kernel);
        bias = NewParameter.Zeros(output);
        RegisterComponents();
    }

    /// <summary><c>[N, in, H, W]</c> → <c>[N, out, H′, W′]</c>, Float32.</summary>
    public override Tensor forward(Tensor input) => precision == Precision.Fp32
        ? nn.functional.conv_transpose2d(input, weight, bias, strides, paddings)
        : nn.functional.conv_transpose2d(Conv.Narrow(input), Conv.Narrow(weight), Conv.Narrow(bias), strides, paddings).to(ScalarType.Float32);
}

/// <summary>Fully connected layer, fp32: <c>weight</c> is <c>[out, in]</c>, <c>bias</c> is <c>[out]</c>. Starts empty, as <see cref="Conv"/> does.</summary>
public sealed class Dense : nn.Module<Tensor, Tensor>
{
    public readonly Parameter weight;
    public readonly Parameter bias;

    public Dense(int input, int output) : base(nameof(Dense))
    {
        weight = NewParameter.Zeros(output, input);
        bias = NewParameter.Zeros(output);
        RegisterComponents();
    }

    /// <summary><c>[N, in]</c> → <c>[N, out]</c>.</summary>
    public override Tensor forward(Tensor input) => nn.functional.linear(input, weight, bias);
}
