using System.Security.Cryptography;
using Fer.Models.Data;
using Fer.Models.Training;

namespace Fer.Models.Evaluation;

/// <summary>
/// Judges generated images by a fitted filter: the teachers' calibrated confidence, and the nearest training face. Reasons: <c>wrong-class</c>, <c>confidence</c> or
/// <c>margin</c>, <c>near-copy</c>, the first that applies in this order (<see cref="FilterFit.Judge"/>); confidence and distance are measured on every image. What is kept carries the teachers' posterior (<see cref="FilterFacts.Posterior"/>), calibrated and under
/// a uniform prior.
/// </summary>
public sealed class CandidateFilter : ICandidateFilter, IDisposable
{
    private readonly FilterFit fit;
    private readonly Teachers teachers;
    private readonly FaceDistance distance;
    private readonly FeatureDistance? featureDistance;
    private readonly ImageSet train;
    private readonly Compute compute;

    /// <param name="filter">The file that <see cref="FilterFitting"/> made.</param>
    /// <param name="teachers">The files of the classifiers that it was fitted for.</param>
    /// <param name="train">The real faces that generators learn from.</param>
    /// <param name="compute">Device and precision.</param>
    /// <param name="witness">The file of the network whose features it was fitted for, where it was for any.</param>
    public CandidateFilter(byte[] filter, IReadOnlyList<byte[]> teachers, ImageSet train, Compute compute, byte[]? witness = null)
    {
        fit = FilterFit.Read(filter, "the filter's file");
        if (fit.NearCopyFeatures.HasValue != (witness is not null))
        {
            throw new BadInputException($"The filter was fitted {(witness is null ? "for a network's features, and no network was given" : "without a network's features, and a network was given")}.");
        }

        this.teachers = new Teachers(teachers, compute);
        if (!this.teachers.Labels.Names.SequenceEqual(fit.Classes))
        {
            this.teachers.Dispose();
            throw new BadInputException($"The filter was fitted for the classes {string.Join(", ", fit.Classes)}, its teacher knows {this.teachers.Labels}.");
        }

        this.train = train;
        this.compute = compute;
        try
        {
            distance = new FaceDistance(train, compute.Device);
            featureDistance = witness is null ? null : new FeatureDistance(witness, train, compute);
        }
        catch
        {
            distance?.Dispose();
            this.teachers.Dispose();
            throw;
        }
    }

    public IReadOnlyList<FilterFacts> Judge(ImageSet candidates)
    {
        teachers.CheckFits(candidates, "The set of candidates");
        var table = teachers.Predict(candidates);
        var nearest = distance.Nearest(candidates);
        var inFeatures = featureDistance?.Nearest(candidates);
        return [.. Enumerable.Range(0, candidates.Count).Select(i =>
        {
            var (posterior, reason) = fit.Judge(table.Truth[i], table.LogitsOf(i), nearest[i].Distance, inFeatures?[i]);
            return new FilterFacts(posterior[table.Truth[i]], nearest[i].Distance, distance.Id(nearest[i].Nearest), reason)
            {
                FeatureDistance = inFeatures?[i],

                // Soft labels are for images that are trained on.
                Posterior = reason is null ? [.. posterior.Select(p => (float)p)] : null,
            };
        })];
    }

    /// <summary>
    /// By <see cref="Diversity"/>, measured between <see cref="FaceDistance"/>'s features, which no teacher knows, against the training faces of the class, of pixel-identical
    /// ones the first; before that, where the filter says so, by <see cref="Realism"/> on the same features.
    /// </summary>
    public IReadOnlyList<string?> Choose(ImageSet accepted, int target, ImageSet? earlier = null)
    {
        if (accepted.Count == 0)
        {
            return [];
        }

        var label = accepted.Rows.Select(r => r.Label).Distinct().Single();
        var faces = train.Select([.. train.IndicesOf(label).DistinctBy(i => Convert.ToHexStringLower(SHA256.HashData(train.Image(i))))]);
        var (real, fake) = (FaceDistance.Features(faces, compute.Device), FaceDistance.Features(accepted, compute.Device));
        var realistic = fit.Realism == FilterSettings.Reject
            ? Realism.Keep(real, fake, [.. accepted.Rows.Select(r => r.Id)])
            : [.. Enumerable.Repeat(true, accepted.Count)];
        int[] places = [.. Enumerable.Range(0, accepted.Count).Where(i => realistic[i])];
        var reasons = Enumerable.Repeat<string?>(Realism.Unreal, accepted.Count).ToArray();
        foreach (var (place, reason) in places.Zip(Diversity.Choose(real, fake.Select(places), target, earlier is null ? null : FaceDistance.Features(earlier, compute.Device))))
        {
            reasons[place] = reason;
        }

        return reasons;
    }

    public void Dispose()
    {
        featureDistance?.Dispose();
        distance.Dispose();
        teachers.Dispose();
    }
}
