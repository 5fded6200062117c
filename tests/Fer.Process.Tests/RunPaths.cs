using Fer.Actors.Storage;

namespace Fer.Process.Tests;

/// <summary>Where a run's lasting writes go, as the system calls name it.</summary>
internal sealed class RunPaths(RunFolder folder)
{
    private string Aside => Path.Combine(folder.Artifacts, "aside");

    public string Journal => folder.Journal + "-wal";

    public string Of(string artifact) => Path.Combine(FolderOf(artifact), artifact);

    public string FolderOf(string artifact) => Path.Combine(folder.Artifacts, artifact.Length < 2 ? artifact : artifact[..2]);

    public bool IsAside(string path) => path.StartsWith(Aside + "/", StringComparison.Ordinal);

    /// <summary>Names that an artifact may have before it is renamed, for <see cref="Tracing.Paths"/>: hash, process, thread, machine.</summary>
    /// <param name="threads">Numbers that the slot's thread may have.</param>
    public IEnumerable<string> AsideOf(string artifact, IEnumerable<int> threads) => threads.Select(t => Path.Combine(Aside, $"{artifact}.{Tracing.Pid}.{t}.{Environment.MachineName}"));

    public bool HasAside(string artifact) => Directory.Exists(Aside) && Directory.EnumerateFiles(Aside, artifact + ".*").Any();
}
