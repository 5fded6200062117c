using Fer.Models.Networks;
using Fer.Models.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Fer.Models.Generators;

/// <summary>
/// The body of a critic: three 4×4 stride-2 convolutions with LeakyReLU 0.2, <c>[B, C, S, S]</c> → w → 2w →
/// <c>[B, 4w, S/8, S/8]</c>.
/// </summary>
internal sealed class StridedFeatures : nn.Module<Tensor, Tensor>
{
    private const float Leak = 0.2f;
    private readonly Conv conv1;
    private readonly Conv conv2;
    private readonly Conv conv3;

    public StridedFeatures(GanShape shape, int width, Precision precision) : base(nameof(StridedFeatures))
    {
        Check(shape);
        conv1 = new Conv(shape.Channels, width, 4, 2, 1, precision);
        conv2 = new Conv(width, 2 * width, 4, 2, 1, precision);
        conv3 = new Conv(2 * width, 4 * width, 4, 2, 1, precision);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        var x = conv1.call(input).LeakyRelu(Leak);
        x = conv2.call(x).LeakyRelu(Leak);
        return conv3.call(x).LeakyRelu(Leak);
    }

    /// <summary>
    /// The gradient of (<paramref name="top"/> · features) by the input, <c>[B, C, S, S]</c>, differentiable by the weights
    /// and by <paramref name="top"/>, <c>[B, 4w, S/8, S/8]</c>.
    /// </summary>
    public Tensor InputGradient(Tensor input, Tensor top)
    {
        // LeakyReLU has no second derivative: on which side of zero each of its inputs lies is a constant here.
        Tensor slope1, slope2, slope3;
        using (no_grad())
        {
            var x = conv1.call(input);
            slope1 = Slope(x);
            x = conv2.call(x * slope1);
            slope2 = Slope(x);
            slope3 = Slope(conv3.call(x * slope2));
        }

        return conv1.Transposed(conv2.Transposed(conv3.Transposed(top * slope3) * slope2) * slope1);
    }

    public static void Check(GanShape shape)
    {
        if (shape.Size % 8 != 0)
        {
            throw new BadInputException($"Images are {shape.Size} pixels wide: critics read multiples of 8.");
        }
    }

    /// <summary>LeakyReLU's derivative, by element.</summary>
    public static Tensor Slope(Tensor x) => where(x.IsPositive(), 1f, Leak);
}
