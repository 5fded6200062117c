using Fer.Models;

namespace Fer.Actors.Storage;

/// <summary>
/// One process holds a run. The lock is the kernel's, on an open file: it goes with the process, however that ends.
/// The file's text names the holder for people; nothing trusts it.
/// </summary>
public sealed class RunLock : IDisposable
{
    private readonly FileStream file;

    private RunLock(FileStream file)
    {
        this.file = file;
    }

    /// <summary>Takes the run or throws a <see cref="BadInputException"/>.</summary>
    /// <param name="otherwise">Advice for who finds it taken.</param>
    public static RunLock Take(RunFolder folder, string otherwise = "choose another --run-id")
    {
        try
        {
            return TakeFile(folder, otherwise);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"The run's folder {folder.Path} cannot be used: {e.Message}", e);
        }
    }

    private static RunLock TakeFile(RunFolder folder, string otherwise)
    {
        Directory.CreateDirectory(folder.Path);

        // A reader that asks whether the run is held locks it for an instant: ask again before giving up.
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                var file = new FileStream(folder.Lock, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
                file.SetLength(0);
                file.Write(System.Text.Encoding.UTF8.GetBytes($"process {Environment.ProcessId} on {Environment.MachineName}"));
                file.Flush();
                return new RunLock(file);
            }
            catch (IOException e) when (IsSharing(e))
            {
                if (attempt == 10)
                {
                    throw new BadInputException($"Run '{folder.RunId}' is in use by another process: wait for it, stop it, or {otherwise}.", e);
                }

                Thread.Sleep(50);
            }
        }
    }

    public static bool IsHeld(RunFolder folder)
    {
        try
        {
            using var file = new FileStream(folder.Lock, FileMode.Open, FileAccess.Read, FileShare.Read);
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
