using System.Collections.Immutable;
using System.Text.Json;
using Fer.Models.Data;
using Fer.Models.Files;
using TorchSharp;
using static TorchSharp.torch;

namespace Fer.Models.Evaluation;

/// <summary>
/// What a classifier said about each image of a set: id, truth and logits. Every metric, test and table is a pure
/// function of it, so all of them can be computed again without a network.
/// </summary>
/// <param name="Labels">The classes.</param>
/// <param name="Ids">Image ids, N of them.</param>
/// <param name="Groups">Twins share a group: a bootstrap draws them as one unit.</param>
/// <param name="Truth">Labels, N of them.</param>
/// <param name="Logits">N × K, row after row.</param>
public sealed record Predictions(LabelSpace Labels, ImmutableArray<string> Ids, ImmutableArray<string> Groups, ImmutableArray<int> Truth, ImmutableArray<float> Logits)
{
    public int Count => Ids.Length;

    public ReadOnlySpan<float> LogitsOf(int index) => Logits.AsSpan().Slice(index * Labels.Count, Labels.Count);

    public byte[] ToBytes()
    {
        using var file = new SafeTensors();
        using (NewDisposeScope())
        {
            file.Add("logits", tensor(Logits.ToArray(), [Count, Labels.Count]));
            file.Add("truth", tensor(Truth.Select(t => (long)t).ToArray()));
        }

        file.Metadata["classes"] = JsonSerializer.Serialize(Labels.Names);
        file.Metadata["ids"] = JsonSerializer.Serialize(Ids);
        file.Metadata["groups"] = JsonSerializer.Serialize(Groups);
        return file.ToBytes();
    }

    public static Predictions Read(ReadOnlySpan<byte> bytes, string name)
    {
        using var file = SafeTensors.Read(bytes, name);
        return new Predictions(
            new LabelSpace(JsonSerializer.Deserialize<string[]>(file.Metadata["classes"])!),
            [.. JsonSerializer.Deserialize<string[]>(file.Metadata["ids"])!],
            [.. JsonSerializer.Deserialize<string[]>(file.Metadata["groups"])!],
            [.. file["truth"].data<long>().Select(t => (int)t)],
            [.. file["logits"].data<float>()]);
    }
}
