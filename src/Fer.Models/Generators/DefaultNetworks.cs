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
        return (coarse + nn.functional.pixel_shuffle(paintFine.call(x), 2)).tanh();
    }
}

/// <summary>
/// Our critic: 4×4 stride-2 convolutions C → w → 2w → 4w with LeakyReLU 0.2, then a linear score and, added to it, the
/// product of the features with the class's own vector (projection, Miyato and Koyama 2018). The features keep their
/// places, since faces are aligned. No norm looks at more than one image and nothing bounds the score.
/// </summary>
public sealed class DefaultCritic : CriticNetwork
{
    private readonly Conv conv1;
    private readonly Conv conv2;
    private readonly Conv conv3;
    private readonly Dense judge;
    private readonly Parameter embedding;

    /// <param name="shape">S must be a multiple of 8.</param>
    /// <param name="precision">Width of numbers in convolutions.</param>
    public DefaultCritic(GanShape shape, Precision precision) : base(nameof(DefaultCritic))
    {
        if (shape.Size % 8 != 0)
        {
            throw new BadInputException($"Images are {shape.Size} pixels wide: the default critic reads multiples of 8.");
        }

        var features = 4 * shape.Width * (shape.Size / 8) * (shape.Size / 8);
        conv1 = new Conv(shape.Channels, shape.Width, 4, 2, 1, precision);
        conv2 = new Conv(shape.Width, 2 * shape.Width, 4, 2, 1, precision);
        conv3 = new Conv(2 * shape.Width, 4 * shape.Width, 4, 2, 1, precision);
        judge = new Dense(features, 1);
        embedding = NewParameter.Zeros(shape.Classes, features);
        RegisterComponents();
    }

    public override Tensor forward(Tensor images, Tensor labels)
    {
        var x = nn.functional.leaky_relu(conv1.call(images), 0.2);
        x = nn.functional.leaky_relu(conv2.call(x), 0.2);
        x = nn.functional.leaky_relu(conv3.call(x), 0.2).flatten(1);
        return judge.call(x).view(-1) + (x * embedding.index_select(0, labels)).sum(1);
    }

    public override Tensor InputGradient(Tensor images, Tensor labels)
    {
        // LeakyReLU has no second derivative: where each layer's input is above zero is a constant of the gradient.
        Tensor slope1, slope2, slope3;
        using (no_grad())
        {
            var x = conv1.call(images);
            slope1 = Slope(x);
            x = conv2.call(x * slope1);
            slope2 = Slope(x);
            slope3 = Slope(conv3.call(x * slope2));
        }

        var top = (judge.weight + embedding.index_select(0, labels)).view(slope3.shape);
        return conv1.Transposed(conv2.Transposed(conv3.Transposed(top * slope3) * slope2) * slope1);
    }

    private static Tensor Slope(Tensor x) => where(x > 0, 1f, 0.2f);
}
