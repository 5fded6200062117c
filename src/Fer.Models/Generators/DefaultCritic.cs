using Fer.Models.Networks;
using Fer.Models.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Fer.Models.Generators;

/// <summary>
/// Our critic: 4×4 stride-2 convolutions C → w → 2w → 4w with LeakyReLU 0.2, then a linear score and, added to it, the
/// product of the features with the class's own vector (projection, Miyato and Koyama 2018). The features keep their
/// places, since faces are aligned. No norm looks at more than one image and nothing bounds the score.
/// </summary>
public sealed class DefaultCritic : CriticNetwork
{
    private readonly StridedFeatures features;
    private readonly Dense judge;
    private readonly Parameter embedding;
    private readonly long[] top;

    /// <param name="shape">S must be a multiple of 8.</param>
    /// <param name="precision">Width of numbers in convolutions.</param>
    public DefaultCritic(GanShape shape, Precision precision) : base(nameof(DefaultCritic))
    {
        features = new StridedFeatures(shape, shape.Width, precision);
        top = [-1, 4 * shape.Width, shape.Size / 8, shape.Size / 8];
        var length = (int)(top[1] * top[2] * top[3]);
        judge = new Dense(length, 1);
        embedding = NewParameter.Zeros(shape.Classes, length);
        RegisterComponents();
    }

    public override Tensor forward(Tensor images, Tensor labels)
    {
        var x = features.call(images).flatten(1);
        return judge.call(x).view(-1).Plus((x * embedding.index_select(0, labels)).sum(1));
    }

    public override Tensor InputGradient(Tensor images, Tensor labels) =>
        features.InputGradient(images, judge.weight.Plus(embedding.index_select(0, labels)).view(top));
}
