using System.Globalization;
using Fer.Models.Classifiers;
using Fer.Models.Data;
using Fer.Models.Files;
using Fer.Models.Randomness;
using Fer.Models.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Fer.Models.Evaluation;

/// <summary>
/// What stored classifiers keep of their figures on corrupted test pictures: the table of <see cref="Robustness"/>, cut into batches. A unit is a batch of
/// one classifier on one kind of pictures: all classifiers on the pictures as they are, then all on each corruption and
/// strength. One corrupted copy is in memory at a time. Makes no file, and the figures of <see cref="Robustness.Figures"/>.
/// </summary>
public sealed class MeasureRobustness : IWork
{
    /// <summary>Kinds of pictures: as they are, and each corruption at each strength.</summary>
    private static readonly int Kinds = 1 + Corruptions.All.Length * Corruptions.Strengths;

    private readonly IReadOnlyList<(string Name, byte[] Weights)> classifiers;
    private readonly ImageSet images;
    private readonly Address address;
    private readonly int batches;
    private readonly LogitTables clean;
    private readonly List<float> current = [];
    private readonly List<RobustnessRow> rows = [];
    private readonly OneOpenClassifier open;
    private (int Kind, ImageSet Images)? corrupted;

    /// <param name="classifiers">Names, each once, and stored weights.</param>
    /// <param name="test">The walled-off images.</param>
    /// <param name="seed">Noise and places are drawn from it.</param>
    /// <param name="compute">Device and precision.</param>
    /// <param name="checkpoint">What <see cref="Checkpoint"/> gave, to go on from there.</param>
    public MeasureRobustness(IReadOnlyList<(string Name, byte[] Weights)> classifiers, TestSet test, long seed, Compute compute, byte[]? checkpoint = null)
    {
        if (test.Count == 0)
        {
            throw new BadInputException("The test set holds no image.");
        }

        this.classifiers = classifiers;
        images = test.Images;
        address = Address.Of(seed);
        batches = Evaluator.Batches(images.Count);
        clean = new LogitTables(classifiers.Count, "clean");
        open = new OneOpenClassifier(classifiers, images, compute);
        if (checkpoint is not null)
        {
            Restore(checkpoint);
        }
    }

    /// <summary>Units that so many classifiers on so many images take.</summary>
    public static long LengthOf(int classifiers, int images) => (long)Kinds * classifiers * Evaluator.Batches(images);

    public string Unit => "batches";

    public long Position { get; private set; }

    public long Length => LengthOf(classifiers.Count, images.Count);

    public bool Done => Position >= Length;

    public IReadOnlyDictionary<string, double> Live => new Dictionary<string, double> { ["kinds"] = Position / Math.Max(1, (long)classifiers.Count * batches) };

    public void Advance()
    {
        if (Done)
        {
            throw new InvalidOperationException("The robustness is measured.");
        }

        var (kind, index, batch) = Place(Position);
        var logits = Evaluator.Logits(open.At(index), Pictures(kind), batch);
        (kind == 0 ? clean[index] : current).AddRange(logits);
        Position++;
        if (kind > 0 && batch == batches - 1)
        {
            var (corruption, strength) = Kind(kind);
            rows.Add(Robustness.Row(classifiers[index].Name, corruption, strength, Evaluator.Table(images, clean[index]), Evaluator.Table(images, current)));
            current.Clear();
        }
    }

    private (int Kind, int Index, int Batch) Place(long position)
    {
        var (pass, batch) = Math.DivRem(position, batches);
        var (kind, index) = Math.DivRem(pass, classifiers.Count);
        return ((int)kind, (int)index, (int)batch);
    }

    private static (Corruption Corruption, int Strength) Kind(int kind)
    {
        var (corruption, strength) = Math.DivRem(kind - 1, Corruptions.Strengths);
        return (Corruptions.All[corruption], strength + 1);
    }

    private ImageSet Pictures(int kind)
    {
        if (kind == 0)
        {
            return images;
        }

        if (corrupted?.Kind != kind)
        {
            corrupted = null;
            var (corruption, strength) = Kind(kind);
            corrupted = (kind, Corruptions.Apply(images, corruption, strength, address));
        }

        return corrupted!.Value.Images;
    }

    public byte[] Checkpoint()
    {
        using var scope = NewDisposeScope();
        using var file = new SafeTensors();
        clean.Save(file);
        file.Add("current", tensor(current.ToArray()));
        file.Add("rows", tensor(rows.SelectMany(r => new[] { r.Accuracy, r.MacroF1, r.Lost }).ToArray()));
        file.Metadata["position"] = Position.ToString(CultureInfo.InvariantCulture);
        return file.ToBytes();
    }

    private void Restore(byte[] checkpoint)
    {
        using var file = SafeTensors.Read(checkpoint, "checkpoint");
        clean.Load(file);
        current.AddRange(file["current"].data<float>().ToArray());
        foreach (var figures in file["rows"].data<double>().ToArray().Chunk(3))
        {
            // Rows follow the passes over the pictures as they are.
            var (kind, index) = Math.DivRem(classifiers.Count + rows.Count, classifiers.Count);
            var (corruption, strength) = Kind(kind);
            rows.Add(new RobustnessRow(classifiers[index].Name, corruption, strength, figures[0], figures[1], figures[2]));
        }

        Position = long.Parse(file.Metadata["position"], CultureInfo.InvariantCulture);
    }

    public WorkResult Finish() => Done
        ? WorkResult.Of([], Robustness.Figures(rows))
        : throw new InvalidOperationException($"{Position} of {Length} batches are read.");

    public void Dispose() => open.Dispose();
}
