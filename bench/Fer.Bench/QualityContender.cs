using System.Collections.Immutable;
using System.Diagnostics;
using Fer.Models.Data;
using Fer.Models.Files;
using Fer.Models.Training;

namespace Fer.Bench;

/// <summary>Who takes part in the bench of time to quality.</summary>
/// <param name="Name">As tables and <c>--only</c> have it.</param>
/// <param name="IsOurs">Measured against the bar that the others set.</param>
/// <param name="Settings">All that it is.</param>
internal sealed record QualityContender(string Name, bool IsOurs, GanSettings Settings)
{
    private const int WarmUpEpochs = 10;

    private static readonly GanSettings Study = new()
    {
        Kind = "per-class", Generator = "study", Critic = "study", Latent = 100, BatchSize = 64, CriticSteps = 5, GeneratorLearningRate = 3e-4, CriticLearningRate = 1e-4,
        Beta1 = 0.5, Beta2 = 0.99, Average = 0, Flip = false, Balance = false, WarmUp = "perceptual", StepsPerRound = 10_000_000,
    };

    private static readonly GanSettings Ours = new() { StepsPerRound = 10_000_000 };

    /// <summary>
    /// The study's GAN as it was, warmed up for ten epochs, though by fixed random features, since VGG19's weights are not part of this; the same with a critic that
    /// fits WGAN-GP; its two networks with class vectors, for all classes at once; our default; and hocon/fer2013-tenth.conf's. The last three begin cold: a
    /// warm-up takes the networks of a class, which get few steps, to 15.8 in half a minute that cold leads to 26.7, but all classes together pass that without one.
    /// </summary>
    public static ImmutableArray<QualityContender> All { get; } =
    [
        new("study", false, Study),
        new("correct", false, Study with { Critic = "correct" }),
        new("conditional", false, Study with { Kind = "conditional", Critic = "correct", WarmUp = "off" }),
        new("default", true, Ours),
        new("tenth", true, Ours with { BatchSize = 16, CriticSteps = 1, GeneratorLearningRate = 1e-3, CriticLearningRate = 1e-3, Average = 0.999 }),
    ];

    /// <summary>Its GANs, untrained: one, or one for each class.</summary>
    public IReadOnlyList<TimedGan> Open(ImageSet faces, long seed)
    {
        if (Settings.Kind == "conditional")
        {
            return [new TimedGan(Settings, faces, null, seed, 1)];
        }

        var counts = faces.CountByClass();
        return [.. counts.Select((count, label) => new TimedGan(
            Settings with { WarmUpSteps = WarmUpEpochs * ((count + Settings.BatchSize - 1) / Settings.BatchSize) }, faces, label, seed, (double)count / faces.Count))];
    }
}

/// <summary>A GAN, warm-up first where it has one, and what its training has cost so far, opening and compiling included.</summary>
internal sealed class TimedGan(GanSettings settings, ImageSet faces, int? label, long seed, double share) : IDisposable
{
    private IWork? work;

    /// <summary>The class that it draws; null for all.</summary>
    public string? Class => label is { } l ? faces.Labels[l] : null;

    /// <summary>
    /// Processor time, in seconds: of the whole process, so that nothing that training causes is left out. Other programs on the machine decide it less than the wall's,
    /// but not nothing: they share caches, memory and, where two of what is called a processor are halves of one core, its units. So contenders run one after the other.
    /// </summary>
    public double Seconds { get; private set; }

    public double WallSeconds { get; private set; }

    public long Steps { get; private set; }

    public bool HasBegun => work is not null;

    /// <summary>Who is behind in its share of the time is next: a class's share is its faces', as if all classes had equal epochs.</summary>
    public double Progress => Seconds / share;

    public void Advance()
    {
        var (cpu, wall) = (Environment.CpuUsage.TotalTime, Stopwatch.GetTimestamp());
        work ??= settings.WarmUp == "off" ? Train(null) : new WarmUp(settings, faces, label, seed, null, Compute.Cpu, Adjustments.None, null);
        work.Advance();
        if (work is WarmUp { Done: true })
        {
            var start = work.Finish().Files["gan"];
            work.Dispose();
            work = Train(start);
        }

        Steps = work.Position;
        Seconds += (Environment.CpuUsage.TotalTime - cpu).TotalSeconds;
        WallSeconds += Stopwatch.GetElapsedTime(wall).TotalSeconds;
    }

    private GanTraining Train(byte[]? start) => new(settings, faces, null, label, seed, 0, start, Compute.Cpu, Adjustments.None, null);

    /// <summary>The generator as a run would draw from it now. A checkpoint holds it under a prefix; the average takes no part in a warm-up.</summary>
    public byte[] Generator()
    {
        using var checkpoint = SafeTensors.Read(work!.Checkpoint(), "The checkpoint");
        using var file = new SafeTensors();
        var prefix = work is WarmUp ? "generator." : "average.";
        foreach (var (name, tensor) in checkpoint.Tensors.Where(t => t.Key.StartsWith(prefix, StringComparison.Ordinal)))
        {
            file.Add(name[prefix.Length..], tensor);
        }

        foreach (var key in new[] { "network", "classes", "shape", "only" }.Where(checkpoint.Metadata.ContainsKey))
        {
            file.Metadata[key] = checkpoint.Metadata[key];
        }

        return file.ToBytes();
    }

    public void Dispose() => work?.Dispose();
}
