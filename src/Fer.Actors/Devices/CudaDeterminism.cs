using System.Runtime.InteropServices;
using TorchSharp;

namespace Fer.Actors.Devices;

/// <summary>
/// Equal bits from equal steps on a GPU: no TF32, cuDNN's deterministic kernels, no benchmarking of kernels. TorchSharp
/// offers only the first, so the rest is asked of libtorch's own exported functions (at::globalContext, at::Context).
/// </summary>
internal static unsafe class CudaDeterminism
{
    public static void Enforce()
    {
        torch.backends.cuda.matmul.allow_tf32 = false;
        torch.backends.cudnn.allow_tf32 = false;
        var library = NativeLibrary.Load("torch_cpu", typeof(torch).Assembly, DllImportSearchPath.SafeDirectories);
        var context = ((delegate* unmanaged[Cdecl]<nint>)NativeLibrary.GetExport(library, "_ZN2at13globalContextEv"))();
        ((delegate* unmanaged[Cdecl]<nint, byte, void>)NativeLibrary.GetExport(library, "_ZN2at7Context21setDeterministicCuDNNEb"))(context, 1);
        ((delegate* unmanaged[Cdecl]<nint, byte, void>)NativeLibrary.GetExport(library, "_ZN2at7Context17setBenchmarkCuDNNEb"))(context, 0);
    }
}
