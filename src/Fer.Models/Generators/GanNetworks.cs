using Fer.Models.Networks;
using Fer.Models.Randomness;
using Fer.Models.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Fer.Models.Generators;

/// <summary>What decides the shape of a GAN's two networks, besides their kind.</summary>
/// <param name="Size">Height and width of an image, in pixels.</param>
/// <param name="Channels">1 grey, 3 colour.</param>
/// <param name="Classes">Classes the networks tell apart; 1 for a GAN of one class.</param>
/// <param name="Latent">Length of a latent vector.</param>
/// <param name="Width">Channels of the default networks at full size, roughly; the study's networks have their own.</param>
public sealed record GanShape(int Size, int Channels, int Classes, int Latent, int Width);

/// <summary>Draws images: latents <c>[B, Z]</c> and labels <c>[B]</c> (Int64) → <c>[B, C, S, S]</c> in [−1, 1].</summary>
public abstract class GeneratorNetwork(string name) : nn.Module<Tensor, Tensor, Tensor>(name)
{
    /// <summary>First weights, by address.</summary>
    public virtual void Initialise(Address address) => Weights.Initialise(this, address);

    /// <summary>The generator of that name: <c>default</c> or <c>study</c>.</summary>
    public static GeneratorNetwork Create(string name, GanShape shape, Precision precision) => name switch
    {
        "default" => new DefaultGenerator(shape, precision),
        "study" => new StudyGenerator(shape, precision),
        _ => throw new BadInputException($"There is no generator '{name}': expected default or study."),
    };
}

/// <summary>Scores images: <c>[B, C, S, S]</c> in [−1, 1] and labels <c>[B]</c> (Int64) → <c>[B]</c>, higher for what looks real.</summary>
public abstract class CriticNetwork(string name) : nn.Module<Tensor, Tensor, Tensor>(name)
{
    /// <summary>An image's score depends on the rest of its batch: such a critic's batches cannot be cut into micro-batches.</summary>
    public virtual bool HasBatchStatistics => false;

    /// <summary>First weights, by address.</summary>
    public virtual void Initialise(Address address) => Weights.Initialise(this, address);

    /// <summary>
    /// d score / d image for each image of a batch, <c>[B, C, S, S]</c>, differentiable by the weights. Here by torch's own
    /// backward pass with a graph of its own; a critic that can write its gradient out does so, since the second
    /// derivative of a strided convolution is several times slower than the first of the same written as a layer.
    /// </summary>
    public virtual Tensor InputGradient(Tensor images, Tensor labels)
    {
        var at = images.detach().requires_grad_();
        return autograd.grad([call(at, labels).sum()], [at], retain_graph: true, create_graph: true)[0];
    }

    /// <summary>The critic of that name: <c>default</c>, <c>correct</c> or <c>study</c>.</summary>
    public static CriticNetwork Create(string name, GanShape shape, Precision precision) => name switch
    {
        "default" => new DefaultCritic(shape, precision),
        "correct" => new CorrectCritic(shape, precision),
        "study" => new StudyCritic(shape, precision),
        _ => throw new BadInputException($"There is no critic '{name}': expected default, correct or study."),
    };
}
