using Fer.Models.Networks;
using Fer.Models.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Fer.Models.Classifiers;

/// <summary>
/// The judge of generated faces: a plain stack of five convolutions with max pooling between them (Simonyan and Zisserman 2015), without
/// normalisation, shortcut or hidden layer. Its 96 features are the means of 24 channels over each quarter of the face, so they still
/// know an eye from a mouth; 0.08 M weights. Any image of at least 8×8.
/// </summary>
/// <remarks>
/// Chosen on 2,000 of FER2013's training faces, five classes, 32×32, by 4,000 others of them: after 400 steps, means over the whole face cost
/// 2 points of accuracy against quarters, with group normalisation 6. Group normalisation itself gained 1 point beside quarters: within the error of
/// two such figures, 0.8 each.
/// </remarks>
public sealed class JudgeNet : Classifier
{
    private const int Top = 24;

    /// <summary>Pooled features, D.</summary>
    public const int Features = 4 * Top;

    private readonly Conv conv1, conv2, conv3, conv4, conv5;
    private readonly Dense fc;

    internal JudgeNet(ClassifierShape shape, Precision precision) : base(shape)
    {
        // Half the image's size at once: on a processor the widest maps cost most.
        conv1 = new Conv(shape.Channels, 32, 5, stride: 2, padding: 2, precision);
        conv2 = new Conv(32, 32, 3, padding: 1, precision: precision);
        conv3 = new Conv(32, 64, 3, padding: 1, precision: precision);
        conv4 = new Conv(64, 64, 3, padding: 1, precision: precision);
        conv5 = new Conv(64, Top, 3, padding: 1, precision: precision);
        fc = new Dense(Features, shape.Classes);
        RegisterComponents();
    }

    public override ClassifierOutput Forward(Tensor images)
    {
        var low = Halve(Layer(Layer(images, conv1), conv2));
        var mid = Layer(Layer(low, conv3), conv4);
        var pool = Quarters(Layer(Halve(mid), conv5));
        return ClassifierOutput.Of(fc.call(pool), pool, mid.mean([2, 3]));
    }

    private static Tensor Layer(Tensor x, Conv conv) => nn.functional.relu(conv.call(x));

    private static Tensor Halve(Tensor x) => nn.functional.max_pool2d(x, 2);

    /// <summary>Means over each quarter, <c>[N, C, H, W]</c> → <c>[N, 4C]</c>; of an odd size the middle is in both halves.</summary>
    /// <remarks>By slices: the gradient of torch's adaptive pooling is added up in no fixed order on a GPU.</remarks>
    private static Tensor Quarters(Tensor x)
    {
        var (height, width) = (x.shape[2], x.shape[3]);
        Tensor Quarter(int down, int right) =>
            x.narrow(2, down * (height / 2), (height + 1) / 2).narrow(3, right * (width / 2), (width + 1) / 2).mean([2, 3]);
        return cat([Quarter(0, 0), Quarter(0, 1), Quarter(1, 0), Quarter(1, 1)], 1);
    }
}
