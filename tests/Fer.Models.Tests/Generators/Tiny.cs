using Fer.Models.Data;
using Fer.Models.Training;

namespace Fer.Models.Tests.Generators;

/// <summary>Images and settings small enough for a GAN step in a few milliseconds.</summary>
internal static class Tiny
{
    public static LabelSpace Classes { get; } = new(["dark", "middle", "bright"]);

    public static GanSettings Settings { get; } = new() { Width = 8, Latent = 8, BatchSize = 8, CriticSteps = 2, StepsPerRound = 6 };

    /// <summary>Grey squares whose brightness is their class, with noise.</summary>
    public static ImageSet Images(int count = 24, int size = 16, int channels = 1, int seed = 1)
    {
        var random = new Random(seed);
        var pixels = new byte[count * channels * size * size];
        for (var i = 0; i < pixels.Length; i++)
        {
            var label = i / (channels * size * size) % 3;
            pixels[i] = (byte)(30 + 85 * label + random.Next(30));
        }

        return new ImageSet(Classes, channels, size, size, Enumerable.Range(0, count).Select(i => new ImageRow($"t{i}", i % 3, $"t{i}", "tiny")), pixels);
    }

    public static GanTraining Gan(GanSettings settings, long seed = 5, byte[]? initial = null, long start = 0, Adjustments? adjustments = null, byte[]? checkpoint = null, int? only = null, ImageSet? images = null) =>
        new(settings, images ?? Images(), null, only, seed, start, initial, Compute.Cpu, adjustments ?? Adjustments.None, checkpoint);

    public static WorkResult Run(IWork work)
    {
        using (work)
        {
            while (!work.Done)
            {
                work.Advance();
            }

            return work.Finish();
        }
    }

    /// <summary>Runs a work that is dropped and opened again from its checkpoint before each of the units given.</summary>
    public static WorkResult RunCut(Func<byte[]?, IWork> open, params int[] cuts)
    {
        byte[]? checkpoint = null;
        foreach (var cut in cuts)
        {
            using var part = open(checkpoint);
            while (part.Position < cut)
            {
                part.Advance();
            }

            checkpoint = part.Checkpoint();
        }

        return Run(open(checkpoint));
    }

    public static void AssertSame(WorkResult expected, WorkResult actual)
    {
        Assert.Equal(expected.Figures, actual.Figures);
        Assert.Equal(expected.Files.Keys, actual.Files.Keys);
        foreach (var (name, content) in expected.Files)
        {
            Assert.True(content.AsSpan().SequenceEqual(actual.Files[name]), $"'{name}' differs");
        }
    }
}
