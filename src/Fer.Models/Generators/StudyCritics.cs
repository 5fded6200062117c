using Fer.Models.Networks;
using Fer.Models.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Fer.Models.Generators;

/// <summary>
/// The study's critic made right for WGAN-GP: 4×4 stride-2 convolutions C → 64 → 128 → 256 with LeakyReLU 0.2, then one
/// convolution over what is left. No batch norm, since the penalty is per image, and no sigmoid, since a Wasserstein
/// critic's score is unbounded (Gulrajani et al. 2017). The study's knew no classes; told of several, the product of the features with the
/// class's own vector is added to the score (projection, Miyato and Koyama 2018).
/// </summary>
public sealed class CorrectCritic : CriticNetwork
{
    private readonly StridedFeatures features;
    private readonly Conv judge;
    private readonly TorchSharp.Modules.Parameter? embedding;

    /// <param name="shape">S must be a multiple of 8.</param>
    /// <param name="precision">Width of numbers in convolutions.</param>
    public CorrectCritic(GanShape shape, Precision precision) : base(nameof(CorrectCritic))
    {
        features = new StridedFeatures(shape, 64, precision);
        judge = new Conv(256, 1, shape.Size / 8, 1, 0, precision);
        embedding = shape.Classes == 1 ? null : NewParameter.Zeros(shape.Classes, judge.weight.numel());
        RegisterComponents();
    }

    public override Tensor forward(Tensor images, Tensor labels)
    {
        var x = features.call(images);
        var score = judge.call(x).view(-1);
        return embedding is null ? score : score.Plus((x.flatten(1) * embedding.index_select(0, labels)).sum(1));
    }

    public override Tensor InputGradient(Tensor images, Tensor labels) => features.InputGradient(images, embedding is null
        ? judge.weight.expand(images.shape[0], -1, -1, -1)
        : embedding.index_select(0, labels).view([-1, .. judge.weight.shape[1..]]).Plus(judge.weight));
}

/// <summary>
/// The study's critic as it was: <see cref="CorrectCritic"/> with batch norm after the second and third convolution, as
/// DCGAN has it, and a final sigmoid. Both are mistakes in WGAN-GP; it is here for comparison. The batch's own statistics
/// are always used: nobody evaluates a critic, so none are tracked.
/// </summary>
public sealed class StudyCritic : CriticNetwork
{
    private readonly Conv conv1;
    private readonly Conv conv2;
    private readonly BatchNorm norm2;
    private readonly Conv conv3;
    private readonly BatchNorm norm3;
    private readonly Conv judge;

    /// <param name="shape">S must be a multiple of 8.</param>
    /// <param name="precision">Width of numbers in convolutions.</param>
    public StudyCritic(GanShape shape, Precision precision) : base(nameof(StudyCritic))
    {
        StridedFeatures.Check(shape);
        conv1 = new Conv(shape.Channels, 64, 4, 2, 1, precision);
        conv2 = new Conv(64, 128, 4, 2, 1, precision);
        norm2 = new BatchNorm(128);
        conv3 = new Conv(128, 256, 4, 2, 1, precision);
        norm3 = new BatchNorm(256);
        judge = new Conv(256, 1, shape.Size / 8, 1, 0, precision);
        RegisterComponents();
    }

    public override bool HasBatchStatistics => true;

    public override Tensor forward(Tensor images, Tensor labels)
    {
        var x = conv1.call(images).LeakyRelu(0.2);
        x = norm2.call(conv2.call(x)).LeakyRelu(0.2);
        x = norm3.call(conv3.call(x)).LeakyRelu(0.2);
        return judge.call(x).view(-1).sigmoid();
    }

    /// <summary>
    /// Written out layer by layer, back from the score. Batch norm's statistics, unlike LeakyReLU's slopes, change with the
    /// weights: so all of it carries a graph.
    /// </summary>
    public override Tensor InputGradient(Tensor images, Tensor labels)
    {
        var first = conv1.call(images);
        var (second, normal2, rate2) = norm2.Parts(conv2.call(first.LeakyRelu(0.2)));
        var (third, normal3, rate3) = norm3.Parts(conv3.call(second.LeakyRelu(0.2)));
        var score = judge.call(third.LeakyRelu(0.2)).sigmoid();
        var back = (score - score.Squared()) * judge.weight;
        back = conv3.Transposed(norm3.Back(back * Slope(third), normal3, rate3));
        back = conv2.Transposed(norm2.Back(back * Slope(second), normal2, rate2));
        return conv1.Transposed(back * Slope(first));
    }

    private static Tensor Slope(Tensor x) => StridedFeatures.Slope(x.detach());

    private sealed class BatchNorm : nn.Module<Tensor, Tensor>
    {
        private readonly TorchSharp.Modules.Parameter weight;
        private readonly TorchSharp.Modules.Parameter bias;

        public BatchNorm(int channels) : base(nameof(BatchNorm))
        {
            weight = NewParameter.Ones(channels);
            bias = NewParameter.Zeros(channels);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) => nn.functional.batch_norm(input, null, null, weight, bias, training: true);

        /// <summary>The layer's output, its input normalised, and by what factor a channel was scaled for that.</summary>
        public (Tensor Output, Tensor Normal, Tensor Rate) Parts(Tensor input)
        {
            var centred = input.Minus(Mean(input));
            var rate = Mean(centred.Squared()).PlusNumber(1e-5).rsqrt();
            var normal = centred * rate;
            return (Over(bias).PlusProduct(normal, Over(weight)), normal, rate);
        }

        /// <summary>What a gradient at the output is at the input.</summary>
        public Tensor Back(Tensor gradient, Tensor normal, Tensor rate) =>
            gradient.Minus(Mean(gradient)).Minus(normal * Mean(gradient * normal)) * (rate * Over(weight));

        private static Tensor Mean(Tensor x) => x.mean([0, 2, 3], keepdim: true);

        private static Tensor Over(Tensor channels) => channels.view(1, -1, 1, 1);
    }
}
