namespace Fer.Actors.Storage;

/// <summary>
/// A lock that one process has at a time: the kernel's, on an open file, so it goes with the process, however that ends.
/// The file's text names the holder for people; nothing trusts it.
/// </summary>
public sealed class FileLock : IDisposable
{
    private readonly FileStream file;

    private FileLock(FileStream file)
    {
        this.file = file;
    }

    /// <summary>Takes it; null: another process has it. Its folder is made where it is missing.</summary>
    public static FileLock? TryTake(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);

        // A reader that asks whether it is held locks it for an instant: ask again before giving up.
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
                file.SetLength(0);
                file.Write(System.Text.Encoding.UTF8.GetBytes($"process {Environment.ProcessId} on {Environment.MachineName}"));
                file.Flush();
                return new FileLock(file);
            }
            catch (IOException e) when (IsSharing(e))
            {
                if (attempt == 10)
                {
                    return null;
                }

                Thread.Sleep(50);
            }
        }
    }

    public static bool IsHeld(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            return false;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
        catch (IOException e) when (IsSharing(e))
        {
            return true;
        }
    }

    public void Dispose() => file.Dispose();

    // EAGAIN (11) from flock on Unix; ERROR_SHARING_VIOLATION on Windows.
    private static bool IsSharing(IOException e) => e.GetType() == typeof(IOException) && (e.HResult == 11 || (e.HResult & 0xFFFF) is 32 or 33 or 35);
}
