using Fer.Actors.Storage;

namespace Fer.Actors.Artifacts;

/// <summary>Where artifacts go that nothing refers to any more.</summary>
public interface IArtifactBin
{
    Task RemoveAsync(IReadOnlyCollection<string> hashes);
}

/// <summary>Of a folder that all hosts share: they are removed at once.</summary>
internal sealed class FolderBin(ArtifactStore store) : IArtifactBin
{
    public Task RemoveAsync(IReadOnlyCollection<string> hashes)
    {
        foreach (var hash in hashes)
        {
            store.Delete(hash);
        }

        return Task.CompletedTask;
    }
}

/// <summary>Of hosts with stores of their own: each is told, and removes its copy (<see cref="ArtifactKeeper"/>).</summary>
internal sealed class RowsBin(ArtifactRows rows) : IArtifactBin
{
    public Task RemoveAsync(IReadOnlyCollection<string> hashes) => rows.RetireAsync(hashes);
}
