using Fer.Actors.Runs;
using Fer.Models.Training;

namespace Fer.Actors.Devices;

/// <summary>How a step of one kind is opened. All that decides bits is in Fer.Models; this wires inputs to it.</summary>
/// <param name="Kind">As in <see cref="StepSpec.Kind"/>.</param>
/// <param name="Version">As in <see cref="StepSpec.Version"/>.</param>
/// <param name="Open">Makes the work, on the slot's thread.</param>
public sealed record StepKind(string Kind, int Version, Func<StepContext, IWork> Open)
{
    /// <summary>
    /// Whether it is made by managed code from its inputs alone: no network, no tensor, nothing of <see cref="StepContext.Compute"/>. Its bits are
    /// then those of any slot whose processor and Fer.Models are the same, and no GPU need be held for it.
    /// </summary>
    public bool IsPlain { get; init; }
}

/// <summary>What a step is opened with.</summary>
/// <param name="Read">Reads an input by its role, hash checked.</param>
/// <param name="Checkpoint">Where to go on from; null: from the start.</param>
public sealed record StepContext(StepSpec Spec, Func<string, byte[]> Read, Compute Compute, Adjustments Adjustments, byte[]? Checkpoint)
{
    /// <summary>Roles that begin with a prefix, in order.</summary>
    public IEnumerable<string> Roles(string prefix) => Spec.Inputs.Keys.Where(k => k.StartsWith(prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal);

    public T Settings<T>() => Storage.Json.Read<T>(Spec.Settings);
}
