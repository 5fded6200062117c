using Fer.Models.Data;
using Fer.Models.Files;
using Fer.Models.Networks;
using Fer.Models.Randomness;
using TorchSharp;
using static TorchSharp.torch;

namespace Fer.Models.Training;

/// <summary>What a warm-up pulls generated images towards.</summary>
internal interface IWarmUpLoss : IDisposable
{
    /// <summary>A scalar with a graph for a batch of generated images that are all of one class, beside real ones of that class.</summary>
    Tensor Loss(Tensor fake, Tensor real, int label);
}

/// <summary>
/// The study's: L1 between the features of generated and of unpaired real images. The features are VGG19's where a
/// weights file is given, else <see cref="RandomFeatures"/>. It gives something like a face at once, and pulls every image
/// to one median face.
/// </summary>
internal sealed class PerceptualLoss : IWarmUpLoss
{
    private readonly nn.Module<Tensor, Tensor> features;

    public PerceptualLoss(GanSettings settings, int channels, byte[]? weights, Address address, Compute compute)
    {
        if (weights is null)
        {
            features = new RandomFeatures(channels, compute.Precision);
            Weights.Initialise(features, address);
        }
        else
        {
            var name = settings.WarmUpWeights.Length > 0 ? settings.WarmUpWeights : "The warm-up's weights file";
            features = new Vgg19Features(settings.WarmUpNormalise, compute.Precision);
            using var file = WeightsFile.Read(weights, name);
            Weights.Load(features, file, name);
        }

        features.to(compute.Device);
        foreach (var parameter in features.parameters())
        {
            parameter.requires_grad = false;
        }
    }

    public Tensor Loss(Tensor fake, Tensor real, int label)
    {
        Tensor wanted;
        using (no_grad())
        {
            wanted = features.call(real);
        }

        return (features.call(fake) - wanted).abs().mean();
    }

    public void Dispose() => features.Dispose();
}

/// <summary>
/// Means and covariances of each class: the generated batch's mean and deviation of every pixel, and its covariance on an
/// 8×8 grid, are drawn to those of all real images of the class (L1). Unlike the perceptual loss it asks for variety.
/// </summary>
internal sealed class MomentsLoss : IWarmUpLoss
{
    private const int Grid = 8;
    private readonly Dictionary<int, (Tensor Mean, Tensor Deviation, Tensor Covariance)> real = [];

    public MomentsLoss(ImageSet images, IEnumerable<int> classes, Compute compute)
    {
        foreach (var label in classes)
        {
            using var scope = NewDisposeScope();
            using var quiet = no_grad();
            var (mean, deviation, covariance) = Moments(images.Batch(images.IndicesOf(label)));
            real[label] = (Keep(mean), Keep(deviation), Keep(covariance));
        }

        Tensor Keep(Tensor tensor) => tensor.to(compute.Device).clone().DetachFromDisposeScope();
    }

    public Tensor Loss(Tensor fake, Tensor realBatch, int label)
    {
        var (mean, deviation, covariance) = Moments(fake);
        var wanted = real[label];
        return (mean - wanted.Mean).abs().mean().Plus((deviation - wanted.Deviation).abs().mean()).Plus((covariance - wanted.Covariance).abs().mean());
    }

    private static (Tensor Mean, Tensor Deviation, Tensor Covariance) Moments(Tensor images)
    {
        var mean = images.mean([0]);
        var deviation = (images - mean).Squared().mean([0]).PlusNumber(1e-4).sqrt();
        var coarse = nn.functional.adaptive_avg_pool2d(images, [Grid, Grid]).flatten(1);
        coarse -= coarse.mean([0]);
        return (mean, deviation, coarse.t().mm(coarse).OverNumber(images.shape[0]));
    }

    public void Dispose()
    {
        foreach (var (mean, deviation, covariance) in real.Values)
        {
            mean.Dispose();
            deviation.Dispose();
            covariance.Dispose();
        }
    }
}
