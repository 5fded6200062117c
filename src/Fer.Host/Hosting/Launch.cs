using Fer.Actors.Hosting;
using Fer.Actors.Jobs.Levers;
using Fer.Actors.Storage;
using Fer.Host.Settings;

namespace Fer.Host.Hosting;

/// <summary>A run to start or to go on with.</summary>
/// <param name="Folder">Where it is or will be.</param>
/// <param name="Settings">Checked.</param>
/// <param name="Config">The file they came from.</param>
internal sealed record Launch(RunFolder Folder, FerSettings Settings, string? Config)
{
    /// <summary>Go on with what the journal says, whatever the settings say the run should compute.</summary>
    public bool Resume { get; init; }

    public bool AcceptFingerprint { get; init; }

    /// <summary>Levers to screen; null: a run of the loop.</summary>
    public IReadOnlyList<LeverChoice>? Levers { get; init; }

    /// <summary>A run that goes on from another, whose files are in its own store by now.</summary>
    public NewRun? Fork { get; init; }

    /// <summary>Advice for who wanted another run than this.</summary>
    public string Otherwise { get; init; } = "choose another --run-id";

    /// <summary>Said when the run has ended before.</summary>
    public string? WhenOver { get; init; }
}
