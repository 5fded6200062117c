using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Fer.Models.Data;
using Fer.Models.Evaluation;
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
/// <param name="Pool">Accepted images to choose each kept one from; 1 keeps what comes first.</param>
public sealed record SampleRequest(string Class, int Target, int Cap, long Seed, int BatchSize, string IdPrefix, int Pool = 1)
{
    /// <summary>Whether what a pool leaves over is stored, too.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Spare { get; init; }

    /// <summary>What latents are multiplied by.</summary>
    [OmittedAt(1.0)]
    public double Psi { get; init; } = 1;
}

/// <summary>
/// Draws images of one class and keeps what the filter accepts, until there are enough or the cap is reached; with a pool, until there are several times
/// as many, of which the filter chooses at the end. A unit is a batch. Makes the files <c>kept</c>, <c>rejected</c> (at most 64, spread over the reasons) and <c>drawn</c> (the
/// first few as they came, unfiltered): image sets whose rows have recipe and facts; where it is asked for, also <c>spare</c>, what was accepted and unlike
/// the others, yet not chosen. Figures: <c>drawn</c>, <c>kept</c>, <c>confidence</c>, <c>kept-confidence</c> (means), <c>rejected.REASON</c>, and <c>spare</c> with that file.
/// </summary>
public sealed class SampleAndFilter : IWork
{
    private const int RejectedShown = 64;
    private const int DrawnShown = 32;

    private readonly SampleRequest request;
    private readonly string generatorHash;
    private readonly ICandidateFilter filter;
    private readonly LabelSpace labels;
    private readonly ImageSet? earlier;
    private readonly GeneratorModel model;
    private readonly ImmutableSortedDictionary<string, long>.Builder reasons = ImmutableSortedDictionary.CreateBuilder<string, long>(StringComparer.Ordinal);

    // Accepted images, joined only where they are needed together: joining after each batch would copy all of them each time.
    private readonly List<ImageSet> accepted = [];
    private ImageSet rejected;
    private ImageSet drawn;
    private long judged;
    private double confidence;

    /// <param name="request">What to draw.</param>
    /// <param name="generator">A <c>generator</c> file.</param>
    /// <param name="generatorHash">Its SHA-256 in hex, for the recipes.</param>
    /// <param name="filter">Judges; the caller disposes of it.</param>
    /// <param name="labels">The run's classes.</param>
    /// <param name="compute">Where to draw.</param>
    /// <param name="checkpoint">What <see cref="Checkpoint"/> gave, to go on from there.</param>
    /// <param name="earlier">Images of the class that are kept already, which those chosen from a pool are to differ from, too.</param>
    public SampleAndFilter(
        SampleRequest request, byte[] generator, string generatorHash, ICandidateFilter filter, LabelSpace labels, Compute compute, byte[]? checkpoint, ImageSet? earlier = null)
    {
        if (labels.IndexOf(request.Class) < 0)
        {
            throw new BadInputException($"There is no class '{request.Class}' to draw: expected one of {labels}.");
        }

        this.request = request;
        this.generatorHash = generatorHash;
        this.filter = filter;
        this.labels = labels;
        this.earlier = earlier;
        model = GeneratorModel.Read(generator, "The generator", compute.Device);
        var none = new ImageSet(labels, model.Channels, model.Size, model.Size, [], []);
        accepted.Add(none);
        (rejected, drawn) = (none, none);
        if (checkpoint is null)
        {
            return;
        }

        using var file = SafeTensors.Read(checkpoint, "The checkpoint");
        accepted[0] = Restore(file, "kept");
        rejected = Restore(file, "rejected");
        drawn = Restore(file, "drawn");
        Position = long.Parse(file.Metadata["batches"], CultureInfo.InvariantCulture);
        judged = long.Parse(file.Metadata["judged"], CultureInfo.InvariantCulture);
        confidence = double.Parse(file.Metadata["confidence"], CultureInfo.InvariantCulture);
        reasons.AddRange(JsonSerializer.Deserialize<Dictionary<string, long>>(file.Metadata["reasons"])!);
    }

    public string Unit => "batches";

    public long Position { get; private set; }

    public long Length => ((long)request.Cap + request.BatchSize - 1) / request.BatchSize;

    public bool Done => Position >= Length || Accepted >= Enough;

    public IReadOnlyDictionary<string, double> Live => new Dictionary<string, double>
    {
        ["drawn"] = judged,
        ["kept"] = Math.Min(Accepted, request.Target),
        ["accepted"] = judged == 0 ? 0 : (double)Accepted / judged,
    };

    private int Accepted => accepted.Sum(a => a.Count);

    private long Enough => (long)request.Target * request.Pool;

