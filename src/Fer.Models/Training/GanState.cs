using System.Globalization;
using System.Text.Json;
using Fer.Models.Data;
using Fer.Models.Files;
using Fer.Models.Generators;
using Fer.Models.Networks;
using Fer.Models.Randomness;
using TorchSharp;

namespace Fer.Models.Training;

/// <summary>
/// A GAN in training: both networks, both optimisers, the running average of the generator, and the number of
/// generator steps done since its first weights. Read from and written to a <c>gan</c> file.
/// </summary>
internal sealed class GanState : IDisposable
{
    private readonly GanSettings settings;
    private readonly GanShape shape;
    private readonly LabelSpace labels;
    private readonly int? onlyClass;
    private readonly GeneratorNetwork average;
    private WeightAverage averaging;

    /// <param name="settings">Decide the networks and optimisers.</param>
    /// <param name="images">Give size, channels and classes.</param>
    /// <param name="onlyClass">The label of a GAN of one class.</param>
    /// <param name="seed">First weights are drawn below it.</param>
    /// <param name="compute">Where the networks live.</param>
    public GanState(GanSettings settings, ImageSet images, int? onlyClass, long seed, Compute compute)
    {
        settings.Check();
        if (images.Height != images.Width)
        {
            throw new BadInputException($"Images are {images.Width}×{images.Height} pixels: a GAN draws square ones.");
        }

        if ((settings.Kind == "per-class") != onlyClass.HasValue)
        {
            throw new ArgumentException($"gan.kind is {settings.Kind}, and a class was {(onlyClass.HasValue ? "" : "not ")}given.", nameof(onlyClass));
        }

        this.settings = settings;
        this.onlyClass = onlyClass;
        labels = images.Labels;
        shape = new GanShape(images.Height, images.Channels, onlyClass.HasValue ? 1 : labels.Count, settings.Latent, settings.Width);
        using var scope = torch.NewDisposeScope();
        Generator = GeneratorNetwork.Create(settings.Generator, shape, compute.Precision);
        Critic = CriticNetwork.Create(settings.Critic, shape, compute.Precision);
        var first = Address.Of(seed).At("first weights");
        Generator.Initialise(first.At("generator"));
        Critic.Initialise(first.At("critic"));
        // The optimisers know weights by their handles, which a move to a device replaces: they come after it.
        Generator.to(compute.Device);
        Critic.to(compute.Device);
        GeneratorAdam = new FlatAdam(Generator, settings.Beta1, settings.Beta2);
        CriticAdam = new FlatAdam(Critic, settings.Beta1, settings.Beta2);
        average = GeneratorNetwork.Create(settings.Generator, shape, compute.Precision);
        average.to(compute.Device);
        averaging = new WeightAverage(average, Generator, settings.Average);
    }

    public GeneratorNetwork Generator { get; }

    public CriticNetwork Critic { get; }

    public FlatAdam GeneratorAdam { get; }

    public FlatAdam CriticAdam { get; }

    /// <summary>Generator steps since the first weights, over all rounds.</summary>
    public long Step { get; set; }

    /// <summary>Counts a generator step and moves the average towards its weights.</summary>
    public void Stepped()
    {
        averaging.Update(Step);
        Step++;
    }

    /// <summary>After a warm-up: the average begins at the generator's weights, and the optimisers know nothing yet.</summary>
    public void StartTraining()
    {
        averaging = new WeightAverage(average, Generator, settings.Average);
        GeneratorAdam.Forget();
    }

    public void Save(SafeTensors file)
    {
        Weights.Save(Generator, file, "generator.");
        Weights.Save(Critic, file, "critic.");
        GeneratorAdam.Save(file, "adam.generator.");
        CriticAdam.Save(file, "adam.critic.");
        Weights.Save(average, file, "average.");
        Describe(file);
        file.Metadata["critic"] = settings.Critic;
        file.Metadata["step"] = Step.ToString(CultureInfo.InvariantCulture);
    }

    public byte[] ToBytes()
    {
        using var file = new SafeTensors();
        Save(file);
        return file.ToBytes();
    }

    public void Load(SafeTensors file, string name)
    {
        if (!file.Metadata.TryGetValue("step", out var step))
        {
            throw new BadInputException($"{name} is no GAN's state: it names no step.");
        }

        Weights.Load(Generator, file, name, "generator.");
        Weights.Load(Critic, file, name, "critic.");
        GeneratorAdam.Load(file, "adam.generator.");
        CriticAdam.Load(file, "adam.critic.");
        Weights.Load(average, file, name, "average.");
        Step = long.Parse(step, CultureInfo.InvariantCulture);
    }

    /// <summary>What <see cref="GeneratorModel"/> reads: the averaged generator and what it draws.</summary>
    public byte[] GeneratorFile()
    {
        using var file = new SafeTensors();
        Weights.Save(average, file);
        Describe(file);
        return file.ToBytes();
    }

    private void Describe(SafeTensors file)
    {
        file.Metadata["network"] = settings.Generator;
        file.Metadata["classes"] = JsonSerializer.Serialize(labels.Names);
        file.Metadata["shape"] = JsonSerializer.Serialize(shape);
        if (onlyClass is { } label)
        {
            file.Metadata["only"] = labels[label];
        }
    }

    public void Dispose()
    {
        GeneratorAdam.Dispose();
        CriticAdam.Dispose();
        Generator.Dispose();
        Critic.Dispose();
        average.Dispose();
    }
}
