using Fer.Models.Classifiers;
using Fer.Models.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace Fer.Models.Evaluation;

/// <summary>
/// Runs a classifier over a set. Batches have one size, the last is filled up with its own last image, so an image's logits
/// have the same bits however many images come after it.
/// </summary>
public static class Evaluator
{
    public const int BatchSize = 64;

    public static int Batches(int images) => (images + BatchSize - 1) / BatchSize;

    /// <summary>Logits of every image, natural order, evaluation mode, no gradient; the mode is put back.</summary>
    public static Predictions Predict(Classifier network, ImageSet images)
    {
        var logits = new List<float>(images.Count * images.Labels.Count);
        for (var batch = 0; batch < Batches(images.Count); batch++)
        {
            logits.AddRange(Logits(network, images, batch));
        }

        return Table(images, logits);
    }

    public static Predictions Predict(Classifier network, TestSet test) => Predict(network, test.Images);

    /// <summary>A judge's features of every image (<see cref="ClassifierOutput.Pool"/> or <see cref="ClassifierOutput.Mid"/>), natural order.</summary>
    public static FeatureTable Features(Classifier network, ImageSet images, string feature)
    {
        var values = Enumerable.Range(0, Batches(images.Count)).SelectMany(b => Features(network, images, feature, b)).ToArray();
        return new FeatureTable(images.Count == 0 ? 1 : values.Length / images.Count, values);
    }

    /// <summary>Logits of one batch of the set, row after row; as many rows as the batch has images.</summary>
    internal static float[] Logits(Classifier network, ImageSet images, int batch) => Run(network, images, batch, o => o.Logits);

    /// <summary>A judge's features of one batch of the set, row after row.</summary>
    internal static float[] Features(Classifier network, ImageSet images, string feature, int batch) =>
        Run(network, images, batch, o => o.Features[feature].to(ScalarType.Float32));

    private static float[] Run(Classifier network, ImageSet images, int batch, Func<ClassifierOutput, Tensor> read)
    {
        var from = batch * BatchSize;
        var count = Math.Min(BatchSize, images.Count - from);
        var places = Enumerable.Range(0, BatchSize).Select(i => from + Math.Min(i, count - 1)).ToArray();
        var wasTraining = network.training;
        network.eval();
        try
        {
            using var quiet = no_grad();
            using var scope = NewDisposeScope();
            var device = network.parameters().First().device;
            var output = read(network.Forward(images.Batch(places).to(device)));
            return output.slice(0, 0, count, 1).cpu().contiguous().data<float>().ToArray();
        }
        finally
        {
            network.train(wasTraining);
        }
    }

    internal static Predictions Table(ImageSet images, IEnumerable<float> logits) => new(
        images.Labels,
        [.. images.Rows.Select(r => r.Id)],
        [.. images.Rows.Select(r => r.Group)],
        [.. images.Rows.Select(r => r.Label)],
        [.. logits]);
}
