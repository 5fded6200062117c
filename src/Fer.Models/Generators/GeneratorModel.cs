using System.Security.Cryptography;
using System.Text.Json;
using Fer.Models.Data;
using Fer.Models.Files;
using Fer.Models.Networks;
using Fer.Models.Randomness;
using Fer.Models.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Fer.Models.Generators;

/// <summary>
/// A trained generator, read from a <c>generator</c> file, that draws 8-bit images. Drawing is always fp32, whatever the
/// training was: it is a small part of the work, and a recipe then needs no word on precision.
/// </summary>
public sealed class GeneratorModel : IDisposable
{
    private readonly GeneratorNetwork network;
    private readonly GanShape shape;
    private readonly Device device;

    private GeneratorModel(GeneratorNetwork network, GanShape shape, LabelSpace labels, string? onlyClass, Device device)
    {
        this.network = network;
        this.shape = shape;
        this.device = device;
        Labels = labels;
        OnlyClass = onlyClass;
    }

    public LabelSpace Labels { get; }

    /// <summary>The one class it draws; null when it draws every class of <see cref="Labels"/>.</summary>
    public string? OnlyClass { get; }

    /// <summary>Height and width of an image.</summary>
    public int Size => shape.Size;

    public int Channels => shape.Channels;

    /// <summary>Reads a <c>generator</c> file; <paramref name="name"/> is what errors call it.</summary>
    public static GeneratorModel Read(ReadOnlySpan<byte> file, string name, Device device)
    {
        using var content = SafeTensors.Read(file, name);
        if (!content.Metadata.TryGetValue("network", out var kind) || !content.Metadata.TryGetValue("shape", out var shapeText) || !content.Metadata.TryGetValue("classes", out var classes))
        {
            throw new BadInputException($"{name} is no generator: it names no network.");
        }

        using var scope = NewDisposeScope();
        var shape = JsonSerializer.Deserialize<GanShape>(shapeText)!;
        var network = GeneratorNetwork.Create(kind, shape, Precision.Fp32);
        try
        {
            Weights.Load(network, content, name);
        }
        catch
        {
            network.Dispose();
            throw;
        }

        network.to(device);
        network.eval();
        return new GeneratorModel(network, shape, new LabelSpace(JsonSerializer.Deserialize<string[]>(classes)!), content.Metadata.GetValueOrDefault("only"), device);
    }

    /// <summary>
    /// Draws one batch: latents at the address (seed, class, batch). The same arguments on the same fingerprint give the
    /// same bytes. Returns <paramref name="batchSize"/> images, one after another, as <see cref="ImageSet.Pixels"/> has them.
    /// </summary>
    /// <param name="className">One of <see cref="Labels"/>, and <see cref="OnlyClass"/> where there is one.</param>
    /// <param name="seed">The sampling step's seed.</param>
    /// <param name="batch">Number of the batch, from 0 on.</param>
    /// <param name="batchSize">Images in it: a convolution's bits may depend on it.</param>
    /// <param name="psi">What latents are multiplied by: below 1 images are nearer to the mean one and to each other, above 1 further.</param>
    public byte[] Draw(string className, long seed, long batch, int batchSize, double psi = 1)
    {
        var label = Labels.IndexOf(className);
        if (label < 0 || (OnlyClass is not null && OnlyClass != className))
        {
            throw new BadInputException($"The generator draws {OnlyClass ?? Labels.ToString()}, not '{className}'.");
        }

        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        using var generator = Address.Of(seed).At("sample").At(className).At(batch).Generator();
        var latents = randn([batchSize, shape.Latent], generator: generator).to(device);
        if (psi != 1)
        {
            latents = latents.TimesNumber(psi);
        }

        var labels = tensor(Enumerable.Repeat(OnlyClass is null ? (long)label : 0, batchSize).ToArray()).to(device);
        return EightBit.FromFloat(network.call(latents, labels)).bytes.ToArray();
    }

    public void Dispose() => network.Dispose();
}

/// <summary>Draws from a generator's file without keeping it open.</summary>
public static class Sampler
{
    /// <summary>As <see cref="GeneratorModel.Draw"/>.</summary>
    public static byte[] DrawBatch(ReadOnlySpan<byte> generator, string className, long seed, long batch, int batchSize, Compute compute)
    {
        using var model = GeneratorModel.Read(generator, "The generator", compute.Device);
        return model.Draw(className, seed, batch, batchSize);
    }

    /// <summary>
    /// Draws again the batch that an image came from and returns the image's pixels, <c>[C, S, S]</c>. Throws
    /// <see cref="BadInputException"/> when the file is not the generator that the recipe names.
    /// </summary>
    public static byte[] Redraw(ReadOnlySpan<byte> generator, ImageRecipe recipe, Compute compute)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(generator));
        if (!string.Equals(hash, recipe.Generator, StringComparison.OrdinalIgnoreCase))
        {
            throw new BadInputException($"The generator's file has SHA-256 {hash}, the image's recipe names {recipe.Generator}.");
        }

        using var model = GeneratorModel.Read(generator, "The generator", compute.Device);
        var pixels = model.Draw(recipe.Class, recipe.Seed, recipe.Batch, recipe.BatchSize, recipe.Psi ?? 1);
        var length = pixels.Length / recipe.BatchSize;
        return pixels.AsSpan(recipe.Place * length, length).ToArray();
    }
}
