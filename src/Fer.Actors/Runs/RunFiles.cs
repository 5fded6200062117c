using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using Fer.Actors.Devices;
using Fer.Actors.Storage;

namespace Fer.Actors.Runs;

/// <summary>A run's files, for its supervisor: lets go of what the run's state no longer refers to.</summary>
internal sealed class RunFiles(RunSetup setup, ILoggingAdapter log)
{
    private readonly ArtifactStore store = new(setup.Request.Folder.Artifacts);

    /// <summary>Where artifacts are.</summary>
    public string Root => store.Root;

    // In a store that many runs share, what this one no longer needs may be another's: who sees them all removes it.
    private bool IsShared => setup.Request.Seat is not null;

    /// <summary>Before the first step: nothing in a store of the run's own is in use that its state does not refer to.</summary>
    public void Begin(RunState state)
    {
        if (!IsShared)
        {
            RunMark.Write(setup.Request.Folder);
            var swept = store.Sweep(state.ReferredArtifacts().ToHashSet(StringComparer.Ordinal));
            if (swept > 0)
            {
                log.Info("{Count} files that nothing refers to are removed", swept);
            }
        }
    }

    // Equal content under another name in the state is the same file: it stays.
    public void Delete(RunState state, ImmutableArray<string> retired)
    {
        var referred = state.ReferredArtifacts().ToHashSet(StringComparer.Ordinal);
        var free = retired.RemoveAll(referred.Contains);
        if (IsShared)
        {
            setup.Pool.Tell(new Retire(free));
            return;
        }

        foreach (var artifact in free)
        {
            store.Delete(artifact);
        }
    }
}
