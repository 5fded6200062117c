using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Fer.Models.Native;

/// <summary>Loads a shared library from bytes (Linux).</summary>
internal static partial class MemoryImage
{
    private const uint CloseOnExec = 1;

    /// <summary>
    /// Through an anonymous file in memory, so nothing is left behind and nobody can change the bytes between writing and
    /// loading; where the system refuses that, through a temporary file.
    /// </summary>
    /// <returns>The library's handle, and where it was loaded from.</returns>
    public static (nint Handle, string Where) Load(string name, byte[] image)
    {
        var descriptor = CreateMemoryFile(name, CloseOnExec);
        if (descriptor < 0)
        {
            return (LoadFromFile(name, image), "in a temporary file");
        }

        // Never closed: the loader knows a library by the path it came from, and would take the next one to get this
        // number for the one it has.
        RandomAccess.Write(new SafeFileHandle(descriptor, ownsHandle: false), image, 0);
        return NativeLibrary.TryLoad($"/proc/self/fd/{descriptor}", out var handle)
            ? (handle, "in memory")
            : (LoadFromFile(name, image), "in a temporary file");
    }

    /// <summary>Through a file in a new private folder, which is removed at once: the mapping stays.</summary>
    public static nint LoadFromFile(string name, byte[] image)
    {
        var folder = Directory.CreateTempSubdirectory("fer-native-");
        try
        {
            var file = Path.Combine(folder.FullName, name);
            File.WriteAllBytes(file, image);
            return NativeLibrary.Load(file);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [LibraryImport("libc", EntryPoint = "memfd_create", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int CreateMemoryFile(string name, uint flags);
}
