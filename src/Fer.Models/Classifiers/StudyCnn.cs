using Fer.Models.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Fer.Models.Classifiers;

/// <summary>
/// The CNN of the published refinement study (<c>napronald/GAN</c>): two 3×3 convolutions with pooling, a hidden layer of 128,
/// no normalisation. Any image of at least 4×4; the study's own is 1×32×32.
/// </summary>
public sealed class StudyCnn : Classifier
{
    private readonly Conv2d conv1;
    private readonly Conv2d conv2;
    private readonly Linear fc1;
    private readonly Linear fc2;

    internal StudyCnn(ClassifierShape shape, Precision precision) : base(shape, precision)
    {
        conv1 = nn.Conv2d(shape.Channels, 32, 3, padding: 1);
        conv2 = nn.Conv2d(32, 64, 3, padding: 1);
        fc1 = nn.Linear(64 * (shape.Height / 4) * (shape.Width / 4), 128);
        fc2 = nn.Linear(128, shape.Classes);
        RegisterComponents();
    }

    public override ClassifierOutput Forward(Tensor images)
    {
        var mid = nn.functional.max_pool2d(nn.functional.relu(Apply(conv1, images)), 2);
        var top = nn.functional.max_pool2d(nn.functional.relu(Apply(conv2, mid)), 2);
        var hidden = nn.functional.relu(fc1.call(top.flatten(1)));
        return ClassifierOutput.Of(fc2.call(hidden), hidden, mid.mean([2, 3]));
    }
}
