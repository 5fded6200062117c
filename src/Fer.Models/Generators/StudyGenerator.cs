using Fer.Models.Networks;
using Fer.Models.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Fer.Models.Generators;

/// <summary>
/// The study's generator: latent → linear → 64 × S/4 × S/4 → two 4×4 stride-2 transposed convolutions (64 → 64 → 32)
/// with instance norm and ReLU → 4 residual blocks → 7×7 convolution → tanh. The study's knew no classes; told of several, a learned
/// vector for each stands beside the latent (Mirza and Osindero 2014), and all else is the same.
/// </summary>
public sealed class StudyGenerator : GeneratorNetwork
{
    private readonly int start;
    private readonly bool asWritten;
    private readonly TorchSharp.Modules.Parameter? embedding;
    private readonly Dense project;
    private readonly TransposedConv up1;
    private readonly TransposedConv up2;
    private readonly InstanceNorm norm;
    private readonly TorchSharp.Modules.ModuleList<ResidualBlock> blocks;
    private readonly Conv paint;

    /// <param name="shape">S must be a multiple of 4.</param>
    /// <param name="precision">Width of numbers in convolutions.</param>
    /// <param name="instanceNormAsWritten">torch's own instance norm instead of the equal and quicker group norm.</param>
    public StudyGenerator(GanShape shape, Precision precision, bool instanceNormAsWritten = false) : base(nameof(StudyGenerator))
    {
        if (shape.Size % 4 != 0 || shape.Size < 8)
        {
            throw new BadInputException($"Images are {shape.Size} pixels wide: the study's generator draws multiples of 4 from 8 on.");
        }

        start = shape.Size / 4;
        asWritten = instanceNormAsWritten;
        embedding = shape.Classes == 1 ? null : NewParameter.Zeros(shape.Classes, shape.Latent);
        project = new Dense(embedding is null ? shape.Latent : 2 * shape.Latent, 64 * start * start);
        up1 = new TransposedConv(64, 64, 4, 2, 1, precision);
        up2 = new TransposedConv(64, 32, 4, 2, 1, precision);
        norm = new InstanceNorm(instanceNormAsWritten);
        blocks = new([.. Enumerable.Range(0, 4).Select(_ => new ResidualBlock(32, precision, instanceNormAsWritten))]);
        paint = new Conv(32, shape.Channels, 7, 1, 3, precision);
        RegisterComponents();
    }

    public override Tensor forward(Tensor latents, Tensor labels)
    {
        var seed = embedding is null ? latents : cat([latents, embedding.index_select(0, labels)], 1);
        var x = Arranged(project.call(seed).view(-1, 64, start, start));
        x = norm.call(up1.call(x)).relu_();
        x = norm.call(up2.call(x)).relu_();
        foreach (var block in blocks)
        {
            x = block.call(x);
        }

        return paint.call(x).tanh();
    }

    // Without a graph, pixel after pixel with the channels of each side by side: what oneDNN would else bring every layer's input and
    // output from and to. With one, group norm's backward pass takes many times as long in that order; so does torch's instance norm.
    private Tensor Arranged(Tensor x) => is_grad_enabled() || asWritten || x.device_type != DeviceType.CPU
        ? x
        : x.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);

    /// <summary>x + norm(conv(ReLU(norm(conv(x))))), 3×3 (He et al. 2016).</summary>
    private sealed class ResidualBlock : nn.Module<Tensor, Tensor>
    {
        private readonly Conv conv1;
        private readonly Conv conv2;
        private readonly InstanceNorm norm;

        public ResidualBlock(int channels, Precision precision, bool asWritten) : base(nameof(ResidualBlock))
        {
            conv1 = new Conv(channels, channels, 3, 1, 1, precision);
            conv2 = new Conv(channels, channels, 3, 1, 1, precision);
            norm = new InstanceNorm(asWritten);
            RegisterComponents();
        }

        public override Tensor forward(Tensor x) => x.Plus(norm.call(conv2.call(norm.call(conv1.call(x)).relu_())));
    }
}
