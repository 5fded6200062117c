using Fer.Models.Networks;
using Fer.Models.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Fer.Models.Generators;

/// <summary>
/// Our generator: latent and class embedding → linear → 4w × S/8 × S/8 → two 4×4 stride-2 transposed convolutions
/// (4w → 4w → 2w), each after class-conditional group norm and ReLU. The picture is the sum of what a coarse painter
/// reads off at S/4 and a fine one at S/2, each a 3×3 convolution whose channels are the pixels of a small square
/// (sub-pixel convolution, Shi et al. 2016), and tanh. Nothing is computed at S × S, where a convolution to few channels
/// is by far the slowest part on a processor.
/// </summary>
public sealed class DefaultGenerator : GeneratorNetwork
{
    private const int Groups = 8;
    private readonly int start;
    private readonly int width;
    private readonly Parameter embedding;
    private readonly Dense project;
    private readonly ClassNorm norm1;
    private readonly TransposedConv up1;
    private readonly ClassNorm norm2;
    private readonly TransposedConv up2;
    private readonly ClassNorm norm3;
    private readonly Conv paintCoarse;
    private readonly Conv paintFine;

    /// <param name="shape">S must be a multiple of 8, and so must the width.</param>
    /// <param name="precision">Width of numbers in convolutions.</param>
    public DefaultGenerator(GanShape shape, Precision precision) : base(nameof(DefaultGenerator))
    {
        if (shape.Size % 8 != 0)
        {
            throw new BadInputException($"Images are {shape.Size} pixels wide: the default generator draws multiples of 8.");
        }

        start = shape.Size / 8;
        width = shape.Width;
        embedding = NewParameter.Zeros(shape.Classes, shape.Latent);
        project = new Dense(2 * shape.Latent, 4 * width * start * start);
        norm1 = new ClassNorm(4 * width, Groups, shape.Classes);
        up1 = new TransposedConv(4 * width, 4 * width, 4, 2, 1, precision);
        norm2 = new ClassNorm(4 * width, Groups, shape.Classes);
        up2 = new TransposedConv(4 * width, 2 * width, 4, 2, 1, precision);
        norm3 = new ClassNorm(2 * width, Groups, shape.Classes);
        paintCoarse = new Conv(4 * width, 16 * shape.Channels, 3, 1, 1, precision);
        paintFine = new Conv(2 * width, 4 * shape.Channels, 3, 1, 1, precision);
        RegisterComponents();
    }

    public override Tensor forward(Tensor latents, Tensor labels)
    {
        var seed = cat([latents, embedding.index_select(0, labels)], 1);
        var x = project.call(seed).view(-1, 4 * width, start, start);
        x = up1.call(norm1.call(x, labels).relu_());
        x = norm2.call(x, labels).relu_();
        var coarse = nn.functional.pixel_shuffle(paintCoarse.call(x), 4);
        x = norm3.call(up2.call(x), labels).relu_();
        return coarse.Plus(nn.functional.pixel_shuffle(paintFine.call(x), 2)).tanh();
    }
}
