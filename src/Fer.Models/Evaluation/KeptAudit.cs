using System.Collections.Immutable;
using System.Globalization;

namespace Fer.Models.Evaluation;

/// <summary>Generated images of like confidence.</summary>
/// <param name="Count">Images in it.</param>
/// <param name="Confidence">Mean of the filter's confidence in the intended class, 0 … 1.</param>
/// <param name="Agreement">Share of images whose intended class is the auditor's top class.</param>
public sealed record AuditBin(int Count, double Confidence, double Agreement);

/// <summary>What an auditor says of a set of generated images.</summary>
/// <param name="All">Every image; null where there is none.</param>
/// <param name="Bins">The images sorted by the filter's confidence and cut into bins whose sizes differ by at most one; fewer where there are fewer images.</param>
public sealed record AuditTable(AuditBin? All, ImmutableArray<AuditBin> Bins)
{
    public const int BinCount = 5;

    /// <param name="predictions">The auditor's; the truth is the intended class.</param>
    /// <param name="confidence">The filter's, of each image.</param>
    public static AuditTable Of(Predictions predictions, ImmutableArray<double> confidence)
    {
        var count = predictions.Count;
        AuditBin Bin(int[] places) => new(
            places.Length, places.Average(i => confidence[i]), places.Average(i => Probabilities.Top(predictions.LogitsOf(i)) == predictions.Truth[i] ? 1.0 : 0.0));
        int[] order = [.. Enumerable.Range(0, count).OrderBy(i => confidence[i])];
        var bins = Enumerable.Range(0, BinCount)
            .Select(b => order[(int)((long)count * b / BinCount)..(int)((long)count * (b + 1) / BinCount)])
            .Where(places => places.Length > 0);
        return new AuditTable(count == 0 ? null : Bin(order), [.. bins.Select(Bin)]);
    }

    /// <summary><c>count</c>, <c>agreement</c>, <c>confidence</c>, and <c>bin-1.count</c>, <c>bin-1.agreement</c>, <c>bin-1.confidence</c> … from the least confidence up.</summary>
    public IEnumerable<(string Name, double Value)> Figures()
    {
        yield return ("count", All?.Count ?? 0);
        if (All is not null)
        {
            yield return ("agreement", All.Agreement);
            yield return ("confidence", All.Confidence);
        }

        for (var b = 0; b < Bins.Length; b++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"bin-{b + 1}.");
            yield return (name + "count", Bins[b].Count);
            yield return (name + "agreement", Bins[b].Agreement);
            yield return (name + "confidence", Bins[b].Confidence);
        }
    }
}

/// <summary>An auditor's word on kept and rejected images beside what it can on real faces.</summary>
/// <param name="Kept">What the filter kept.</param>
/// <param name="Rejected">What it rejected, as far as it was stored: a few of each reason, no fair sample.</param>
/// <param name="RealAccuracy">Share of held-out real faces whose class it names.</param>
/// <param name="RealAccuracyAtKeptMix">
/// The same at the class mix of the kept images, from its recall of each class: what agreement would be were they real
/// faces. Null where nothing was kept or a kept class has no real face.
/// </param>
public sealed record KeptAudit(AuditTable Kept, AuditTable Rejected, double RealAccuracy, double? RealAccuracyAtKeptMix)
{
    /// <param name="kept">The auditor's predictions; the truth is the intended class.</param>
    /// <param name="keptConfidence">The filter's confidence in it, of each image.</param>
    /// <param name="rejected">The same.</param>
    /// <param name="rejectedConfidence">The same.</param>
    /// <param name="real">The auditor's predictions for real faces, at least one.</param>
    public static KeptAudit Of(Predictions kept, ImmutableArray<double> keptConfidence, Predictions rejected, ImmutableArray<double> rejectedConfidence, Predictions real)
    {
        var confusion = Confusion.Of(real);
        var matched = kept.Count > 0 && kept.Truth.All(k => confusion.Truth(k) > 0) ? kept.Truth.Average(confusion.Recall) : (double?)null;
        return new KeptAudit(AuditTable.Of(kept, keptConfidence), AuditTable.Of(rejected, rejectedConfidence), confusion.Accuracy, matched);
    }

    /// <summary>
    /// The figures by their stable names: those of <see cref="AuditTable.Figures"/> for what was kept, the same after <c>rejected.</c>,
    /// <c>real.accuracy</c> and, where there is one, <c>real.accuracyAtKeptMix</c>.
    /// </summary>
    public IEnumerable<(string Name, double Value)> Figures() =>
    [
        .. Kept.Figures(),
        .. Rejected.Figures().Select(f => ("rejected." + f.Name, f.Value)),
        ("real.accuracy", RealAccuracy),
        .. RealAccuracyAtKeptMix is { } matched ? new[] { ("real.accuracyAtKeptMix", matched) } : [],
    ];
}
