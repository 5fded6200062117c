using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Fer.Models.Files;
using static TorchSharp.torch;

namespace Fer.Models.Training;

/// <summary>
/// Several pieces of work done one after another as one: the test set, which one step may read, is looked at in more than one way. Files and
/// figures of all come together; two may not share a name. Only the one at work is open.
/// </summary>
public sealed class WorksInTurn : IWork
{
    private readonly IReadOnlyList<(long Length, Func<byte[]?, IWork> Open)> works;
    private readonly List<WorkResult> done = [];
    private IWork? current;

    /// <param name="unit">What all of them count in.</param>
    /// <param name="works">Each with its length and how it is opened, afresh or from its checkpoint; at least one.</param>
    /// <param name="checkpoint">What <see cref="Checkpoint"/> gave, to go on from there.</param>
    public WorksInTurn(string unit, IReadOnlyList<(long Length, Func<byte[]?, IWork> Open)> works, byte[]? checkpoint = null)
    {
        Unit = unit;
        this.works = works;
        Length = works.Sum(w => w.Length);
        byte[]? inner = null;
        if (checkpoint is not null)
        {
            using var file = SafeTensors.Read(checkpoint, "checkpoint");
            for (var i = 0; i < int.Parse(file.Metadata["done"], CultureInfo.InvariantCulture); i++)
            {
                var prefix = Prefix(i);
                var files = file.Tensors.Where(t => t.Key.StartsWith(prefix, StringComparison.Ordinal)).Select(t => (t.Key[prefix.Length..], t.Value.bytes.ToArray()));
                var figures = JsonSerializer.Deserialize<Dictionary<string, double>>(file.Metadata[prefix + "figures"], Figures)!;
                done.Add(WorkResult.Of(files, figures.Select(f => (f.Key, f.Value))));
            }

            inner = file.Tensors.TryGetValue("current", out var saved) ? saved.bytes.ToArray() : null;
        }

        if (done.Count < works.Count)
        {
            current = works[done.Count].Open(inner);
        }
    }

    private static readonly JsonSerializerOptions Figures = new() { NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals };

    public string Unit { get; }

    public long Position => works.Take(done.Count).Sum(w => w.Length) + (current?.Position ?? 0);

    public long Length { get; }

    public bool Done => current is null;

    public IReadOnlyDictionary<string, double> Live => current?.Live ?? ImmutableDictionary<string, double>.Empty;

    public void Advance()
    {
        if (current is not { } work)
        {
            throw new InvalidOperationException("All of it is done.");
        }

        if (!work.Done)
        {
            work.Advance();
        }

        if (work.Done)
        {
            done.Add(work.Finish());
            work.Dispose();
            current = null;
            current = done.Count < works.Count ? works[done.Count].Open(null) : null;
        }
    }

    public byte[] Checkpoint()
    {
        using var scope = NewDisposeScope();
        using var file = new SafeTensors();
        file.Metadata["done"] = done.Count.ToString(CultureInfo.InvariantCulture);
        for (var i = 0; i < done.Count; i++)
        {
            foreach (var (name, content) in done[i].Files)
            {
                file.Add(Prefix(i) + name, tensor(content));
            }

            file.Metadata[Prefix(i) + "figures"] = JsonSerializer.Serialize(done[i].Figures, Figures);
        }

        if (current is not null)
        {
            file.Add("current", tensor(current.Checkpoint()));
        }

        return file.ToBytes();
    }

    public WorkResult Finish() => Done
        ? WorkResult.Of(done.SelectMany(d => d.Files.Select(f => (f.Key, f.Value))), done.SelectMany(d => d.Figures.Select(f => (f.Key, f.Value))))
        : throw new InvalidOperationException($"{Position} of {Length} {Unit} are done.");

    private static string Prefix(int index) => FormattableString.Invariant($"done.{index}.");

    public void Dispose() => current?.Dispose();
}
