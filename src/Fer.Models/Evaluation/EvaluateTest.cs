using System.Globalization;
using Fer.Models.Classifiers;
using Fer.Models.Data;
using Fer.Models.Files;
using Fer.Models.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Fer.Models.Evaluation;

/// <summary>
/// Reads the test set: predictions of many stored classifiers, one after another. A unit is a batch of one classifier. Makes one file of
/// <see cref="Predictions"/> for each classifier under its name, and the figures <c>NAME.accuracy</c> and <c>NAME.macroF1</c>.
/// </summary>
public sealed class EvaluateTest : IWork
{
    private readonly IReadOnlyList<(string Name, byte[] Weights)> classifiers;
    private readonly ImageSet images;
    private readonly Compute compute;
    private readonly int batches;
    private readonly List<float>[] logits;
    private (int Index, TrainedClassifier Classifier)? open;

    /// <param name="classifiers">Names, each once, and stored weights.</param>
    /// <param name="test">The walled-off images.</param>
    /// <param name="compute">Device and precision.</param>
    /// <param name="checkpoint">What <see cref="Checkpoint"/> gave, to go on from there.</param>
    public EvaluateTest(IReadOnlyList<(string Name, byte[] Weights)> classifiers, TestSet test, Compute compute, byte[]? checkpoint = null)
    {
        if (test.Count == 0)
        {
            throw new BadInputException("The test set holds no image.");
        }

        this.classifiers = classifiers;
        this.compute = compute;
        images = test.Images;
        batches = Evaluator.Batches(images.Count);
        logits = [.. classifiers.Select(_ => new List<float>())];
        if (checkpoint is not null)
        {
            using var file = SafeTensors.Read(checkpoint, "checkpoint");
            for (var i = 0; i < logits.Length; i++)
            {
                logits[i].AddRange(file[Key(i)].data<float>().ToArray());
            }

            Position = long.Parse(file.Metadata["position"], CultureInfo.InvariantCulture);
        }
    }

    public string Unit => "batches";

    public long Position { get; private set; }

    public long Length => (long)batches * classifiers.Count;

    public bool Done => Position >= Length;

    public IReadOnlyDictionary<string, double> Live => new Dictionary<string, double> { ["classifiers"] = Position / batches };

    public void Advance()
    {
        if (Done)
        {
            throw new InvalidOperationException("The test set is read.");
        }

        var (index, batch) = ((int)(Position / batches), (int)(Position % batches));
        logits[index].AddRange(Evaluator.Logits(Open(index).Network, images, batch));
        Position++;
    }

    private TrainedClassifier Open(int index)
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

        return open!.Value.Classifier;
    }

    public byte[] Checkpoint()
    {
        using var scope = NewDisposeScope();
        using var file = new SafeTensors();
        for (var i = 0; i < logits.Length; i++)
        {
            file.Add(Key(i), tensor(logits[i].ToArray()));
        }

        file.Metadata["position"] = Position.ToString(CultureInfo.InvariantCulture);
        return file.ToBytes();
    }

    public WorkResult Finish()
    {
        if (!Done)
        {
            throw new InvalidOperationException($"{Position} of {Length} batches are read.");
        }

        var tables = classifiers.Select((c, i) => (c.Name, Table: Evaluator.Table(images, logits[i]))).ToArray();
        return WorkResult.Of(
            tables.Select(t => (t.Name, t.Table.ToBytes())),
            tables.SelectMany(t =>
            {
                var metrics = Metrics.Of(t.Table);
                return new[] { (t.Name + ".accuracy", metrics.Accuracy), (t.Name + ".macroF1", metrics.MacroF1) };
            }));
    }

    private static string Key(int index) => string.Create(CultureInfo.InvariantCulture, $"logits.{index}");

    public void Dispose() => open?.Classifier.Dispose();
}
