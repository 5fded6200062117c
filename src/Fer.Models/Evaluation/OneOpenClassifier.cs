using Fer.Models.Classifiers;
using Fer.Models.Data;
using Fer.Models.Training;

namespace Fer.Models.Evaluation;

/// <summary>Many stored classifiers of which one is in memory at a time, the one asked for last.</summary>
/// <param name="classifiers">Names, each once, and stored weights.</param>
/// <param name="images">What they are to fit: classes, channels, size.</param>
/// <param name="compute">Device and precision.</param>
internal sealed class OneOpenClassifier(IReadOnlyList<(string Name, byte[] Weights)> classifiers, ImageSet images, Compute compute) : IDisposable
{
    private (int Index, TrainedClassifier Classifier)? open;

    /// <summary>The network of that place; it is this object's to dispose of.</summary>
    public Classifier At(int index)
    {
        if (open?.Index != index)
        {
            open?.Classifier.Dispose();
            open = null;
            var (name, weights) = classifiers[index];
            var classifier = TrainedClassifier.Read(weights, name, compute);
            open = (index, classifier);
            classifier.CheckFits(images, name, "The test set");
        }

        return open!.Value.Classifier.Network;
    }

    public void Dispose() => open?.Classifier.Dispose();
}
