using Fer.Models.Classifiers;
using Fer.Models.Data;
using Fer.Models.Training;

namespace Fer.Models.Evaluation;

/// <summary>
/// Judges generated images by a fitted filter: the teacher's calibrated confidence, and the nearest training face. Reasons: <c>wrong-class</c>, <c>confidence</c>,
/// <c>near-copy</c>, the first that applies in this order; confidence and distance are measured on every image.
/// </summary>
public sealed class CandidateFilter : ICandidateFilter, IDisposable
{
    private readonly FilterFit fit;
    private readonly TrainedClassifier teacher;
    private readonly FaceDistance distance;

    /// <param name="filter">The file that <see cref="FilterFitting"/> made.</param>
    /// <param name="teacher">The file of the classifier that it was fitted for.</param>
    /// <param name="train">The real faces that generators learn from.</param>
    /// <param name="compute">Device and precision.</param>
    public CandidateFilter(byte[] filter, byte[] teacher, ImageSet train, Compute compute)
    {
        fit = FilterFit.Read(filter, "the filter's file");
        this.teacher = TrainedClassifier.Read(teacher, "the teacher's weights", compute);
        if (!this.teacher.Labels.Names.SequenceEqual(fit.Classes))
        {
            this.teacher.Dispose();
            throw new BadInputException($"The filter was fitted for the classes {string.Join(", ", fit.Classes)}, the teacher knows {this.teacher.Labels}.");
        }

        distance = new FaceDistance(train, compute.Device);
    }

    public IReadOnlyList<FilterFacts> Judge(ImageSet candidates)
    {
        teacher.CheckFits(candidates, "the teacher", "The set of candidates");
        var table = Evaluator.Predict(teacher.Network, candidates);
        var nearest = distance.Nearest(candidates);
        return [.. Enumerable.Range(0, candidates.Count).Select(i =>
        {
            var (confidence, reason) = fit.Judge(table.Truth[i], table.LogitsOf(i), nearest[i].Distance);
            return new FilterFacts(confidence, nearest[i].Distance, distance.Id(nearest[i].Nearest), reason);
        })];
    }

    public void Dispose()
    {
        distance.Dispose();
        teacher.Dispose();
    }
}
