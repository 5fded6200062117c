using System.Collections.Frozen;
using TorchSharp;
using Fer.Models.Networks;
using static TorchSharp.torch;

namespace Fer.Models.Classifiers;

/// <summary>What a classifier is built from; written beside its weights.</summary>
/// <param name="Network">Name that <see cref="ClassifierFactory"/> knows.</param>
/// <param name="Classes">K, number of logits.</param>
/// <param name="Channels">C, 1 for grey.</param>
/// <param name="Height">H, pixels.</param>
/// <param name="Width">W, pixels.</param>
public sealed record ClassifierShape(string Network, int Classes, int Channels, int Height, int Width);

/// <summary>What a classifier says of a batch.</summary>
/// <param name="Logits"><c>[B, K]</c>, Float32.</param>
/// <param name="Features">
/// Named features, Float32: <c>pool</c>, <c>[B, D]</c>, what the last linear layer (or its hidden layer) reads after pooling;
/// <c>mid</c>, <c>[B, M]</c>, a middle layer averaged over places, which still knows more of the face than of the expression.
/// </param>
public sealed record ClassifierOutput(Tensor Logits, FrozenDictionary<string, Tensor> Features)
{
    public const string Pool = "pool";

    public const string Mid = "mid";

    internal static ClassifierOutput Of(Tensor logits, Tensor pool, Tensor mid) =>
        new(logits, new Dictionary<string, Tensor> { [Pool] = pool, [Mid] = mid }.ToFrozenDictionary());
}

/// <summary>A network that names the expression on a face: images <c>[B, C, H, W]</c> in [−1, 1] to logits.</summary>
public abstract class Classifier : nn.Module
{
    protected Classifier(ClassifierShape shape) : base(shape.Network) => Shape = shape;

    public ClassifierShape Shape { get; }

    /// <summary>Whether an image's logits in training depend on its batch: such a network's batches cannot be cut into micro-batches.</summary>
    public bool HasBatchStatistics => modules().Any(m => m is BatchNorm);

    /// <summary>Logits and features; tensors belong to the caller's dispose scope.</summary>
    public abstract ClassifierOutput Forward(Tensor images);
}
