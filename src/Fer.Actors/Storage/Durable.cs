using System.Runtime.InteropServices;

namespace Fer.Actors.Storage;

/// <summary>Writes that are on the disk when they return, as far as the file system tells the truth.</summary>
internal static partial class Durable
{
    public static void WriteAndFlush(string path, ReadOnlySpan<byte> content)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        file.Write(content);
        file.Flush(flushToDisk: true);
    }

    /// <summary>Replaces a small file in one go.</summary>
    public static void Replace(string path, ReadOnlySpan<byte> content)
    {
        var aside = path + ".new";
        WriteAndFlush(aside, content);
        File.Move(aside, path, overwrite: true);
        FlushFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    /// <summary>Makes renames and new names in a folder last. .NET opens no folders, so this asks libc; elsewhere than on Unix the file system does it by itself.</summary>
    public static void FlushFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        const int readOnly = 0;
        var handle = Open(folder, readOnly);
        if (handle < 0)
        {
            throw new IOException($"{folder} cannot be opened to be flushed (errno {Marshal.GetLastPInvokeError()}).");
        }

        try
        {
            // EINVAL: a file system that keeps no cache of folders.
            if (Fsync(handle) != 0 && Marshal.GetLastPInvokeError() != 22)
            {
                throw new IOException($"{folder} cannot be flushed (errno {Marshal.GetLastPInvokeError()}).");
            }
        }
        finally
        {
            _ = Close(handle);
        }
    }

    /// <summary>Whether this user may write a file or folder that is there; looked up without opening it.</summary>
    public static bool MayWrite(string path)
    {
        const int write = 2;
        return OperatingSystem.IsWindows() ? !File.GetAttributes(path).HasFlag(FileAttributes.ReadOnly) : Access(path, write) == 0;
    }

    [LibraryImport("libc", EntryPoint = "access", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Access(string path, int mode);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int handle);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int handle);
}
