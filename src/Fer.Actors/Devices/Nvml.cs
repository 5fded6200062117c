using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text;

namespace Fer.Actors.Devices;

/// <summary>
/// GPUs' memory as NVIDIA's management library tells it (NVML, part of the driver). Its functions are found by name, so that a machine
/// without the driver needs nothing of it. Signatures and layouts are those of <c>nvml.h</c>.
/// </summary>
internal sealed unsafe class Nvml : IGpuReader
{
    public const string Library = "libnvidia-ml.so.1";

    private const int Success = 0;
    private const int InsufficientSize = 7;

    /// <summary>Said of a process whose memory the driver does not know (NVML_VALUE_NOT_AVAILABLE).</summary>
    private const ulong NotAvailable = ulong.MaxValue;

    private readonly nint handle;
    private readonly delegate* unmanaged[Cdecl]<byte*, nint*, int> byUuid;
    private readonly delegate* unmanaged[Cdecl]<nint, MemoryInfo*, int> memory;
    private readonly delegate* unmanaged[Cdecl]<nint, uint*, ProcessInfo*, int> processes;
    private readonly delegate* unmanaged[Cdecl]<nint, uint*, uint*, int> migMode;

    private Nvml(nint nvml)
    {
        handle = nvml;
        byUuid = (delegate* unmanaged[Cdecl]<byte*, nint*, int>)Find("nvmlDeviceGetHandleByUUID");
        memory = (delegate* unmanaged[Cdecl]<nint, MemoryInfo*, int>)Find("nvmlDeviceGetMemoryInfo_v2");
        processes = (delegate* unmanaged[Cdecl]<nint, uint*, ProcessInfo*, int>)Find("nvmlDeviceGetComputeRunningProcesses_v3");
        migMode = (delegate* unmanaged[Cdecl]<nint, uint*, uint*, int>)Find("nvmlDeviceGetMigMode");
    }

    /// <summary>Null where the library is not there, is older than its driver's version 510, or finds no driver; it stays loaded for good.</summary>
    public static Nvml? Open(string path = Library)
    {
        if (!NativeLibrary.TryLoad(path, out var library))
        {
            return null;
        }

        var nvml = new Nvml(library);
        var start = (delegate* unmanaged[Cdecl]<int>)nvml.Find("nvmlInit_v2");
        return start is not null && nvml.byUuid is not null && nvml.memory is not null && nvml.processes is not null && start() == Success ? nvml : null;
    }

    public GpuMemory? Look(string uuid)
    {
        nint device;
        fixed (byte* name = Encoding.UTF8.GetBytes(uuid + '\0'))
        {
            if (byUuid(name, &device) != Success)
            {
                return null;
            }
        }

        // A sliced card's memory and processes are those of all slices, most of them others' by design. A slice itself has no such mode.
        uint current, pending;
        if (migMode is not null && migMode(device, &current, &pending) == Success && current != 0)
        {
            return null;
        }

        var info = new MemoryInfo { Version = (uint)sizeof(MemoryInfo) | (2 << 24) };
        return memory(device, &info) == Success && Processes(device) is { } found ? new GpuMemory((long)info.Used, found) : null;
    }

    private ImmutableArray<GpuProcess>? Processes(nint device)
    {
        // Another may have come between the count and the list.
        for (uint room = 16; room <= 4096; room *= 4)
        {
            var found = new ProcessInfo[room];
            var count = room;
            fixed (ProcessInfo* first = found)
            {
                switch (processes(device, &count, first))
                {
                    case Success:
                        return [.. found.Take((int)count).Select(p => new GpuProcess((int)p.Id, p.Used == NotAvailable ? null : (long)p.Used))];
                    case InsufficientSize:
                        continue;
                    default:
                        return null;
                }
            }
        }

        return null;
    }

    private nint Find(string function) => NativeLibrary.TryGetExport(handle, function, out var address) ? address : 0;

    /// <summary>nvmlMemory_v2_t: bytes; what is reserved is not in what is used.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct MemoryInfo
    {
        public uint Version;
        public ulong Total;
        public ulong Reserved;
        public ulong Free;
        public ulong Used;
    }

    /// <summary>nvmlProcessInfo_t.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct ProcessInfo
    {
        public uint Id;
        public ulong Used;
        public uint GpuInstance;
        public uint ComputeInstance;
    }
}
