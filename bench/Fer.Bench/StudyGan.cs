using Fer.Models.Files;
using Fer.Models.Generators;
using Fer.Models.Networks;
using Fer.Models.Randomness;
using Fer.Models.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Fer.Bench;

/// <summary>
/// The study's WGAN-GP at its own size, as <see cref="GanTraining"/> trains it, without what only a run needs (draws by
/// address, averaged weights, curve): what stands beside <c>bench/pytorch/study.py</c>, so that either norm may be taken.
/// </summary>
internal sealed class StudyGan : IDisposable
{
    public const int Size = 32;
    public const int Latent = 100;
    public const int Batch = 64;
    public const int CriticSteps = 5;
    private const double Penalty = 10;

    private readonly StudyGenerator generator;
    private readonly CriticNetwork critic;
    private readonly FlatAdam generatorAdam;
    private readonly FlatAdam criticAdam;
    private readonly Tensor images;
    private readonly Generator draws = new(1);

    /// <param name="norm"><c>instance</c> (torch's own) or <c>group</c> (ours in its place).</param>
    /// <param name="critic"><c>study</c> or <c>correct</c>.</param>
    /// <param name="precision">Width of numbers in convolutions.</param>
    public StudyGan(string norm, string critic, Precision precision)
    {
        var shape = new GanShape(Size, 1, 1, Latent, 16);
        generator = new StudyGenerator(shape, precision, instanceNormAsWritten: norm == "instance");
        this.critic = CriticNetwork.Create(critic, shape, precision);
        generator.Initialise(Address.Of(1).At("generator"));
        this.critic.Initialise(Address.Of(1).At("critic"));
        generatorAdam = new FlatAdam(generator, 0.5, 0.99);
        criticAdam = new FlatAdam(this.critic, 0.5, 0.99);
        images = rand([1000, 1, Size, Size], generator: draws).mul_(2).sub_(1).DetachFromDisposeScope();
    }

    /// <summary>Five critic steps and one generator step.</summary>
    public void Round()
    {
        using var scope = NewDisposeScope();
        var labels = zeros(Batch, ScalarType.Int64);
        for (var k = 0; k < CriticSteps; k++)
        {
            using var inner = NewDisposeScope();
            var real = images.index_select(0, randint(images.shape[0], [Batch], ScalarType.Int64, generator: draws));
            var share = rand([Batch, 1, 1, 1], generator: draws);
            var loss = CriticLoss(real, randn([Batch, Latent], generator: draws), share, labels);
            criticAdam.Step(criticAdam.Gradient(loss), 1e-4);
            Check(loss);
        }

        var last = Wasserstein.GeneratorLoss(critic, generator.call(randn([Batch, Latent], generator: draws), labels), labels);
        generatorAdam.Step(generatorAdam.Gradient(last), 3e-4);
        Check(last);
    }

    /// <summary>Weights and one batch, for the other side to compute the same from.</summary>
    public SafeTensors Export()
    {
        using var scope = NewDisposeScope();
        var file = new SafeTensors();
        Weights.Save(generator, file, "generator.");
        Weights.Save(critic, file, "critic.");
        return file.Add("real", images.narrow(0, 0, Batch)).Add("latents", randn([Batch, Latent], generator: draws)).Add("share", rand([Batch, 1, 1, 1], generator: draws));
    }

    /// <summary>
    /// Numbers of weights, losses, and lengths of gradients, of a batch that <see cref="Export"/> gave. In fp64, so that what
    /// differs from the other side is mathematics; no round can follow.
    /// </summary>
    public Dictionary<string, double> Figures(SafeTensors batch)
    {
        using var scope = NewDisposeScope();
        generator.to(ScalarType.Float64);
        critic.to(ScalarType.Float64);
        var labels = zeros(Batch, ScalarType.Int64);
        var latents = batch["latents"].to(ScalarType.Float64);
        var onCritic = CriticLoss(batch["real"].to(ScalarType.Float64), latents, batch["share"].to(ScalarType.Float64), labels);
        var result = Part("critic", critic, onCritic);
        var onGenerator = Wasserstein.GeneratorLoss(critic, generator.call(latents, labels), labels);
        return result.Concat(Part("generator", generator, onGenerator)).ToDictionary();
    }

    private static Dictionary<string, double> Part(string name, nn.Module network, Tensor loss)
    {
        var parameters = network.parameters().ToArray();
        loss.backward(inputs: parameters);
        return new()
        {
            [name + ".weights"] = parameters.Sum(p => p.numel()),
            [name + ".loss"] = loss.ToDouble(),
            [name + ".gradient"] = cat([.. parameters.Select(p => p.grad!.flatten())], 0).norm().ToDouble(),
        };
    }

    private Tensor CriticLoss(Tensor real, Tensor latents, Tensor share, Tensor labels)
    {
        Tensor fake;
        using (no_grad())
        {
            fake = generator.call(latents, labels);
        }

        return Wasserstein.CriticLoss(critic, real, fake, labels, share, Penalty).Loss;
    }

    private static void Check(Tensor loss)
    {
        if (!double.IsFinite(loss.ToDouble()))
        {
            throw new InvalidOperationException("Losses are not finite.");
        }
    }

    public void Dispose()
    {
        generator.Dispose();
        critic.Dispose();
        generatorAdam.Dispose();
        criticAdam.Dispose();
        images.Dispose();
        draws.Dispose();
    }
}
