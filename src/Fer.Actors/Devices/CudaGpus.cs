using System.Runtime.InteropServices;
using System.Text;

namespace Fer.Actors.Devices;

/// <summary>A GPU as CUDA shows it to this process, in the 32 digits and 4 dashes of its UUID alone.</summary>
/// <param name="Uuid">Of the card, or, in MIG mode, of the slice that the process sees.</param>
/// <param name="Card">Of the card in any case.</param>
internal readonly record struct CudaGpu(string Uuid, string Card);

/// <summary>
/// Which GPUs CUDA's numbers mean in this process. Only CUDA's driver knows: what a job's cgroup or a container hides shortens its numbers,
/// while <c>/proc</c> goes on listing all cards. Its functions are found by name, as those of <see cref="Nvml"/>; signatures are those of <c>cuda.h</c>.
/// </summary>
internal static unsafe class CudaGpus
{
    public const string Library = "libcuda.so.1";

    private const int Success = 0;

    /// <summary>CUDA's GPUs in its order; none where it does not tell, as drivers before version 470.</summary>
    /// <param name="count">How many there are.</param>
    public static IReadOnlyList<CudaGpu> Of(int count, string path = Library)
    {
        if (count == 0 || !NativeLibrary.TryLoad(path, out var library))
        {
            return [];
        }

        var start = (delegate* unmanaged[Cdecl]<uint, int>)Find(library, "cuInit");
        var byNumber = (delegate* unmanaged[Cdecl]<int*, int, int>)Find(library, "cuDeviceGet");
        var own = (delegate* unmanaged[Cdecl]<byte*, int, int>)Find(library, "cuDeviceGetUuid_v2");
        var card = (delegate* unmanaged[Cdecl]<byte*, int, int>)Find(library, "cuDeviceGetUuid");
        if (start is null || byNumber is null || own is null || card is null || start(0) != Success)
        {
            return [];
        }

        var all = new List<CudaGpu>();
        for (var number = 0; number < count; number++)
        {
            int device;
            if (byNumber(&device, number) != Success || Uuid(own, device) is not { } uuid || Uuid(card, device) is not { } whole)
            {
                return [];
            }

            all.Add(new CudaGpu(uuid, whole));
        }

        return all;
    }

    private static string? Uuid(delegate* unmanaged[Cdecl]<byte*, int, int> ask, int device)
    {
        var bytes = stackalloc byte[16];
        if (ask(bytes, device) != Success)
        {
            return null;
        }

        var text = new StringBuilder(Convert.ToHexStringLower(new ReadOnlySpan<byte>(bytes, 16)));
        foreach (var dash in (ReadOnlySpan<int>)[8, 13, 18, 23])
        {
            text.Insert(dash, '-');
        }

        return text.ToString();
    }

    private static nint Find(nint library, string function) => NativeLibrary.TryGetExport(library, function, out var address) ? address : 0;
}
