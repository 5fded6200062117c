using Fer.Models.Networks;
using Fer.Models.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Fer.Models.Generators;

/// <summary>
/// Our generator: latent and class embedding → linear → 4w × S/8 × S/8 → three times (upsample to twice the size,
/// 3×3 convolution, class-conditional group norm, ReLU; 4w → 4w → 2w → w) → 3×3 convolution → tanh.
/// Nearest upsampling before a convolution leaves no chequered pattern (Odena et al. 2016) and is cheap on a processor.
/// </summary>
public sealed class DefaultGenerator : GeneratorNetwork
{
    private readonly int start;
    private readonly int width;
    private readonly Parameter embedding;
    private readonly Dense project;
    private readonly ClassNorm norm0;
    private readonly Conv conv1;
    private readonly ClassNorm norm1;
    private readonly Conv conv2;
    private readonly ClassNorm norm2;
    private readonly Conv conv3;
    private readonly ClassNorm norm3;
    private readonly Conv paint;

    /// <param name="shape">S must be a multiple of 8, the width of 8.</param>
    /// <param name="precision">Width of numbers in convolutions.</param>
    public DefaultGenerator(GanShape shape, Precision precision) : base(nameof(DefaultGenerator))
    {
        if (shape.Size % 8 != 0)
        {
            throw new BadInputException($"Images are {shape.Size} pixels wide: the default generator draws multiples of 8.");
        }

        start = shape.Size / 8;
        width = shape.Width;
        embedding = new Parameter(zeros(shape.Classes, shape.Latent));
        project = new Dense(2 * shape.Latent, 4 * width * start * start);
        norm0 = new ClassNorm(4 * width, 4, shape.Classes);
        conv1 = new Conv(4 * width, 4 * width, 3, 1, 1, precision);
        norm1 = new ClassNorm(4 * width, 4, shape.Classes);
        conv2 = new Conv(4 * width, 2 * width, 3, 1, 1, precision);
        norm2 = new ClassNorm(2 * width, 4, shape.Classes);
        conv3 = new Conv(2 * width, width, 3, 1, 1, precision);
        norm3 = new ClassNorm(width, 4, shape.Classes);
        paint = new Conv(width, shape.Channels, 3, 1, 1, precision);
        RegisterComponents();
    }

    public override Tensor forward(Tensor latents, Tensor labels)
    {
        var seed = cat([latents, embedding.index_select(0, labels)], 1);
        var x = project.call(seed).view(-1, 4 * width, start, start);
        x = norm0.call(x, labels).relu_();
        x = norm1.call(conv1.call(Twice(x)), labels).relu_();
        x = norm2.call(conv2.call(Twice(x)), labels).relu_();
        x = norm3.call(conv3.call(Twice(x)), labels).relu_();
        return paint.call(x).tanh();
    }

    private static Tensor Twice(Tensor x) => nn.functional.interpolate(x, [x.shape[2] * 2, x.shape[3] * 2], mode: InterpolationMode.Nearest);
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
        embedding = new Parameter(zeros(shape.Classes, features));
        RegisterComponents();
    }

    public override Tensor forward(Tensor images, Tensor labels)
    {
        var x = nn.functional.leaky_relu(conv1.call(images), 0.2);
        x = nn.functional.leaky_relu(conv2.call(x), 0.2);
        x = nn.functional.leaky_relu(conv3.call(x), 0.2).flatten(1);
        return judge.call(x).view(-1) + (x * embedding.index_select(0, labels)).sum(1);
    }
}
