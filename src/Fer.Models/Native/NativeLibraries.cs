using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using OpenCvSharp;
using TorchSharp;

namespace Fer.Models.Native;

/// <summary>
/// Lets libtorch and OpenCV load on systems that their packages do not expect, without root and without a package more:
/// <list type="bullet">
/// <item>TorchSharp's library asks for the libstdc++ of GCC 13, for a marker that it never calls; Debian 12 and
/// Ubuntu 22.04 have an older one.</item>
/// <item>OpenCvSharp's library asks for GTK, X11 and their like, for windows that this program never opens; servers
/// and containers lack them.</item>
/// </list>
/// Where the plain load works nothing is done. Otherwise a copy without the need is loaded from memory.
/// </summary>
public static class NativeLibraries
{
    private const string NewLibstdcxx = "GLIBCXX_3.4.32";

    // What GCC 13's <iostream> header refers to so that an older libstdc++ is refused at load; no code calls it.
    private const string Libstdcxx32Marker = "_ZSt21ios_base_library_initv";

    internal static readonly ImmutableHashSet<string> WindowLibraries =
    [
        "libfreetype.so.6", "libharfbuzz.so.0", "libgtk-3.so.0", "libgdk-3.so.0", "libpangocairo-1.0.so.0", "libpango-1.0.so.0", "libatk-1.0.so.0",
        "libcairo-gobject.so.2", "libcairo.so.2", "libgdk_pixbuf-2.0.so.0", "libgio-2.0.so.0", "libgobject-2.0.so.0", "libglib-2.0.so.0", "libdrm.so.2", "libX11.so.6",
    ];

    private static readonly NativeLoader Torch = new(
        "libtorch",
        "LibTorchSharp",
        ["libc10.so", "libtorch_cpu.so", "libtorch.so"],
        new NativeCure(
            message => message.Contains(NewLibstdcxx, StringComparison.Ordinal),
            image => ElfImage.WithWeakVersion(image, NewLibstdcxx, Libstdcxx32Marker),
            $"this system's libstdc++ has no {NewLibstdcxx}"));

    private static readonly NativeLoader OpenCv = new(
        "OpenCV",
        "OpenCvSharpExtern",
        [],
        new NativeCure(
            message => WindowLibraries.Any(l => message.Contains(l, StringComparison.Ordinal)),
            image => ElfImage.WithoutNeeded(image, WindowLibraries),
            "this system lacks GTK or another library for windows"),
        Quieten);

    private static int registered;

    /// <summary>
    /// Puts the cures in place; loads nothing yet. Runs by itself when this assembly is first used; a program that may
    /// touch torch before that calls it first. Calling it again does nothing.
    /// </summary>
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "It must run before the first touch of torch, whoever does that.")]
    public static void Register()
    {
        if (Interlocked.Exchange(ref registered, 1) != 0)
        {
            return;
        }

        // TorchSharp's static initialiser loads by NativeLibrary.TryLoad, which asks no DllImport resolver; this event is
        // raised after the runtime's own search has failed, for both kinds of load.
        AssemblyLoadContext.GetLoadContext(typeof(torch).Assembly)!.ResolvingUnmanagedDll += (_, name) => name == Torch.Library ? Torch.Load() : 0;
        NativeLibrary.SetDllImportResolver(typeof(Cv2).Assembly, (name, _, _) => name == OpenCv.Library ? OpenCv.Load() : 0);
    }

    /// <summary>
    /// Loads libtorch now. Called before the first use of torch, so that trouble ends in one sentence; TorchSharp's own
    /// message blames a missing package reference, after copying half a gigabyte of files in vain.
    /// </summary>
    /// <exception cref="BadInputException">It cannot be loaded.</exception>
    public static void RequireTorch() => Require(Torch);

    /// <summary>Loads OpenCV now, held to one thread: whoever uses it brings the parallelism.</summary>
    /// <exception cref="BadInputException">It cannot be loaded.</exception>
    public static void RequireOpenCv() => Require(OpenCv);

    /// <summary>Loads every native library and says how that went. Never throws.</summary>
    public static ImmutableArray<NativeLibraryState> Check() =>
        [State(Torch, () => Versions.LibTorch), State(OpenCv, () => Versions.OpenCv)];

    private static void Require(NativeLoader loader)
    {
        Register();
        if (loader.Load() == 0)
        {
            throw new BadInputException(loader.How);
        }
    }

    private static NativeLibraryState State(NativeLoader loader, Func<string> version) =>
        loader.Load() == 0 ? new(loader.Name, "", false, loader.How) : new(loader.Name, version(), true, loader.How);

    // One thread: whoever calls OpenCV brings the parallelism. Silent: what a picture lacks is said by us, once and with its name.
    // By exports and not by Cv2, whose own static initialiser this runs inside.
    private static unsafe void Quieten(nint handle)
    {
        int before;
        ((delegate* unmanaged[Cdecl]<int, int>)NativeLibrary.GetExport(handle, "core_setNumThreads"))(1);
        ((delegate* unmanaged[Cdecl]<int, int*, int>)NativeLibrary.GetExport(handle, "core_logger_setLogLevel"))((int)LogLevel.SILENT, &before);
    }
}
