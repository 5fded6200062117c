using Fer.Actors.Hosting;
using Fer.Actors.Jobs.Refinement;

namespace Fer.Host.Settings;

/// <summary>Everything that may stand in <c>fer { … }</c>.</summary>
public sealed record FerSettings
{
    /// <summary>What the run computes: these decide its results and are written into its first event.</summary>
    [Inline]
    public RefinementSettings Job { get; init; } = new();

    /// <summary>How it is carried out.</summary>
    [Inline]
    public EngineSettings Engine { get; init; } = new();

    public JournalSettings Journal { get; init; } = new();

    public ClusterSettings Cluster { get; init; } = new();

    public LogSettings Log { get; init; } = new();

    public SeqSettings Seq { get; init; } = new();

    public OtlpSettings Otlp { get; init; } = new();
}
