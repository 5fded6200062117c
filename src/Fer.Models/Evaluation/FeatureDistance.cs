using Fer.Models.Classifiers;
using Fer.Models.Data;
using Fer.Models.Networks;
using Fer.Models.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Fer.Models.Evaluation;

/// <summary>
/// Distance of an image to the nearest of many faces in the middle layer of a network that neither judges nor measures: late layers are trained to forget whose face it
/// is. Each feature is brought to mean 0 and deviation 1 over the faces; the distance is the root mean square difference, the lesser of the image and its mirror image.
/// </summary>
public sealed class FeatureDistance : IDisposable
{
    private readonly TrainedClassifier network;
    private readonly Tensor mean, deviation, faces;

    /// <param name="network">A classifier's file.</param>
    /// <param name="faces">The faces to search, at least one.</param>
    /// <param name="compute">Device and precision.</param>
    public FeatureDistance(byte[] network, ImageSet faces, Compute compute)
    {
        this.network = TrainedClassifier.Read(network, "The network behind near copies", compute);
        try
        {
            this.network.CheckFits(faces, "the network behind near copies", "The training set");
            using var quiet = no_grad();
            using var scope = NewDisposeScope();
            var rows = Evaluator.Features(this.network.Network, faces, ClassifierOutput.Mid).ToTensor();
            mean = rows.mean([0], keepdim: true).DetachFromDisposeScope();
            deviation = (rows - mean).Squared().mean([0], keepdim: true).sqrt().AtLeast(1e-6).DetachFromDisposeScope();
            this.faces = ((rows - mean) / deviation).DetachFromDisposeScope();
        }
        catch
        {
            this.network.Dispose();
            throw;
        }
    }

    public static int Batches(int queries) => Evaluator.Batches(queries);

    /// <summary>For each image of one batch of the set the distance to the nearest face.</summary>
    public double[] Nearest(ImageSet queries, int batch)
    {
        network.CheckFits(queries, "the network behind near copies", "The set of candidates");
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        var from = batch * Evaluator.BatchSize;
        var some = queries.Select([.. Enumerable.Range(from, Math.Min(Evaluator.BatchSize, queries.Count - from))]);
        return [.. Distances(some).Zip(Distances(Mirrored(some)), Math.Min)];
    }

    /// <summary>All images of a set.</summary>
    public IReadOnlyList<double> Nearest(ImageSet queries) => [.. Enumerable.Range(0, Batches(queries.Count)).SelectMany(b => Nearest(queries, b))];

    // By differences, not by products: rounding would give a copy a distance.
    private double[] Distances(ImageSet images)
    {
        var rows = (Evaluator.Features(network.Network, images, ClassifierOutput.Mid).ToTensor() - mean) / deviation;
        var nearest = cdist(rows, faces, 2.0, compute_mode.donot_use_mm_for_euclid_dist).amin(1);
        return nearest.OverNumber(Math.Sqrt(faces.shape[1])).data<double>().ToArray();
    }

    private static ImageSet Mirrored(ImageSet images)
    {
        var pixels = images.Pixels.ToArray();
        for (var row = 0; row < pixels.Length; row += images.Width)
        {
            Array.Reverse(pixels, row, images.Width);
        }

        return new ImageSet(images.Labels, images.Channels, images.Height, images.Width, images.Rows, pixels);
    }

    public void Dispose()
    {
        network.Dispose();
        mean.Dispose();
        deviation.Dispose();
        faces.Dispose();
    }
}
