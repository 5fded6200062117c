using System.Collections.Immutable;

namespace Fer.Actors.Devices;

/// <summary>A process on a GPU.</summary>
/// <param name="Bytes">Of the GPU's memory; null: the driver does not say.</param>
internal readonly record struct GpuProcess(int Id, long? Bytes);

/// <summary>What a GPU's memory holds at a moment.</summary>
/// <param name="UsedBytes">By all, without what the driver keeps for itself.</param>
/// <param name="Processes">Those that compute there, as the driver numbers them: within a container's own process numbers it may list none, or others.</param>
internal sealed record GpuMemory(long UsedBytes, ImmutableArray<GpuProcess> Processes)
{
    /// <summary>What processes other than <paramref name="own"/> have of it, in bytes; null: it cannot be told.</summary>
    /// <param name="own">The slot's worker; null: there is none.</param>
    /// <param name="ownComputes">Whether that has computed there, and so has memory of its own.</param>
    public long? Others(int? own, bool ownComputes)
    {
        var mine = Processes.Where(p => p.Id == own).ToList();
        return (ownComputes && mine.Count == 0) || mine.Exists(p => p.Bytes is null)
            ? null
            : Math.Max(0, UsedBytes - mine.Sum(p => p.Bytes!.Value));
    }
}

/// <summary>Looks at GPUs' memory.</summary>
internal interface IGpuReader
{
    /// <param name="uuid">Of a GPU or of a slice of one (MIG), whole.</param>
    /// <returns>Null: it cannot be looked at.</returns>
    GpuMemory? Look(string uuid);
}
