using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Fer.Models.Data;
using Fer.Models.Files;
using Fer.Models.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Fer.Models.Generators;

/// <summary>What a sampling step is asked for.</summary>
/// <param name="Class">The intended class by name.</param>
/// <param name="Target">Images to keep.</param>
/// <param name="Cap">Images to draw at most.</param>
/// <param name="Seed">The step's seed.</param>
/// <param name="BatchSize">Images drawn and judged at a time.</param>
/// <param name="IdPrefix">What image ids begin with; must differ between rounds and classes, as <c>gan-happy-r2-</c> does.</param>
public sealed record SampleRequest(string Class, int Target, int Cap, long Seed, int BatchSize, string IdPrefix);

/// <summary>
/// Draws images of one class and keeps what the filter accepts, until there are enough or the cap is reached. A unit is
/// a batch. Makes the files <c>kept</c>, <c>rejected</c> (at most 64, spread over the reasons) and <c>drawn</c> (the
/// first few as they came, unfiltered): image sets whose rows have recipe and facts.
/// </summary>
public sealed class SampleAndFilter : IWork
{
    private const int RejectedShown = 64;
    private const int DrawnShown = 32;

    private readonly SampleRequest request;
    private readonly string generatorHash;
    private readonly ICandidateFilter filter;
    private readonly LabelSpace labels;
    private readonly GeneratorModel model;
    private readonly ImmutableSortedDictionary<string, long>.Builder reasons = ImmutableSortedDictionary.CreateBuilder<string, long>(StringComparer.Ordinal);
    private ImageSet kept;
    private ImageSet rejected;
    private ImageSet drawn;
    private long judged;
    private double confidence;
    private double keptConfidence;

    /// <param name="request">What to draw.</param>
    /// <param name="generator">A <c>generator</c> file.</param>
    /// <param name="generatorHash">Its SHA-256 in hex, for the recipes.</param>
    /// <param name="filter">Judges; the caller disposes of it.</param>
    /// <param name="labels">The run's classes.</param>
    /// <param name="compute">Where to draw.</param>
    /// <param name="checkpoint">What <see cref="Checkpoint"/> gave, to go on from there.</param>
    public SampleAndFilter(SampleRequest request, byte[] generator, string generatorHash, ICandidateFilter filter, LabelSpace labels, Compute compute, byte[]? checkpoint)
    {
        if (labels.IndexOf(request.Class) < 0)
        {
            throw new BadInputException($"There is no class '{request.Class}' to draw: expected one of {labels}.");
        }

        this.request = request;
        this.generatorHash = generatorHash;
        this.filter = filter;
        this.labels = labels;
        model = GeneratorModel.Read(generator, "The generator", compute.Device);
        var none = new ImageSet(labels, model.Channels, model.Size, model.Size, [], []);
        (kept, rejected, drawn) = (none, none, none);
        if (checkpoint is null)
        {
            return;
        }

        using var file = SafeTensors.Read(checkpoint, "The checkpoint");
        kept = Restore(file, "kept");
        rejected = Restore(file, "rejected");
        drawn = Restore(file, "drawn");
        Position = long.Parse(file.Metadata["batches"], CultureInfo.InvariantCulture);
        judged = long.Parse(file.Metadata["judged"], CultureInfo.InvariantCulture);
        confidence = double.Parse(file.Metadata["confidence"], CultureInfo.InvariantCulture);
        keptConfidence = double.Parse(file.Metadata["kept-confidence"], CultureInfo.InvariantCulture);
        reasons.AddRange(JsonSerializer.Deserialize<Dictionary<string, long>>(file.Metadata["reasons"])!);
    }

    public string Unit => "batches";

    public long Position { get; private set; }

    public long Length => ((long)request.Cap + request.BatchSize - 1) / request.BatchSize;

    public bool Done => Position >= Length || kept.Count >= request.Target;

    public IReadOnlyDictionary<string, double> Live => new Dictionary<string, double>
    {
        ["drawn"] = judged,
        ["kept"] = kept.Count,
        ["accepted"] = judged == 0 ? 0 : (double)kept.Count / judged,
    };

