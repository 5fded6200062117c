using System.Globalization;
using Fer.Models.Data;
using Fer.Models.Files;
using Fer.Models.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Fer.Models.Evaluation;

/// <summary>
/// Fits a filter on real faces that neither a teacher nor a generator was trained on: temperature, confidence threshold and band of margins of each class, near-copy distance
/// (<see cref="FilterFit"/>). A unit is a batch of them, first through the teachers, then against the training faces, by pixels and, where that is asked for, by a network's features. Makes
/// the file <c>filter</c>, and the figures <c>temperature</c>, <c>nearCopy</c>, <c>calibrationErrorBefore</c>, <c>calibrationErrorAfter</c>, <c>threshold.CLASS</c>,
/// <c>correct.CLASS</c> and, by the rule <c>band</c>, <c>marginLow.CLASS</c> and <c>marginHigh.CLASS</c>.
/// </summary>
public sealed class FilterFitting : IWork
{
    private readonly FilterSettings settings;
    private readonly ImageSet heldOut;
    private readonly Teachers teachers;
    private readonly FaceDistance distance;
    private readonly FeatureDistance? featureDistance;
    private readonly List<float> logits = [];
    private readonly List<double> distances = [];
    private readonly List<double> featureDistances = [];

    /// <param name="settings">Rule and quantiles.</param>
    /// <param name="teachers">Files of the classifiers that judge, at least one; their logits are averaged.</param>
    /// <param name="validationA">Held-out real faces.</param>
    /// <param name="train">The real faces that generators learn from.</param>
    /// <param name="compute">Device and precision.</param>
    /// <param name="checkpoint">What <see cref="Checkpoint"/> gave, to go on from there.</param>
    /// <param name="witness">A classifier's file; null exactly where <see cref="FilterSettings.NearCopy"/> is <c>pixels</c>.</param>
    public FilterFitting(
        FilterSettings settings, IReadOnlyList<byte[]> teachers, ImageSet validationA, ImageSet train, Compute compute, byte[]? checkpoint = null, byte[]? witness = null)
    {
        if (validationA.Count == 0)
        {
            throw new BadInputException("There is no validation image to fit the filter on.");
        }

        settings.Check();
        this.settings = settings;
        heldOut = validationA;
        this.teachers = new Teachers(teachers, compute);
        this.teachers.CheckFits(validationA, "The validation set");
        distance = new FaceDistance(train, compute.Device);
        if ((settings.NearCopy == FilterSettings.AndFeatures) != (witness is not null))
        {
            throw new ArgumentException($"filter.near-copy is {settings.NearCopy}, and a network was {(witness is null ? "not " : "")}given.", nameof(witness));
        }

        featureDistance = witness is null ? null : new FeatureDistance(witness, train, compute);
        if (checkpoint is not null)
        {
            using var file = SafeTensors.Read(checkpoint, "checkpoint");
            logits.AddRange(file["logits"].data<float>().ToArray());
            distances.AddRange(file["distances"].data<double>().ToArray());
            featureDistances.AddRange(witness is null ? [] : file["feature-distances"].data<double>().ToArray());
            Position = long.Parse(file.Metadata["position"], CultureInfo.InvariantCulture);
        }
    }

    public string Unit => "batches";

    public long Position { get; private set; }

    public long Length => Evaluator.Batches(heldOut.Count) + FaceDistance.Batches(heldOut.Count) + (featureDistance is null ? 0 : FeatureDistance.Batches(heldOut.Count));

    public bool Done => Position >= Length;

    public IReadOnlyDictionary<string, double> Live => new Dictionary<string, double> { ["faces"] = distances.Count };

    public void Advance()
    {
        if (Done)
        {
            throw new InvalidOperationException("The filter is fitted.");
        }

        var judged = Evaluator.Batches(heldOut.Count);
        var compared = judged + FaceDistance.Batches(heldOut.Count);
        if (Position < judged)
        {
            logits.AddRange(teachers.Logits(heldOut, (int)Position));
        }
        else if (Position >= compared)
        {
            featureDistances.AddRange(featureDistance!.Nearest(heldOut, (int)(Position - compared)));
        }
        else
        {
            distances.AddRange(distance.Nearest(heldOut, (int)(Position - judged)).Select(n => n.Distance));
        }

        Position++;
    }

    public byte[] Checkpoint()
    {
        using var scope = NewDisposeScope();
        using var file = new SafeTensors();
        file.Add("logits", tensor(logits.ToArray())).Add("distances", tensor(distances.ToArray()));
        if (featureDistance is not null)
        {
            file.Add("feature-distances", tensor(featureDistances.ToArray()));
        }

        file.Metadata["position"] = Position.ToString(CultureInfo.InvariantCulture);
        return file.ToBytes();
    }

    public WorkResult Finish()
    {
        if (!Done)
        {
            throw new InvalidOperationException($"{Position} of {Length} batches are done.");
        }

        var table = Evaluator.Table(heldOut, logits);
        var fit = FilterFit.Of(settings, table, distances, teachers.Prior, featureDistance is null ? null : featureDistances);
        var bands = fit.Rule == FilterSettings.Band ? fit.Bands : [];
        return WorkResult.Of(
            [("filter", fit.ToBytes())],
            [
                ("temperature", fit.Temperature),
                ("nearCopy", fit.NearCopy),
                .. fit.NearCopyFeatures is { } inFeatures ? [("nearCopyFeatures", inFeatures)] : Array.Empty<(string, double)>(),
                ("calibrationErrorBefore", Metrics.Of(table).CalibrationError),
                ("calibrationErrorAfter", Metrics.Of(table, fit.Temperature).CalibrationError),
                .. fit.Classes.Select((c, k) => ("threshold." + c, fit.Thresholds[k])),
                .. fit.Classes.Select((c, k) => ("correct." + c, (double)fit.Correct[k])),
                .. bands.SelectMany((b, k) => new[] { ("marginLow." + fit.Classes[k], b.Low), ("marginHigh." + fit.Classes[k], b.High) }),
            ]);
    }

    public void Dispose()
    {
        featureDistance?.Dispose();
        distance.Dispose();
        teachers.Dispose();
    }
}
