using Fer.Models;

namespace Fer.Actors.Storage;

/// <summary>One process holds a run.</summary>
public sealed class RunLock : IDisposable
{
    private readonly FileLock file;

    private RunLock(FileLock file)
    {
        this.file = file;
    }

    /// <summary>Takes the run or throws a <see cref="BadInputException"/>.</summary>
    /// <param name="otherwise">Advice for who finds it taken.</param>
    public static RunLock Take(RunFolder folder, string otherwise = "choose another --run-id")
    {
        try
        {
            return FileLock.TryTake(folder.Lock) is { } file
                ? new RunLock(file)
                : throw new BadInputException($"Run '{folder.RunId}' is in use by another process: wait for it, stop it, or {otherwise}.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"The run's folder {folder.Path} cannot be used: {e.Message}", e);
        }
    }

    public static bool IsHeld(RunFolder folder) => FileLock.IsHeld(folder.Lock);

    public void Dispose() => file.Dispose();
}
