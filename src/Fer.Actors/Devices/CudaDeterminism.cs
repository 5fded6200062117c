using System.Runtime.InteropServices;
using TorchSharp;

namespace Fer.Actors.Devices;

/// <summary>
/// Equal bits from equal steps on a GPU: no TF32, deterministic kernels wherever libtorch has them, no benchmarking of kernels.
/// TorchSharp offers only the first, so the rest is asked of libtorch's own exported functions (at::globalContext, at::Context).
/// For a process that computes on CUDA: on a processor results are equal without, and some kernels are slower with it.
/// </summary>
public static unsafe class CudaDeterminism
{
    private const string GlobalContext = "_ZN2at13globalContextEv";
    private const string CuDnn = "_ZN2at7Context21setDeterministicCuDNNEb";
    private const string Benchmark = "_ZN2at7Context17setBenchmarkCuDNNEb";
    private const string Algorithms = "_ZN2at7Context26setDeterministicAlgorithmsEbb";

    /// <summary>libtorch's functions that are called, mangled as its ABI has them.</summary>
    internal static IReadOnlyList<string> Symbols { get; } = [GlobalContext, CuDnn, Benchmark, Algorithms];

    /// <param name="say">Is given a sentence when this libtorch lacks a function: equal bits are then not promised.</param>
    public static void Enforce(Action<string> say)
    {
        torch.backends.cuda.matmul.allow_tf32 = false;
        torch.backends.cudnn.allow_tf32 = false;
        Enforce(Find, say);
    }

    /// <summary>A function's address in libtorch; 0 when it exports none of that name.</summary>
    internal static nint Find(string symbol) =>
        NativeLibrary.TryLoad("torch_cpu", typeof(torch).Assembly, DllImportSearchPath.SafeDirectories, out var library) && NativeLibrary.TryGetExport(library, symbol, out var address) ? address : 0;

    internal static void Enforce(Func<string, nint> find, Action<string> say)
    {
        var addresses = Symbols.ToDictionary(s => s, find, StringComparer.Ordinal);
        var missing = Symbols.Where(s => addresses[s] == 0).ToList();
        if (missing.Count > 0)
        {
            say($"This libtorch does not export {string.Join(" and ", missing)}: what it computes on a GPU may differ from run to run.");
        }

        if (addresses[GlobalContext] == 0)
        {
            return;
        }

        var context = ((delegate* unmanaged[Cdecl]<nint>)addresses[GlobalContext])();
        if (addresses[CuDnn] is var cuDnn and not 0)
        {
            ((delegate* unmanaged[Cdecl]<nint, byte, void>)cuDnn)(context, 1);
        }

        if (addresses[Benchmark] is var benchmark and not 0)
        {
            ((delegate* unmanaged[Cdecl]<nint, byte, void>)benchmark)(context, 0);
        }

        if (addresses[Algorithms] is var algorithms and not 0)
        {
            // The second: where an operation has no deterministic kernel libtorch warns instead of failing, and a step goes on.
            ((delegate* unmanaged[Cdecl]<nint, byte, byte, void>)algorithms)(context, 1, 1);
        }
    }
}
