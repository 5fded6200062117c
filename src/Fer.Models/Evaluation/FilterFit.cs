using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Fer.Models.Data;

namespace Fer.Models.Evaluation;

/// <summary>Where margins of real faces lie: an image's margin is the probability of its class less that of the next likeliest.</summary>
/// <param name="Low">20th percentile, 0 … 1.</param>
/// <param name="High">80th percentile, 0 … 1.</param>
public readonly record struct MarginBand(double Low, double High);

/// <summary>What was fitted for a filter; the content of its file.</summary>
/// <param name="Classes">Class names in label order.</param>
/// <param name="Temperature">Divides the teacher's logits.</param>
/// <param name="Prior">Class shares that the teacher was trained on; divided out.</param>
/// <param name="Thresholds">Least confidence per class, 0 … 1.</param>
/// <param name="Correct">Rightly named real faces behind each threshold.</param>
/// <param name="Pooled">Classes whose threshold comes from all classes together, having too few such faces.</param>
/// <param name="NearCopy">An image nearer than this to a training face is a near copy, distance of <see cref="FaceDistance"/>.</param>
public sealed record FilterFit(
    ImmutableArray<string> Classes,
    double Temperature,
    ImmutableArray<double> Prior,
    ImmutableArray<double> Thresholds,
    ImmutableArray<int> Correct,
    ImmutableArray<string> Pooled,
    double NearCopy)
{
    private const double BandLow = 0.2, BandHigh = 0.8;

    /// <summary>A class with fewer rightly named real faces has no quantile of its own.</summary>
    public const int MinimumCorrect = 10;

    /// <summary>How images are judged, as <see cref="FilterSettings.Rule"/> says. Files of before there were rules have none: they went by quantile.</summary>
    public string Rule { get; init; } = FilterSettings.ByQuantile;

    /// <summary>Whether what can be told from real faces is rejected, as <see cref="FilterSettings.Realism"/> says.</summary>
    public string Realism { get; init; } = "off";

    /// <summary>
    /// Margins per class that the rule <c>band</c> lets pass (Askari-Hemmat 2024: neither what the classifier is sure of nor what it cannot tell teaches it much). Files of
    /// before there were rules have none.
    /// </summary>
    public ImmutableArray<MarginBand> Bands { get; init; } = [];

    /// <summary>An image nearer than this to a training face in <see cref="FeatureDistance"/> is a near copy, too; null: those features are not looked at.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? NearCopyFeatures { get; init; }

    /// <summary>
    /// Thresholds from the teacher's logits on real faces that it was not trained on, and from those faces' distances to the training faces.
    /// A class with fewer than <see cref="MinimumCorrect"/> rightly named faces takes the quantile of all classes' together; were none named rightly at all,
    /// every threshold is 1 / K, which the greatest of K probabilities always reaches. Bands of margins likewise, from 0 to 1 where there is nothing to go by.
    /// </summary>
    public static FilterFit Of(FilterSettings settings, Predictions heldOut, IReadOnlyList<double> distances, ImmutableArray<double> prior, IReadOnlyList<double>? featureDistances = null)
    {
        var labels = heldOut.Labels;
        var temperature = Calibration.FitTemperature(heldOut, prior);
        var confidences = labels.Names.Select(_ => new List<double>()).ToArray();
        var margins = labels.Names.Select(_ => new List<double>()).ToArray();
        for (var i = 0; i < heldOut.Count; i++)
        {
            var posterior = Probabilities.Softmax(heldOut.LogitsOf(i), temperature, prior);
            if (Probabilities.Top<double>(posterior) == heldOut.Truth[i])
            {
                confidences[heldOut.Truth[i]].Add(posterior[heldOut.Truth[i]]);
                margins[heldOut.Truth[i]].Add(Margin(heldOut.Truth[i], posterior));
            }
        }

        var all = confidences.SelectMany(c => c).ToArray();
        var every = margins.SelectMany(m => m).ToArray();
        var common = all.Length == 0 ? 1.0 / labels.Count : Quantile(all, settings.Quantile);
        return new FilterFit(
            labels.Names,
            temperature,
            prior,
            [.. confidences.Select(c => c.Count < MinimumCorrect ? common : Quantile(c, settings.Quantile))],
            [.. confidences.Select(c => c.Count)],
            [.. labels.Names.Where((_, k) => confidences[k].Count < MinimumCorrect)],
            Quantile(distances, settings.NearCopyQuantile))
        {
            Rule = settings.Rule,
            Realism = settings.Realism,
            NearCopyFeatures = featureDistances is null ? null : Quantile(featureDistances, settings.NearCopyQuantile),
            Bands = [.. margins.Select(m => BandOf(m.Count < MinimumCorrect ? every : m))],
        };
    }

    /// <summary>
    /// Why an image is not kept, null when it is: first <c>wrong-class</c> (another class is likelier), then <c>confidence</c> (under the class's threshold) or
    /// <c>margin</c> (outside its band), then <c>near-copy</c>; by the rule <c>none</c> nothing. With it the probability of each class, in label order, calibrated
    /// and under a uniform prior.
    /// </summary>
    public (double[] Posterior, string? Reason) Judge(int label, ReadOnlySpan<float> logits, double distance, double? featureDistance = null)
    {
        var posterior = Probabilities.Softmax(logits, Temperature, Prior);
        var reason = Rule == FilterSettings.Everything ? null
            : Probabilities.Top<double>(posterior) != label ? "wrong-class"
            : Rule == FilterSettings.ByQuantile && posterior[label] < Thresholds[label] ? "confidence"
            : Rule == FilterSettings.Band && Margin(label, posterior) is var margin && !(margin >= Bands[label].Low && margin <= Bands[label].High) ? "margin"
            : distance < NearCopy || featureDistance < NearCopyFeatures ? "near-copy"
            : null;
        return (posterior, reason);
    }

    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this);

    /// <summary>Reads what <see cref="ToBytes"/> wrote; <paramref name="name"/> is what errors call it.</summary>
    public static FilterFit Read(ReadOnlySpan<byte> json, string name)
    {
        try
        {
            var fit = JsonSerializer.Deserialize<FilterFit>(json);
            if (fit is null || fit.Classes.IsDefault || fit.Thresholds.IsDefault || fit.Prior.IsDefault || fit.Thresholds.Length != fit.Classes.Length || fit.Prior.Length != fit.Classes.Length)
            {
                throw new BadInputException($"{name} is no filter's file: it lacks classes, shares or thresholds.");
            }

            if (fit.Rule is not (FilterSettings.ByQuantile or FilterSettings.Everything or FilterSettings.RightClass or FilterSettings.Band)
                || (fit.Rule == FilterSettings.Band && (fit.Bands.IsDefault || fit.Bands.Length != fit.Classes.Length)))
            {
                throw new BadInputException($"{name} has the rule '{fit.Rule}', which is unknown or lacks its bands of margins.");
            }

            return fit;
        }
        catch (JsonException e)
        {
            throw new BadInputException($"{name} is no filter's file: {e.Message}", e);
        }
    }

    private static double Margin(int label, double[] posterior) => posterior[label] - posterior.Where((_, k) => k != label).Max();

    private static MarginBand BandOf(IReadOnlyList<double> margins) => margins.Count == 0 ? new(0, 1) : new(Quantile(margins, BandLow), Quantile(margins, BandHigh));

    /// <summary>Quantile with linear interpolation between order statistics (type 7 of Hyndman and Fan 1996).</summary>
    internal static double Quantile(IReadOnlyList<double> values, double q)
    {
        var sorted = values.Order().ToArray();
        var place = q * (sorted.Length - 1);
        var below = (int)Math.Floor(place);
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
    }
}
