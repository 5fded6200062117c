using System.Collections.Immutable;

namespace Fer.Models.Evaluation;

/// <summary>A bin of the reliability diagram.</summary>
/// <param name="Count">Images in it.</param>
/// <param name="Confidence">Mean probability of the top label.</param>
/// <param name="Accuracy">Share of images whose top label is right.</param>
/// <param name="From">Least confidence in it.</param>
/// <param name="To">Greatest confidence in it.</param>
public sealed record ReliabilityBin(int Count, double Confidence, double Accuracy, double From, double To);

/// <summary>How far a classifier's probabilities can be believed, and one number that mends them.</summary>
public static class Calibration
{
    public const int Bins = 15;

    /// <summary>Bounds of a fitted temperature: beyond them a small set says nothing.</summary>
    public const double LeastTemperature = 0.1, GreatestTemperature = 10;

    private const double GoldenRatio = 0.61803398874989484820;

    /// <summary>
    /// The temperature that makes the table's likelihood greatest (Guo et al. 2017): golden-section search over its inverse, in which
    /// the loss is convex. <paramref name="prior"/>, the class shares that the classifier was trained on, matters when
    /// they differ from the table's: probabilities are then first moved to the table's own shares.
    /// </summary>
    public static double FitTemperature(Predictions predictions, ImmutableArray<double> prior = default)
    {
        if (predictions.Count == 0)
        {
            throw new ArgumentException("There is no prediction to fit a temperature to.", nameof(predictions));
        }

        var shift = PriorShift(predictions, prior);
        var (low, high) = (1 / GreatestTemperature, 1 / LeastTemperature);
        var (a, b) = (high - (high - low) * GoldenRatio, low + (high - low) * GoldenRatio);
        var (lossA, lossB) = (LossAt(predictions, shift, a), LossAt(predictions, shift, b));
        for (var i = 0; i < 60; i++)
        {
            if (lossA <= lossB)
            {
                (high, b, lossB) = (b, a, lossA);
                a = high - (high - low) * GoldenRatio;
                lossA = LossAt(predictions, shift, a);
            }
            else
            {
                (low, a, lossA) = (a, b, lossB);
                b = low + (high - low) * GoldenRatio;
                lossB = LossAt(predictions, shift, b);
            }
        }

        return 2 / (low + high);
    }

    /// <summary>
    /// Images sorted by the probability of their top label (equal ones by place) and cut into 15 bins whose sizes differ by at most one;
    /// fewer bins where there are fewer images.
    /// </summary>
    public static ImmutableArray<ReliabilityBin> Reliability(Predictions predictions, double[][] probabilities)
    {
        var tops = probabilities.Select(p => Probabilities.Top<double>(p)).ToArray();
        var order = Enumerable.Range(0, tops.Length).OrderBy(i => probabilities[i][tops[i]]).ToArray();
        var bins = ImmutableArray.CreateBuilder<ReliabilityBin>();
        for (var bin = 0; bin < Bins; bin++)
        {
            var members = order[(int)((long)order.Length * bin / Bins)..(int)((long)order.Length * (bin + 1) / Bins)];
            if (members.Length > 0)
            {
                var confidence = members.Select(i => probabilities[i][tops[i]]).ToArray();
                bins.Add(new ReliabilityBin(
                    members.Length, confidence.Average(), members.Average(i => tops[i] == predictions.Truth[i] ? 1.0 : 0.0), confidence[0], confidence[^1]));
            }
        }

        return bins.ToImmutable();
    }

    /// <summary>Mean distance between confidence and accuracy over bins, by their images.</summary>
    public static double Error(ImmutableArray<ReliabilityBin> bins) =>
        bins.Sum(b => b.Count * Math.Abs(b.Accuracy - b.Confidence)) / bins.Sum(b => b.Count);

    /// <summary>Mean −ln p(truth), nats; a probability of 0 counts as the least positive double.</summary>
    public static double LogLoss(Predictions predictions, double[][] probabilities) =>
        probabilities.Select((p, i) => -Math.Log(Math.Max(p[predictions.Truth[i]], double.Epsilon))).Average();

    /// <summary>Mean over images of Σ (p − truth)².</summary>
    public static double Brier(Predictions predictions, double[][] probabilities) =>
        probabilities.Select((p, i) => p.Select((v, k) => Math.Pow(v - (k == predictions.Truth[i] ? 1 : 0), 2)).Sum()).Average();

    private static double[] PriorShift(Predictions predictions, ImmutableArray<double> prior)
    {
        var shift = new double[predictions.Labels.Count];
        if (!prior.IsDefault)
        {
            for (var k = 0; k < shift.Length; k++)
            {
                var share = predictions.Truth.Count(t => t == k) / (double)predictions.Count;
                shift[k] = share > 0 && prior[k] > 0 ? Math.Log(share / prior[k]) : 0;
            }
        }

        return shift;
    }

    private static double LossAt(Predictions predictions, double[] shift, double inverse)
    {
        var sum = 0.0;
        var scores = new double[shift.Length];
        for (var i = 0; i < predictions.Count; i++)
        {
            var logits = predictions.LogitsOf(i);
            for (var k = 0; k < scores.Length; k++)
            {
                scores[k] = logits[k] * inverse + shift[k];
            }

            var top = scores.Max();
            sum += top + Math.Log(scores.Sum(s => Math.Exp(s - top))) - scores[predictions.Truth[i]];
        }

        return sum / predictions.Count;
    }
}
