using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Fer.Models.Networks;

/// <summary>
/// Lets the C library keep the memory of tensors that are gone for those that come. As it is set by default, a thread hands
/// blocks of several megabytes back to the system as soon as they are free, and each next tensor meets pages that the system
/// has to clear first: 57,000 times in one step of the study's generator, a fifth of its time. Much of what a process held once it keeps
/// until it ends. No result changes. The launchers set the same by environment variables, which hold from the first allocation on;
/// this is for programs that were started otherwise, and comes too late for pools that threads have already made.
/// </summary>
internal static partial class HeldMemory
{
    // mallopt's parameters, as glibc numbers them.
    private const int TrimThreshold = -1;
    private const int MapThreshold = -3;
    private const int ArenaMax = -8;

    /// <summary>Runs by itself when this assembly is first used: before the threads that compute have a memory pool of their own.</summary>
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "It must run before threads that compute are started, whoever starts them.")]
    public static void Keep()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        try
        {
            // The greatest block that glibc lets a pool hold; pools other than the first are given back whole, so no further one is made.
            _ = MallOpt(MapThreshold, 32 << 20);
            _ = MallOpt(TrimThreshold, 1 << 30);
            _ = MallOpt(ArenaMax, 1);
        }
        catch (EntryPointNotFoundException)
        {
            // Another C library, with rules of its own.
        }
    }

    [LibraryImport("libc", EntryPoint = "mallopt")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int MallOpt(int parameter, int value);
}
