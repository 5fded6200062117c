using System.Collections.Concurrent;
using Fer.Actors.Devices;

namespace Fer.Actors.Tests.Devices;

/// <summary>GPUs whose memory is as a test says.</summary>
internal sealed class GivenGpus : IGpuReader
{
    public const string Uuid = "GPU-5c89852c-d268-c3f3-1b07-005d5ae1dc3f";

    private readonly ConcurrentDictionary<string, GpuMemory> memory = new();
    private int hung;

    /// <summary>Used by all, in MiB, and by which processes; null: not told.</summary>
    public GivenGpus Say(int usedMib, params IEnumerable<(int Id, int? Mib)> processes) => SayOf(Uuid, usedMib, processes);

    /// <summary>The same of any GPU.</summary>
    public GivenGpus SayOf(string uuid, int usedMib, params IEnumerable<(int Id, int? Mib)> processes)
    {
        memory[uuid] = new GpuMemory((long)usedMib << 20, [.. processes.Select(p => new GpuProcess(p.Id, p.Mib is { } mib ? (long)mib << 20 : null))]);
        return this;
    }

    /// <summary>Of the hanging one nothing is told any more.</summary>
    public void Hang() => memory.TryRemove(Hanging, out _);

    /// <summary>A GPU about which nothing is answered until <see cref="Answer"/>, and a failure then.</summary>
    public const string Hanging = "GPU-00000000-d268-c3f3-1b07-005d5ae1dc3f";

    public ManualResetEventSlim Answer { get; } = new();

    /// <summary>How many looks at that one have begun.</summary>
    public int Hung => hung;

    public GpuMemory? Look(string uuid)
    {
        if (uuid == Hanging && !memory.ContainsKey(Hanging))
        {
            Interlocked.Increment(ref hung);
            Answer.Wait();
            throw new InvalidOperationException("the driver was unloaded");
        }

        return memory.GetValueOrDefault(uuid);
    }
}
