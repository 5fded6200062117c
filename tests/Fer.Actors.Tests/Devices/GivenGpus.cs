using System.Collections.Concurrent;
using Fer.Actors.Devices;

namespace Fer.Actors.Tests.Devices;

/// <summary>GPUs whose memory is as a test says.</summary>
internal sealed class GivenGpus : IGpuReader
{
    public const string Uuid = "GPU-5c89852c-d268-c3f3-1b07-005d5ae1dc3f";

    private readonly ConcurrentDictionary<string, GpuMemory> memory = new();

    /// <summary>Used by all, in MiB, and by which processes; null: not told.</summary>
    public GivenGpus Say(int usedMib, params IEnumerable<(int Id, int? Mib)> processes)
    {
        memory[Uuid] = new GpuMemory((long)usedMib << 20, [.. processes.Select(p => new GpuProcess(p.Id, p.Mib is { } mib ? (long)mib << 20 : null))]);
        return this;
    }

    public GpuMemory? Look(string uuid) => memory.GetValueOrDefault(uuid);
}
