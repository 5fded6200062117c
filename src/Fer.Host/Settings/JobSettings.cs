using Fer.Models.Training;

namespace Fer.Host.Settings;

/// <summary>What a run computes.</summary>
public sealed record JobSettings
{
    public ClassifierSettings Classifier { get; init; } = new();

    public GanSettings Gan { get; init; } = new();
}