    public void Advance()
    {
        // The whole batch is drawn even where the cap cuts it, so that a recipe draws the same one.
        var pixels = model.Draw(request.Class, request.Seed, Position, request.BatchSize);
        var count = (int)Math.Min(request.BatchSize, request.Cap - judged);
        var label = labels.IndexOf(request.Class);
        var rows = Enumerable.Range(0, count).Select(place =>
        {
            var id = FormattableString.Invariant($"{request.IdPrefix}{Position}-{place}");
            return new ImageRow(id, label, id, "gan") { Recipe = new ImageRecipe(generatorHash, request.Class, request.Seed, (int)Position, request.BatchSize, place) };
        }).ToArray();
        var candidates = new ImageSet(labels, model.Channels, model.Size, model.Size, rows, pixels[..(pixels.Length / request.BatchSize * count)]);
        var facts = filter.Judge(candidates);
        candidates = new ImageSet(labels, model.Channels, model.Size, model.Size, rows.Select((row, i) => row with { Facts = facts[i] }), candidates.Pixels);
        Sort(candidates, facts);
        if (drawn.Count < DrawnShown)
        {
            drawn = drawn.Concat(candidates.Select([.. Enumerable.Range(0, Math.Min(count, DrawnShown - drawn.Count))]));
        }

        Position++;
    }

    private void Sort(ImageSet candidates, IReadOnlyList<FilterFacts> facts)
    {
        var accepted = new List<int>();
        var shown = new List<int>();
        for (var i = 0; i < candidates.Count && kept.Count + accepted.Count < request.Target; i++)
        {
            judged++;
            confidence += facts[i].Confidence;
            if (facts[i].Reason is not { } reason)
            {
                accepted.Add(i);
                keptConfidence += facts[i].Confidence;
                continue;
            }

            var before = reasons.GetValueOrDefault(reason);
            reasons[reason] = before + 1;
            if (before < RejectedShown)
            {
                shown.Add(i);
            }
        }

        kept = kept.Concat(candidates.Select(accepted));
        rejected = rejected.Concat(candidates.Select(shown));
    }

    public byte[] Checkpoint()
    {
        using var file = new SafeTensors();
        using (NewDisposeScope())
        {
            file.Add("kept", tensor(kept.ToBytes())).Add("rejected", tensor(rejected.ToBytes())).Add("drawn", tensor(drawn.ToBytes()));
        }

        file.Metadata["batches"] = Position.ToString(CultureInfo.InvariantCulture);
        file.Metadata["judged"] = judged.ToString(CultureInfo.InvariantCulture);
        file.Metadata["confidence"] = confidence.ToString("R", CultureInfo.InvariantCulture);
        file.Metadata["kept-confidence"] = keptConfidence.ToString("R", CultureInfo.InvariantCulture);
        file.Metadata["reasons"] = JsonSerializer.Serialize(reasons.ToImmutable());
        return file.ToBytes();
    }

    public WorkResult Finish()
    {
        if (!Done)
        {
            throw new InvalidOperationException($"Sampling is at batch {Position} of {Length}.");
        }

        List<(string, double)> figures =
        [
            ("drawn", judged),
            ("kept", kept.Count),
            ("confidence", judged == 0 ? 0 : confidence / judged),
            ("kept-confidence", kept.Count == 0 ? 0 : keptConfidence / kept.Count),
            .. reasons.Select(r => ("rejected." + r.Key, (double)r.Value)),
        ];
        return WorkResult.Of([("kept", kept.ToBytes()), ("rejected", Spread(rejected).ToBytes()), ("drawn", drawn.ToBytes())], figures);
    }

    /// <summary>One of each reason in turn, until enough are shown.</summary>
    private static ImageSet Spread(ImageSet rejected)
    {
        var turns = Enumerable.Range(0, rejected.Count)
            .GroupBy(i => rejected.Rows[i].Facts!.Reason!, StringComparer.Ordinal)
            .OrderBy(g => g.Key, StringComparer.Ordinal)
            .SelectMany(g => g.Select((index, turn) => (index, turn)))
            .OrderBy(p => p.turn)
            .Take(RejectedShown)
            .Select(p => p.index);
        return rejected.Select([.. turns.Order()]);
    }

    private static ImageSet Restore(SafeTensors file, string name) => ImageSet.Read(file[name].bytes, $"The checkpoint's '{name}'");

    public void Dispose() => model.Dispose();
}
