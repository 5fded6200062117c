using System.Globalization;
using Fer.Models.Classifiers;
using Fer.Models.Data;
using Fer.Models.Files;
using Fer.Models.Generators;
using Fer.Models.Randomness;
using Fer.Models.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Fer.Models.Evaluation;

/// <summary>
/// How good a round's generators are: draws fakes at the class mix of the held-out faces, unfiltered and 8-bit, and measures their <see cref="SampleQuality"/> in
/// the judge's pooled features beside the floor, that of training faces of the same mix and number. A unit is a batch that is drawn and
/// seen by the judge, or a piece of a distance. Makes no file, and the figures of <see cref="SampleQuality.Figures"/>.
/// </summary>
public sealed class MeasureQuality : IWork
{
    /// <summary>Images on each side, as far as there are so many real ones.</summary>
    public const int DefaultImages = 5000;

    public const int LeastImages = Neighbourhoods.DefaultNeighbours + 1;
    private const int HeldOut = 0, Train = 1, Fakes = 2;

    private readonly IReadOnlyList<(string? Class, byte[] Weights)> generators;
    private readonly long seed;
    private readonly double psi;
    private readonly Compute compute;
    private readonly TrainedClassifier? judge;
    private readonly LabelSpace labels;
    private readonly ImageSet[] reals;
    private readonly (string Class, int Batch, int Count)[] draws;
    private readonly (int Units, Action<int> Do)[] stages;
    private readonly List<float>[] features = [[], [], []];
    private readonly List<double>[] radii = [[], [], []];
    private readonly List<BallHits>[] hits = [[], [], []];
    private readonly double[] frechet = new double[3], kernel = new double[3];
    private (int Index, GeneratorModel Model)? open;

    /// <param name="judge">A classifier's file that nothing was trained or filtered with; null: contrast-normalised pixels (<see cref="FaceDistance"/>) stand in for its features, and only what neighbours say is measured.</param>
    /// <param name="generators">One for each class that it names, or one for all classes under null.</param>
    /// <param name="train">Real faces that the generators learned from: the floor.</param>
    /// <param name="heldOut">Real faces that they never saw: what fakes should look like, and the class mix.</param>
    /// <param name="images">Images wanted on each side; fewer where a side lacks them, since only equal numbers compare.</param>
    /// <param name="seed">Fakes and the choice of real faces are drawn from it.</param>
    /// <param name="compute">Device and precision of the judge.</param>
    /// <param name="checkpoint">What <see cref="Checkpoint"/> gave, to go on from there.</param>
    /// <param name="psi">What latents are multiplied by, as where images are drawn to be kept.</param>
    public MeasureQuality(
        byte[]? judge, IReadOnlyList<(string? Class, byte[] Weights)> generators, ImageSet train, ImageSet heldOut, int images, long seed, Compute compute, byte[]? checkpoint = null,
        double psi = 1)
    {
        this.generators = generators;
        this.seed = seed;
        this.psi = psi;
        this.compute = compute;
        labels = heldOut.Labels;
        this.judge = judge is null ? null : TrainedClassifier.Read(judge, "The judge", compute);
        try
        {
            this.judge?.CheckFits(heldOut, "the judge", "The held-out set");
            this.judge?.CheckFits(train, "the judge", "The training set");
            var shares = ClassMix.DivideAtMost(images, heldOut.CountByClass(), train.CountByClass());
            Images = shares.Sum();
            if (Images < LeastImages)
            {
                throw new BadInputException($"Of {heldOut.Count} held-out and {train.Count} training faces {Images} can be compared at one mix of classes, at least {LeastImages} are needed.");
            }

            var address = Address.Of(seed).At("quality");
            reals = [ClassMix.Choose(heldOut, shares, address.At("held-out")), ClassMix.Choose(train, shares, address.At("train"))];
            draws = [.. shares.SelectMany((share, label) => Draws(heldOut.Labels[label], share))];
            if (draws.FirstOrDefault(d => GeneratorOf(d.Class) < 0).Class is { } lacking)
            {
                throw new BadInputException($"There is no generator for the class '{lacking}'.");
            }

            stages = Stages();
            Length = stages.Sum(s => (long)s.Units);
            if (checkpoint is not null)
            {
                Restore(checkpoint);
            }
        }
        catch
        {
            this.judge?.Dispose();
            throw;
        }
    }

    /// <summary>How many images compare: the most, up to <see cref="DefaultImages"/>, for which neither real set lacks any class at the held-out mix.</summary>
    public static int Comparable(IReadOnlyList<int> train, IReadOnlyList<int> heldOut) => ClassMix.DivideAtMost(DefaultImages, heldOut, train).Sum();

    /// <summary>N: images on each side.</summary>
    public int Images { get; }

    public string Unit => "batches";

    public long Position { get; private set; }

    public long Length { get; }

    public bool Done => Position >= Length;

    public IReadOnlyDictionary<string, double> Live => new Dictionary<string, double> { ["drawn"] = draws.Take((int)Math.Min(Position, draws.Length)).Sum(d => d.Count) };

    public void Advance()
    {
        var unit = Position;
        foreach (var (units, act) in stages)
        {
            if (unit < units)
            {
                act((int)unit);
                Position++;
                return;
            }

            unit -= units;
        }

        throw new InvalidOperationException("The quality is measured.");
    }

