using System.Collections.Immutable;
using Fer.Actors.Runs.V1;

namespace Fer.Actors.Runs;

/// <summary>Which checkpoints nobody will go back to. Pure.</summary>
internal static class Retirement
{
    /// <summary>
    /// Adds to events that are about to be written, so that one write holds both, what they retire: all checkpoints of a
    /// completed step, all but the last two of a running one, all behind the place that a step goes back to.
    /// </summary>
    /// <param name="state">The state before the events.</param>
    public static ImmutableArray<IRunEvent> With(RunState state, ImmutableArray<IRunEvent> events, DateTimeOffset at)
    {
        var retired = events.SelectMany(e => OldAfter(state, e)).ToImmutableArray();
        return retired.IsEmpty ? events : events.Add(new ArtifactsRetired(at, retired));
    }

    private static IEnumerable<string> OldAfter(RunState state, IRunEvent e)
    {
        switch (e)
        {
            case StepCompleted c:
                return Checkpoints(state, c.Step).Select(k => k.Artifact);
            case StepCheckpointed c:
                var all = Checkpoints(state, c.Step);

                // Equal bytes are the same file: what the newest two need is not old.
                return all.SkipLast(1).Select(k => k.Artifact).Except([.. all.TakeLast(1).Select(k => k.Artifact), c.Artifact]);
            case StepAdjusted a:
                return Checkpoints(state, a.Step).Where(k => k.Position > a.Adjustment.From).Select(k => k.Artifact);
            default:
                return [];
        }
    }

    private static ImmutableArray<CheckpointRef> Checkpoints(RunState state, string step) => state.Steps.TryGetValue(step, out var known) ? known.Checkpoints : [];
}
