using System.Collections.Immutable;
using Fer.Models.Classifiers;
using Fer.Models.Data;
using Fer.Models.Randomness;

namespace Fer.Models.Evaluation;

/// <summary>One classifier on one kind of corrupted test pictures.</summary>
/// <param name="Classifier">Its name.</param>
/// <param name="Corruption">What was done to the pictures.</param>
/// <param name="Strength">1 … 3.</param>
/// <param name="Accuracy">Share of 1.</param>
/// <param name="MacroF1">Share of 1.</param>
/// <param name="Lost">Macro F1 on the pictures as they are minus that, share of 1.</param>
public sealed record RobustnessRow(string Classifier, Corruption Corruption, int Strength, double Accuracy, double MacroF1, double Lost);

/// <summary>What classifiers keep of their figures under noise, blur, contrast and occlusion.</summary>
public static class Robustness
{
    /// <summary>
    /// Each classifier on each corruption and strength, in this order. Pictures are corrupted once, so all classifiers see the same ones.
    /// </summary>
    /// <param name="classifiers">Names, each once, and classifiers with the test set's classes and size.</param>
    /// <param name="test">The pictures as they are.</param>
    /// <param name="address">Where noise and places are drawn.</param>
    public static ImmutableArray<RobustnessRow> Table(IReadOnlyList<(string Name, TrainedClassifier Classifier)> classifiers, TestSet test, Address address)
    {
        foreach (var (name, classifier) in classifiers)
        {
            classifier.CheckFits(test.Images, name, "The test set");
        }

        var clean = classifiers.Select(c => Evaluator.Predict(c.Classifier.Network, test)).ToArray();
        var cells =
            from corruption in Corruptions.All
            from strength in Enumerable.Range(1, Corruptions.Strengths)
            let pictures = Corruptions.Apply(test, corruption, strength, address)
            from c in Enumerable.Range(0, classifiers.Count)
            select (c, Row: Row(classifiers[c].Name, corruption, strength, clean[c], Evaluator.Predict(classifiers[c].Classifier.Network, pictures)));
        return [.. cells.OrderBy(cell => cell.c).Select(cell => cell.Row)];
    }

    /// <summary>A row from predictions for the pictures as they are and for the corrupted ones.</summary>
    public static RobustnessRow Row(string classifier, Corruption corruption, int strength, Predictions clean, Predictions corrupted)
    {
        Bootstrap.CheckSameImages(clean, corrupted);
        var metrics = Metrics.Of(corrupted);
        return new RobustnessRow(classifier, corruption, strength, metrics.Accuracy, metrics.MacroF1, Metrics.Of(clean).MacroF1 - metrics.MacroF1);
    }

    /// <summary>
    /// The table by stable names: <c>NAME.noise-1.accuracy</c>, <c>NAME.noise-1.macroF1</c> …, and <c>NAME.corrupted.macroF1</c>, <c>NAME.corrupted.lost</c>, the means over
    /// all corruptions and strengths.
    /// </summary>
    public static IEnumerable<(string Name, double Value)> Figures(IEnumerable<RobustnessRow> rows)
    {
        foreach (var classifier in rows.GroupBy(r => r.Classifier, StringComparer.Ordinal))
        {
            foreach (var row in classifier)
            {
                var name = FormattableString.Invariant($"{row.Classifier}.{row.Corruption.ToString().ToLowerInvariant()}-{row.Strength}");
                yield return (name + ".accuracy", row.Accuracy);
                yield return (name + ".macroF1", row.MacroF1);
            }

            yield return (classifier.Key + ".corrupted.macroF1", classifier.Average(r => r.MacroF1));
            yield return (classifier.Key + ".corrupted.lost", classifier.Average(r => r.Lost));
        }
    }
}
