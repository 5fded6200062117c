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
    private readonly int batches;
    private readonly LogitTables logits;
    private readonly OneOpenClassifier open;

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
        images = test.Images;
        batches = Evaluator.Batches(images.Count);
        logits = new LogitTables(classifiers.Count);
        open = new OneOpenClassifier(classifiers, images, compute);
        if (checkpoint is not null)
        {
            using var file = SafeTensors.Read(checkpoint, "checkpoint");
            logits.Load(file);
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
        logits[index].AddRange(Evaluator.Logits(open.At(index), images, batch));
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

    public void Dispose() => open.Dispose();
}
