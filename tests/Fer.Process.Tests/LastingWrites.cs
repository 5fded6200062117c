using System.Collections.Immutable;
using System.Globalization;
using Fer.Actors.Runs.V1;
using Fer.Actors.Storage;

namespace Fer.Process.Tests;

internal enum WriteKind
{
    /// <summary>The flush of an artifact's bytes, still under a name aside.</summary>
    Content,

    /// <summary>The rename of those bytes to their hash.</summary>
    Rename,

    /// <summary>The flush of the folder that got the name.</summary>
    Folder,

    /// <summary>The removal of a checkpoint that an event has retired.</summary>
    Retire,

    /// <summary>The flush of the journal with the step's completion.</summary>
    Journal,
}

/// <summary>A write that is to outlive the process.</summary>
/// <param name="StepKind">Of the step that makes it.</param>
/// <param name="Subject">The artifact's hash; for the journal the step's name.</param>
internal sealed record LastingWrite(WriteKind Kind, string StepKind, string Subject);

/// <summary>
/// The lasting writes of a run never disturbed, in their order: strace says which were made, the journal says by which kind of
/// step. An artifact's path is its hash, so a killed run makes the same ones, whatever has been repeated.
/// </summary>
internal sealed class LastingWrites
{
    /// <summary>As step kind of the frozen faces, which are written before the first step.</summary>
    public const string Inputs = "inputs";

    private readonly Dictionary<string, string> makers;

    private LastingWrites(Dictionary<string, string> makers)
    {
        this.makers = makers;
    }

    public ImmutableArray<LastingWrite> All { get; private set; } = [];

    /// <summary>Numbers that the slot's thread may have in another run: what it had, give or take.</summary>
    public ImmutableArray<int> SlotThreads { get; private set; } = [];

    /// <summary>Every pair that exists in the run.</summary>
    public IEnumerable<(string StepKind, WriteKind Kind)> Kinds => All.Where(w => w.StepKind != Inputs).Select(w => (w.StepKind, w.Kind)).Distinct();

    public static LastingWrites Of(RunFolder folder, IReadOnlyList<IRunEvent> events, IReadOnlyList<TracedCall> calls)
    {
        const int giveOrTake = 16;
        var paths = new RunPaths(folder);

        // Hash, process, thread, machine, whose name may have dots of its own.
        var slot = int.Parse(Path.GetFileName(calls.Last(c => c.Name == "rename" && paths.IsAside(c.Path)).Path).Split('.')[2], CultureInfo.InvariantCulture);
        var writes = new LastingWrites(Makers(events)) { SlotThreads = [.. Enumerable.Range(Math.Max(1, slot - giveOrTake), 2 * giveOrTake)] };
        writes.All = [.. writes.In(paths, calls, StepKinds(events))];
        return writes;
    }

    /// <summary>What a page of the journal says when the step's completion stands on it, as strace prints it.</summary>
    public static string CompletionOf(string step) => $"\\\"Step\\\":\\\"{step}\\\",\\\"Files\\\":";

    public static IEnumerable<(string Step, string Artifact)> Named(IEnumerable<IRunEvent> events) => events.SelectMany(e => e switch
    {
        StepCheckpointed c => [(c.Step, c.Artifact)],
        StepCompleted c => c.Files.Values.Select(f => (c.Step, f)),
        _ => [],
    });

    private IEnumerable<LastingWrite> In(RunPaths paths, IEnumerable<TracedCall> calls, Dictionary<string, string> stepKinds)
    {
        var renamed = new Dictionary<int, string>();
        var waiting = stepKinds.Keys.ToHashSet();
        var written = new List<string>();
        foreach (var call in calls.Where(c => c.Made))
        {
            if (call.Name == "pwrite64" && call.Path == paths.Journal)
            {
                written.AddRange(waiting.Where(s => call.Text.Contains(CompletionOf(s), StringComparison.Ordinal)));
                waiting.ExceptWith(written);
            }
            else if (call.Name == "fsync" && call.Path == paths.Journal)
            {
                foreach (var step in written)
                {
                    yield return new LastingWrite(WriteKind.Journal, stepKinds[step], step);
                }

                written.Clear();
            }
            else if (OnArtifact(call, paths, renamed) is { } write && makers.TryGetValue(write.Artifact, out var maker))
            {
                yield return new LastingWrite(write.Kind, maker, write.Artifact);
            }
        }
    }

    private static (WriteKind Kind, string Artifact)? OnArtifact(TracedCall call, RunPaths paths, Dictionary<int, string> renamed)
    {
        var artifact = Path.GetFileName(call.Path).Split('.')[0];
        switch (call.Name)
        {
            case "fsync" when paths.IsAside(call.Path):
                return (WriteKind.Content, artifact);
            case "rename" when paths.IsAside(call.Path):
                renamed[call.Thread] = artifact;
                return (WriteKind.Rename, artifact);
            case "fsync" when renamed.TryGetValue(call.Thread, out var last) && call.Path == paths.FolderOf(last):
                return (WriteKind.Folder, last);
            case "unlink" when call.Path == paths.Of(artifact):
                return (WriteKind.Retire, artifact);
            default:
                return null;
        }
    }

    // What two kinds of steps make alike says nothing about either.
    private static Dictionary<string, string> Makers(IReadOnlyList<IRunEvent> events)
    {
        var kinds = StepKinds(events);
        return Named(events).Select(n => (n.Artifact, Kind: kinds[n.Step]))
            .Concat(events.OfType<RunStarted>().SelectMany(s => s.Inputs.Values).Select(i => (Artifact: i, Kind: Inputs)))
            .Distinct().GroupBy(m => m.Artifact).Where(g => g.Count() == 1).ToDictionary(g => g.Key, g => g.Single().Kind);
    }

    private static Dictionary<string, string> StepKinds(IEnumerable<IRunEvent> events) =>
        events.OfType<StepStarted>().Select(s => s.Spec).DistinctBy(s => s.Name).ToDictionary(s => s.Name, s => s.Kind);
}
