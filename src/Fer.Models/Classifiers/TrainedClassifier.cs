using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Fer.Models.Data;
using Fer.Models.Files;
using Fer.Models.Networks;
using Fer.Models.Training;
using TorchSharp;

namespace Fer.Models.Classifiers;

/// <summary>
/// A classifier with its weights, its classes by name and the class shares it was trained on; stored as one safetensors file whose
/// tensors have PyTorch-style names and whose metadata say the rest.
/// </summary>
public sealed class TrainedClassifier : IDisposable
{
    public TrainedClassifier(Classifier network, LabelSpace labels, IEnumerable<double> prior)
    {
        Network = network;
        Labels = labels;
        Prior = [.. prior];
        if (labels.Count != network.Shape.Classes || Prior.Length != labels.Count)
        {
            throw new ArgumentException($"{network.Shape.Classes} logits, {labels.Count} classes and {Prior.Length} shares do not fit.", nameof(labels));
        }
    }

    public Classifier Network { get; }

    public LabelSpace Labels { get; }

    /// <summary>Share of each class in the batches it was trained on, summing to 1: the prior that its posterior holds.</summary>
    public ImmutableArray<double> Prior { get; }

    public byte[] ToBytes()
    {
        using var file = new SafeTensors();
        Weights.Save(Network, file);
        var shape = Network.Shape;
        file.Metadata["kind"] = "classifier";
        file.Metadata["network"] = shape.Network;
        file.Metadata["classes"] = JsonSerializer.Serialize(Labels.Names);
        file.Metadata["prior"] = JsonSerializer.Serialize(Prior);
        file.Metadata["channels"] = shape.Channels.ToString(CultureInfo.InvariantCulture);
        file.Metadata["size"] = string.Create(CultureInfo.InvariantCulture, $"{shape.Height}x{shape.Width}");
        return file.ToBytes();
    }

    /// <summary>
    /// Opens a stored classifier for evaluation on a device. <paramref name="name"/> is what errors call the file.
    /// Throws <see cref="BadInputException"/> for anything but a classifier's file.
    /// </summary>
    public static TrainedClassifier Read(ReadOnlySpan<byte> bytes, string name, Compute compute)
    {
        using var file = SafeTensors.Read(bytes, name);
        string Word(string key) => file.Metadata.TryGetValue(key, out var value)
            ? value
            : throw new BadInputException($"{name} is no classifier's file: its metadata lack '{key}'.");
        if (Word("kind") != "classifier")
        {
            throw new BadInputException($"{name} is a '{file.Metadata["kind"]}' file, expected a classifier's.");
        }

        Classifier? network = null;
        try
        {
            var labels = new LabelSpace(JsonSerializer.Deserialize<string[]>(Word("classes"))!);
            var size = Word("size").Split('x').Select(v => int.Parse(v, CultureInfo.InvariantCulture)).ToArray();
            var channels = int.Parse(Word("channels"), CultureInfo.InvariantCulture);
            network = ClassifierFactory.Build(new ClassifierShape(Word("network"), labels.Count, channels, size[0], size[1]), compute.Precision);
            Weights.Load(network, file, name);
            network.to(compute.Device);
            network.eval();
            return new TrainedClassifier(network, labels, JsonSerializer.Deserialize<double[]>(Word("prior"))!);
        }
        catch (Exception e)
        {
            network?.Dispose();
            if (e is JsonException or FormatException or IndexOutOfRangeException or OverflowException or ArgumentException)
            {
                throw new BadInputException($"{name} is no classifier's file: {e.Message.Split('\n')[0]}", e);
            }

            throw;
        }
    }

    /// <summary>Throws <see cref="BadInputException"/> unless these images have its classes, channels and size.</summary>
    internal void CheckFits(ImageSet images, string classifier, string set)
    {
        var shape = Network.Shape;
        if (!images.Labels.Equals(Labels))
        {
            throw new BadInputException($"{set} has the classes {images.Labels}, {classifier} was trained on {Labels}.");
        }

        if (images.Channels != shape.Channels || images.Height != shape.Height || images.Width != shape.Width)
        {
            throw new BadInputException($"{set} holds images of {images.Channels}×{images.Height}×{images.Width}, {classifier} takes {shape.Channels}×{shape.Height}×{shape.Width}.");
        }
    }

    public void Dispose() => Network.Dispose();
}
