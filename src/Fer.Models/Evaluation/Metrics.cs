using System.Collections.Immutable;

namespace Fer.Models.Evaluation;

/// <summary>One class's row of a metrics table; rates in 0 … 1.</summary>
/// <param name="Name">The class.</param>
/// <param name="Count">Images of it in the set.</param>
/// <param name="Predicted">Images taken for it.</param>
/// <param name="Precision">Share of those that are right.</param>
/// <param name="Recall">Share of its images that were found.</param>
/// <param name="F1">Harmonic mean of the two.</param>
/// <param name="Auroc">Chance that an image of it gets a higher probability of it than one of another class; null when one side has none.</param>
/// <param name="InMeans">Whether it counts in macro means.</param>
public sealed record ClassMetrics(string Name, int Count, int Predicted, double Precision, double Recall, double F1, double? Auroc, bool InMeans);

/// <summary>
/// Every figure of a <see cref="Predictions"/> table; pure. Macro means leave out classes with fewer than
/// <see cref="MinimumImages"/> images, and <see cref="LeftOut"/> names them; were all that small, those with any image count.
/// </summary>
public sealed record Metrics
{
    /// <summary>A class with fewer images than this says too little to weigh as much as the others.</summary>
    public const int MinimumImages = 5;

    public required int Count { get; init; }

    public required double Accuracy { get; init; }

    public required double MacroPrecision { get; init; }

    public required double MacroRecall { get; init; }

    public required double MacroF1 { get; init; }

    /// <summary>Mean over classes of one-against-rest areas under the ROC curve, from softmax probabilities, ties as halves; null when no class has one.</summary>
    public required double? MacroAuroc { get; init; }

    public required ImmutableArray<ClassMetrics> Classes { get; init; }

    /// <summary>Classes with too few images for the macro means.</summary>
    public required ImmutableArray<string> LeftOut { get; init; }

    /// <summary>Images by truth (rows) and prediction (columns).</summary>
    public required int[][] Confusion { get; init; }

    /// <summary>Expected calibration error of the top label, 15 bins of equal mass.</summary>
    public required double CalibrationError { get; init; }

    /// <summary>Mean negative log-likelihood, nats.</summary>
    public required double Nll { get; init; }

    /// <summary>Mean over images of the squared distance between probabilities and truth, 0 … 2 (Brier 1950).</summary>
    public required double Brier { get; init; }

    /// <summary>Bins of the reliability diagram.</summary>
    public required ImmutableArray<ReliabilityBin> Reliability { get; init; }

    /// <param name="predictions">At least one row.</param>
    /// <param name="temperature">Logits are divided by it before probabilities are made: changes calibration figures and, a little, AUROC.</param>
    public static Metrics Of(Predictions predictions, double temperature = 1)
    {
        if (predictions.Count == 0)
        {
            throw new ArgumentException("There is no prediction to measure.", nameof(predictions));
        }

        var confusion = Evaluation.Confusion.Of(predictions);
        var probabilities = Probabilities.Of(predictions, temperature);
        var inMeans = InMeans(predictions);
        ImmutableArray<ClassMetrics> classes =
        [
            .. Enumerable.Range(0, confusion.Classes).Select(k => new ClassMetrics(
                predictions.Labels[k], confusion.Truth(k), confusion.Predicted(k),
                confusion.Precision(k), confusion.Recall(k), confusion.F1(k), Auroc.OneVsRest(predictions, probabilities, k), inMeans[k])),
        ];
        var counted = classes.Where(c => c.InMeans).ToArray();
        var areas = counted.Where(c => c.Auroc is not null).Select(c => c.Auroc!.Value).ToArray();
        var reliability = Calibration.Reliability(predictions, probabilities);
        return new Metrics
        {
            Count = predictions.Count,
            Accuracy = confusion.Accuracy,
            MacroPrecision = counted.Average(c => c.Precision),
            MacroRecall = counted.Average(c => c.Recall),
            MacroF1 = counted.Average(c => c.F1),
            MacroAuroc = areas.Length == 0 ? null : areas.Average(),
            Classes = classes,
            LeftOut = [.. classes.Where(c => c.Count < MinimumImages).Select(c => c.Name)],
            Confusion = confusion.Rows(),
            CalibrationError = Calibration.Error(reliability),
            Nll = Calibration.LogLoss(predictions, probabilities),
            Brier = Calibration.Brier(predictions, probabilities),
            Reliability = reliability,
        };
    }

    /// <summary>Mean negative log-likelihood alone, nats.</summary>
    public static double LogLoss(Predictions predictions) => Calibration.LogLoss(predictions, Probabilities.Of(predictions));

    /// <summary>Which classes count in macro means: a function of the truth alone, so it is the same for every arm.</summary>
    public static bool[] InMeans(Predictions predictions)
    {
        var counts = new int[predictions.Labels.Count];
        foreach (var label in predictions.Truth)
        {
            counts[label]++;
        }

        var least = counts.Any(c => c >= MinimumImages) ? MinimumImages : 1;
        return [.. counts.Select(c => c >= least)];
    }

    /// <summary>The headline figures by their stable names.</summary>
    public IEnumerable<(string Name, double Value)> Figures()
    {
        yield return ("accuracy", Accuracy);
        yield return ("macroPrecision", MacroPrecision);
        yield return ("macroRecall", MacroRecall);
        yield return ("macroF1", MacroF1);
        if (MacroAuroc is { } area)
        {
            yield return ("auroc", area);
        }

        yield return ("calibrationError", CalibrationError);
        yield return ("nll", Nll);
        yield return ("brier", Brier);
    }
}