    public void Advance()
    {
        // The whole batch is drawn even where the cap cuts it, so that a recipe draws the same one.
        var pixels = model.Draw(request.Class, request.Seed, Position, request.BatchSize, request.Psi);
        var count = (int)Math.Min(request.BatchSize, request.Cap - judged);
        var label = labels.IndexOf(request.Class);
        var rows = Enumerable.Range(0, count).Select(place =>
        {
            var id = FormattableString.Invariant($"{request.IdPrefix}{Position}-{place}");
            return new ImageRow(id, label, id, "gan") { Recipe = new ImageRecipe(generatorHash, request.Class, request.Seed, (int)Position, request.BatchSize, place) { Psi = request.Psi == 1 ? null : request.Psi } };
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
        var (enough, good, shown) = (Enough - Accepted, new List<int>(), new List<int>());
        for (var i = 0; i < candidates.Count && good.Count < enough; i++)
        {
            judged++;
            confidence += facts[i].Confidence;
            if (facts[i].Reason is not { } reason)
            {
                good.Add(i);
                continue;
            }

            var before = reasons.GetValueOrDefault(reason);
            reasons[reason] = before + 1;
            if (before < RejectedShown)
            {
                shown.Add(i);
            }
        }

        if (good.Count > 0)
        {
            accepted.Add(candidates.Select(good));
        }

        rejected = rejected.Concat(candidates.Select(shown));
    }

    private ImageSet Joined()
    {
        if (accepted.Count > 1)
        {
            var all = accepted[0].Concat(accepted.Skip(1));
            accepted.Clear();
            accepted.Add(all);
        }

        return accepted[0];
    }

    public byte[] Checkpoint()
    {
        using var file = new SafeTensors();
        using (NewDisposeScope())
        {
            file.Add("kept", tensor(Joined().ToBytes())).Add("rejected", tensor(rejected.ToBytes())).Add("drawn", tensor(drawn.ToBytes()));
        }

        file.Metadata["batches"] = Position.ToString(CultureInfo.InvariantCulture);
        file.Metadata["judged"] = judged.ToString(CultureInfo.InvariantCulture);
        file.Metadata["confidence"] = confidence.ToString("R", CultureInfo.InvariantCulture);
        file.Metadata["reasons"] = JsonSerializer.Serialize(reasons.ToImmutable());
        return file.ToBytes();
    }

    public WorkResult Finish()
    {
        if (!Done)
        {
            throw new InvalidOperationException($"Sampling is at batch {Position} of {Length}.");
        }

        var all = Joined();
        var left = Left(all);
        var kept = left.Count == 0 ? all : all.Select([.. Enumerable.Range(0, all.Count).Where(i => !left.ContainsKey(all.Rows[i].Id))]);
        int[] examples = [.. Enumerable.Range(0, all.Count).Where(i => left.ContainsKey(all.Rows[i].Id)).GroupBy(i => left[all.Rows[i].Id], StringComparer.Ordinal).SelectMany(g => g.Take(RejectedShown)).Order()];
        List<(string, double)> figures =
        [
            ("drawn", judged),
            ("kept", kept.Count),
            ("confidence", judged == 0 ? 0 : confidence / judged),
            ("kept-confidence", kept.Count == 0 ? 0 : kept.Rows.Sum(r => r.Facts!.Confidence) / kept.Count),
            .. reasons.Select(r => ("rejected." + r.Key, (double)r.Value)),
            .. left.Values.CountBy(reason => reason, StringComparer.Ordinal).Select(r => ("rejected." + r.Key, (double)r.Value)),
        ];
        var rejected = Spread(this.rejected.Concat(Marked(all.Select(examples), left)));
        List<(string, byte[])> files = [("kept", kept.ToBytes()), ("rejected", rejected.ToBytes()), ("drawn", Marked(drawn, left).ToBytes())];
        if (request.Spare)
        {
            var spare = all.Select([.. Enumerable.Range(0, all.Count).Where(i => left.GetValueOrDefault(all.Rows[i].Id) == Diversity.NotChosen)]);
            files.Add(("spare", Marked(spare, left, keepsPosterior: true).ToBytes()));
            figures.Add(("spare", spare.Count));
        }

        return WorkResult.Of(files, figures);
    }

    /// <summary>By id, the accepted images that are not chosen, and why.</summary>
    private Dictionary<string, string> Left(ImageSet all)
    {
        var why = request.Pool == 1 ? [] : filter.Choose(all, request.Target, earlier);
        return why.Select((reason, i) => (reason, all.Rows[i].Id)).Where(w => w.reason is not null).ToDictionary(w => w.Id, w => w.reason!, StringComparer.Ordinal);
    }

    /// <summary>The same images; those left out say why and, unless something may be trained on them, have no soft label.</summary>
    private static ImageSet Marked(ImageSet images, Dictionary<string, string> left, bool keepsPosterior = false) => new(
        images.Labels, images.Channels, images.Height, images.Width,
        images.Rows.Select(row => left.TryGetValue(row.Id, out var reason) ? row with { Facts = row.Facts! with { Reason = reason, Posterior = keepsPosterior ? row.Facts.Posterior : null } } : row), images.Pixels);

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
