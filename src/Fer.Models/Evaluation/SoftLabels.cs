using System.Collections.Immutable;
using System.Globalization;
using Fer.Models.Classifiers;
using Fer.Models.Data;
using Fer.Models.Files;
using Fer.Models.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Fer.Models.Evaluation;

/// <summary>
/// Gives real training faces soft labels: each face's probabilities by classifiers that were not trained on it, calibrated by a temperature that is fitted on all
/// faces the classifier has not seen (Guo et al. 2017) and corrected to a uniform prior, as the filter's are. A classifier's word about its own training
/// faces is only their label again. A face that several have not seen gets the mean of their probabilities. A unit is a batch of one classifier's faces.
/// Makes the file <c>soft</c>, the training faces in their order with <see cref="FilterFacts.Posterior"/>, and the figures <c>accuracy</c> and
/// <c>confidence</c> (mean probability of the given label) of faces by those probabilities, and <c>temperature.N</c> of classifier N = 0, 1, ….
/// </summary>
public sealed class SoftLabels : IWork
{
    private readonly ImageSet train;
    private readonly TrainedClassifier[] teachers;
    private readonly ImageSet[] unseen;
    private readonly IReadOnlyList<int>[] places;
    private readonly LogitTables logits;

    /// <param name="train">The training faces.</param>
    /// <param name="teachers">Classifiers' files, each with the places in <paramref name="train"/> of the faces that it was not trained on, as <see cref="CrossFit.Folds"/> gives them.</param>
    /// <param name="compute">Device and precision.</param>
    /// <param name="checkpoint">What <see cref="Checkpoint"/> gave, to go on from there.</param>
    public SoftLabels(ImageSet train, IReadOnlyList<(byte[] Teacher, IReadOnlyList<int> Unseen)> teachers, Compute compute, byte[]? checkpoint = null)
    {
        this.train = train;
        places = [.. teachers.Select(t => t.Unseen)];
        var seen = train.Count - places.SelectMany(p => p).Distinct().Count();
        if (seen > 0 || train.Count == 0)
        {
            throw new BadInputException($"{seen} of {train.Count} training faces have been seen by every teacher: their probabilities would only repeat their labels.");
        }

        var read = new List<TrainedClassifier>();
        try
        {
            foreach (var (file, _) in teachers)
            {
                var name = FormattableString.Invariant($"teacher {read.Count + 1}");
                read.Add(TrainedClassifier.Read(file, name + "'s weights", compute));
                read[^1].CheckFits(train, name, "The training set");
            }
        }
        catch
        {
            read.ForEach(t => t.Dispose());
            throw;
        }

        this.teachers = [.. read];
        unseen = [.. places.Select(train.Select)];
        logits = new LogitTables(places.Length);
        if (checkpoint is not null)
        {
            using var file = SafeTensors.Read(checkpoint, "checkpoint");
            Position = long.Parse(file.Metadata["position"], CultureInfo.InvariantCulture);
            logits.Load(file);
        }
    }

    public string Unit => "batches";

    public long Position { get; private set; }

    public long Length => unseen.Sum(u => Evaluator.Batches(u.Count));

    public bool Done => Position >= Length;

    public IReadOnlyDictionary<string, double> Live => new Dictionary<string, double> { ["faces"] = logits.Numbers / train.Labels.Count };

    public void Advance()
    {
        if (Done)
        {
            throw new InvalidOperationException("Every face has its probabilities.");
        }

        var (teacher, batch) = (0, (int)Position);
        while (batch >= Evaluator.Batches(unseen[teacher].Count))
        {
            batch -= Evaluator.Batches(unseen[teacher++].Count);
        }

        logits[teacher].AddRange(Evaluator.Logits(teachers[teacher].Network, unseen[teacher], batch));
        Position++;
    }

    public byte[] Checkpoint()
    {
        using var file = new SafeTensors();
        logits.Save(file);
        file.Metadata["position"] = Position.ToString(CultureInfo.InvariantCulture);
        return file.ToBytes();
    }

    public WorkResult Finish()
    {
        if (!Done)
        {
            throw new InvalidOperationException($"{Position} of {Length} batches are done.");
        }

        var sums = train.Rows.Select(_ => new double[train.Labels.Count]).ToArray();
        var judges = new int[train.Count];
        var figures = new List<(string, double)>();
        for (var t = 0; t < teachers.Length; t++)
        {
            if (unseen[t].Count == 0)
            {
                continue;
            }

            var table = Evaluator.Table(unseen[t], logits[t]);
            var temperature = Calibration.FitTemperature(table, teachers[t].Prior);
            figures.Add((FormattableString.Invariant($"temperature.{t}"), temperature));
            for (var i = 0; i < table.Count; i++)
            {
                var (sum, place) = (sums[places[t][i]], places[t][i]);
                var posterior = Probabilities.Softmax(table.LogitsOf(i), temperature, teachers[t].Prior);
                for (var k = 0; k < sum.Length; k++)
                {
                    sum[k] += posterior[k];
                }

                judges[place]++;
            }
        }

        ImmutableArray<double[]> posteriors = [.. sums.Select((sum, i) => sum.Select(p => p / judges[i]).ToArray())];
        var rows = train.Rows.Select((row, i) => row with
        {
            Facts = new FilterFacts(posteriors[i][row.Label], 0, "", null) { Posterior = [.. posteriors[i].Select(p => (float)p)] },
        });
        figures.Add(("accuracy", posteriors.Zip(train.Rows).Average(p => Probabilities.Top<double>(p.First) == p.Second.Label ? 1.0 : 0.0)));
        figures.Add(("confidence", posteriors.Zip(train.Rows).Average(p => p.First[p.Second.Label])));
        return WorkResult.Of([("soft", new ImageSet(train.Labels, train.Channels, train.Height, train.Width, rows, train.Pixels).ToBytes())], figures);
    }

    public void Dispose()
    {
        foreach (var teacher in teachers)
        {
            teacher.Dispose();
        }
    }
}
