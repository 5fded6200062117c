using Fer.Models.Networks;
using Fer.Models.Training;
using static TorchSharp.torch;

namespace Fer.Models.Classifiers;

/// <summary>
/// The CNN of the published refinement study (<c>napronald/GAN</c>): two 3×3 convolutions with pooling, a hidden layer of 128,
/// no normalisation. Any image of at least 4×4; the study's own is 1×32×32.
/// </summary>
public sealed class StudyCnn : Classifier
{
    private readonly Conv conv1;
    private readonly Conv conv2;
    private readonly Dense fc1;
    private readonly Dense fc2;

    internal StudyCnn(ClassifierShape shape, Precision precision) : base(shape)
    {
        conv1 = new Conv(shape.Channels, 32, 3, padding: 1, precision: precision);
        conv2 = new Conv(32, 64, 3, padding: 1, precision: precision);
        fc1 = new Dense(64 * (shape.Height / 4) * (shape.Width / 4), 128);
        fc2 = new Dense(128, shape.Classes);
        RegisterComponents();
    }

    public override ClassifierOutput Forward(Tensor images)
    {
        var low = nn.functional.max_pool2d(nn.functional.relu(conv1.call(images)), 2);
        var top = nn.functional.max_pool2d(nn.functional.relu(conv2.call(low)), 2);
        var hidden = nn.functional.relu(fc1.call(top.flatten(1)));

        // Of four layers the second is the middle one, too.
        return ClassifierOutput.Of(fc2.call(hidden), hidden, top.mean([2, 3]));
    }
}