    private (int Units, Action<int> Do)[] Stages()
    {
        var (batches, chunks) = (Evaluator.Batches(Images), Neighbourhoods.Chunks(Images));
        (int, Action<int>) See(int side) => (batches, batch => features[side].AddRange(Look(reals[side], batch)));
        (int, Action<int>) Measure(int side) => (chunks, chunk => radii[side].AddRange(Neighbourhoods.Radii(Table(side), chunk)));
        (int, Action<int>) Count(int side) => (chunks, chunk => hits[side].Add(Neighbourhoods.Hits(Table(HeldOut), Table(side), [.. radii[HeldOut]], [.. radii[side]], chunk)));
        (int, Action<int>) Frechet(int side) => (1, _ => frechet[side] = FrechetDistance.Of(Table(HeldOut), Table(side)));
        (int, Action<int>) Kernel(int side) => (1, _ => kernel[side] = KernelDistance.Of(Table(HeldOut), Table(side)));
        return
        [
            (draws.Length, Draw), See(Train), See(HeldOut), Measure(HeldOut), Measure(Train), Measure(Fakes),
            Count(Train), Count(Fakes), .. judge is null ? Array.Empty<(int, Action<int>)>() : [Frechet(Train), Frechet(Fakes), Kernel(Train), Kernel(Fakes)],
        ];
    }

    private IReadOnlyList<float> Look(ImageSet images, int batch)
    {
        var from = batch * Evaluator.BatchSize;
        return judge is null
            ? FaceDistance.Features(images.Select([.. Enumerable.Range(from, Math.Min(Evaluator.BatchSize, images.Count - from))]), compute.Device).Values
            : Evaluator.Features(judge.Network, images, ClassifierOutput.Pool, batch);
    }

    private static IEnumerable<(string Class, int Batch, int Count)> Draws(string name, int share) =>
        Enumerable.Range(0, Evaluator.Batches(share)).Select(b => (name, b, Math.Min(Evaluator.BatchSize, share - b * Evaluator.BatchSize)));

    private void Draw(int unit)
    {
        var (name, batch, count) = draws[unit];
        var model = Open(GeneratorOf(name));
        var label = labels.IndexOf(name);
        var pixels = model.Draw(name, seed, batch, Evaluator.BatchSize, psi);
        var rows = Enumerable.Range(0, count).Select(i => new ImageRow(FormattableString.Invariant($"fake-{name}-{batch}-{i}"), label, "", "gan"));
        var fakes = new ImageSet(labels, model.Channels, model.Size, model.Size, rows, pixels[..(pixels.Length / Evaluator.BatchSize * count)]);
        judge?.CheckFits(fakes, "the judge", "What the generator draws");
        features[Fakes].AddRange(Look(fakes, 0));
    }

    /// <summary>The class's own generator before one for all classes; −1 for neither.</summary>
    private int GeneratorOf(string name)
    {
        var names = generators.Select(g => g.Class).ToList();
        return names.Contains(name) ? names.IndexOf(name) : names.IndexOf(null);
    }

    private GeneratorModel Open(int index)
    {
        if (open?.Index != index)
        {
            open?.Model.Dispose();
            open = null;
            open = (index, GeneratorModel.Read(generators[index].Weights, $"The generator of {generators[index].Class ?? "all classes"}", compute.Device));
        }

        return open!.Value.Model;
    }

    private FeatureTable Table(int side) => new(features[side].Count / Images, [.. features[side]]);

    public byte[] Checkpoint()
    {
        using var scope = NewDisposeScope();
        using var file = new SafeTensors();
        for (var side = 0; side < features.Length; side++)
        {
            file.Add(Key("features", side), tensor(features[side].ToArray()));
            file.Add(Key("radii", side), tensor(radii[side].ToArray()));
            file.Add(Key("hits", side), tensor(hits[side].SelectMany(h => new[] { h.InBalls, h.Covered, h.Recalled }).ToArray()));
        }

        file.Add("frechet", tensor(frechet)).Add("kernel", tensor(kernel));
        file.Metadata["position"] = Position.ToString(CultureInfo.InvariantCulture);
        return file.ToBytes();
    }

    private void Restore(byte[] checkpoint)
    {
        using var file = SafeTensors.Read(checkpoint, "checkpoint");
        for (var side = 0; side < features.Length; side++)
        {
            features[side].AddRange(file[Key("features", side)].data<float>().ToArray());
            radii[side].AddRange(file[Key("radii", side)].data<double>().ToArray());
            hits[side].AddRange(file[Key("hits", side)].data<long>().ToArray().Chunk(3).Select(h => new BallHits(h[0], h[1], h[2])));
        }

        file["frechet"].data<double>().ToArray().CopyTo(frechet, 0);
        file["kernel"].data<double>().ToArray().CopyTo(kernel, 0);
        Position = long.Parse(file.Metadata["position"], CultureInfo.InvariantCulture);
    }

    private static string Key(string name, int side) => string.Create(CultureInfo.InvariantCulture, $"{name}.{side}");

    public WorkResult Finish()
    {
        if (!Done)
        {
            throw new InvalidOperationException($"{Position} of {Length} batches are measured.");
        }

        DistributionDistance Distance(int side) => new(frechet[side], kernel[side], Neighbourhoods.Of(hits[side], Images, Images));
        var figures = new SampleQuality(Images, Distance(Fakes), Distance(Train)).Figures();
        return WorkResult.Of([], judge is null ? figures.Where(f => !f.Name.StartsWith("frechet", StringComparison.Ordinal) && !f.Name.StartsWith("kernel", StringComparison.Ordinal)) : figures);
    }

    public void Dispose()
    {
        open?.Model.Dispose();
        judge?.Dispose();
    }
}
