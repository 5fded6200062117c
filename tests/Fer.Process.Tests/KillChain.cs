using System.Collections.Immutable;
using Fer.Actors.Hosting;
using Fer.Actors.Runs;
using Fer.Actors.Runs.V1;
using Fer.Actors.Storage;

namespace Fer.Process.Tests;

/// <summary>
/// One run that is killed again and again, before or after one kind of write, once in each kind of step that makes such a
/// write. Each start is killed at the first write of a kind of step that has not been killed yet, so in whatever order ready steps
/// happen to be carried, none is missed.
/// </summary>
internal sealed class KillChain(KillRuns runs, LastingWrites writes, WriteKind kind, bool after)
{
    private const int MostStrays = 20;

    private readonly RunPaths paths = new(runs.Folder(IdOf(kind, after)));

    /// <summary>Kills in a row at a write that was not aimed at: strace knows paths only, and the order of ready steps is free.</summary>
    private int strays;

    public string Id => IdOf(kind, after);

    /// <summary>Which call strace interferes with. It cannot know which flush of the journal it sees; the bytes written before say it.</summary>
    private string Call => kind switch
    {
        WriteKind.Rename => "rename",
        WriteKind.Retire => "unlink",
        WriteKind.Journal when !after => "pwrite64",
        _ => "fsync",
    };

    /// <summary>SIGKILL ends the program before the call; SIGSTOP holds it behind the call, for this test to decide.</summary>
    private bool Stops => after || kind == WriteKind.Journal;

    /// <returns>The kinds of steps in which it was killed, in this order.</returns>
    public ImmutableArray<string> Run()
    {
        var open = writes.Kinds.Where(k => k.Kind == kind).Select(k => k.StepKind).ToHashSet();
        var killed = ImmutableArray.CreateBuilder<string>();
        while (open.Count > 0)
        {
            if (KillAtNext(open) is { } at)
            {
                open.Remove(at.StepKind);
                killed.Add(at.StepKind);
            }
            else if (strays == 0)
            {
                break;
            }
        }

        return killed.ToImmutable();
    }

    /// <summary>Null when the run has ended without such a write, or was killed at another (then there are <see cref="strays"/>).</summary>
    private LastingWrite? KillAtNext(HashSet<string> open)
    {
        var aims = Aims(open);
        var tracing = new Tracing(kind == WriteKind.Journal ? "pwrite64,fsync" : Call, [.. aims.SelectMany(PathsOf).Distinct()], $"{Call}:signal={(Stops ? "SIGSTOP" : $"SIGKILL:when={strays + 1}+")}");
        if (aims.Count == 0)
        {
            return null;
        }

        using var run = TracedRun.Start(tracing, runs.Arguments(Id));
        LastingWrite? written = null;
        (LastingWrite Write, TracedCall Call)? hit = null;
        foreach (var call in run.Calls())
        {
            if (hit is { } h)
            {
                // What other threads were in dies with them; the thread that was held made nothing more, and no flush came between.
                Assert.True(call.Thread != h.Call.Thread && (kind != WriteKind.Journal || !call.Made), $"After the kill at {h.Call.Text[..Math.Min(h.Call.Text.Length, 120)]} came {call.Text}");
            }
            else if (kind == WriteKind.Journal)
            {
                written ??= call.Name == "pwrite64" ? aims.Find(a => call.Text.Contains(LastingWrites.CompletionOf(a.Subject), StringComparison.Ordinal)) : null;
                hit = Decide(run, call, written);
            }
            else
            {
                hit = Decide(run, call, aims.Find(a => IsOf(a, call)));
            }
        }

        // A kill like another; the next start lets as many calls pass first, so that it does not die there for ever.
        if (!Stops && run.WasKilled && hit is null && strays < MostStrays)
        {
            strays++;
            return null;
        }

        strays = 0;
        Assert.True(run.WasKilled == hit is not null, $"{Id}: the program ended with {run.ExitCode}, killed at {hit}");
        Assert.True(hit is not null || run.ExitCode == 0, $"{Id}: the program ended with {run.ExitCode}");
        if (hit is { } found)
        {
            Verify(found.Write.Subject);
        }

        return hit?.Write;
    }

    private (LastingWrite Write, TracedCall Call)? Decide(TracedRun run, TracedCall call, LastingWrite? write)
    {
        if (!Stops)
        {
            return write is not null && call.Result == "?" ? (write, call) : null;
        }

        if (call.Name != Call || call.Result == "?")
        {
            return null;
        }

        if (write is null || !call.Made)
        {
            run.Continue();
            return null;
        }

        run.Kill();
        return (write, call);
    }

    /// <summary>Writes that this run has still to make, by what its journal says.</summary>
    private List<LastingWrite> Aims(HashSet<string> open)
    {
        var events = EventsSoFar();
        var state = events.Aggregate(RunState.Empty, (s, e) => s.Apply(e));
        var named = LastingWrites.Named(events).Select(n => n.Artifact).Concat(state.Inputs.Values).ToHashSet();
        var retired = Retired(events);
        var referred = state.ReferredArtifacts().ToHashSet();
        return [.. writes.All.Where(w => w.Kind == kind && open.Contains(w.StepKind) && IsAhead(w))];

        bool IsAhead(LastingWrite write) => kind switch
        {
            WriteKind.Journal => state.Completed(write.Subject) is null,

            // What no event names is removed when a run goes on, which is no step's doing.
            WriteKind.Retire => !retired.Contains(write.Subject) && (referred.Contains(write.Subject) || !File.Exists(paths.Of(write.Subject))),

            // Artifacts of different steps may share a folder, and strace kills at the first flush of it.
            WriteKind.Folder when !Stops => !named.Contains(write.Subject) && !writes.All.TakeWhile(w => w != write)
                .Any(w => w.Kind == kind && w.StepKind != write.StepKind && !named.Contains(w.Subject) && paths.FolderOf(w.Subject) == paths.FolderOf(write.Subject)),
            _ => !named.Contains(write.Subject),
        };
    }

    private IEnumerable<string> PathsOf(LastingWrite write) => kind switch
    {
        WriteKind.Folder => [paths.FolderOf(write.Subject)],
        WriteKind.Retire => [paths.Of(write.Subject)],
        WriteKind.Journal => [paths.Journal],
        _ => paths.AsideOf(write.Subject, writes.SlotThreads),
    };

    private bool IsOf(LastingWrite write, TracedCall call) => kind switch
    {
        WriteKind.Folder => call.Path == paths.FolderOf(write.Subject) && File.Exists(paths.Of(write.Subject)),
        WriteKind.Retire => call.Path == paths.Of(write.Subject),
        _ => Path.GetFileName(call.Path).StartsWith(write.Subject + ".", StringComparison.Ordinal),
    };

    /// <summary>Looks, from outside, whether the process died where it was to die.</summary>
    private void Verify(string subject)
    {
        var events = EventsSoFar();
        var where = $"{Id}, killed at {subject}";
        if (kind == WriteKind.Journal)
        {
            // Without its flush an event may be there all the same: what is written outlives a process, though not a power cut.
            Assert.True(!after || events.OfType<StepCompleted>().Any(c => c.Step == subject), where);
            return;
        }

        var aside = paths.HasAside(subject);
        var there = File.Exists(paths.Of(subject));
        var wasRenamed = kind is WriteKind.Folder || (kind, after) is (WriteKind.Rename, true) or (WriteKind.Retire, false);
        Assert.True(there == wasRenamed, $"{where}: the file is {(there ? "" : "not ")}there");
        Assert.True(aside == (kind == WriteKind.Content || (kind, after) == (WriteKind.Rename, false)), $"{where}: the file aside is {(aside ? "" : "not ")}there");
        Assert.True(kind == WriteKind.Retire ? Retired(events).Contains(subject) : LastingWrites.Named(events).All(n => n.Artifact != subject), $"{where}: its event is not as it should be");
    }

    private static HashSet<string> Retired(IEnumerable<IRunEvent> events) => [.. events.OfType<ArtifactsRetired>().SelectMany(r => r.Artifacts)];

    // From a copy: whoever opens SQLite's journal first puts it in order, and that is for the run to do.
    private IReadOnlyList<IRunEvent> EventsSoFar()
    {
        var from = runs.Folder(Id);
        var copies = FerProcess.NewRuns();
        var copy = new RunFolder(copies, Id);
        Directory.CreateDirectory(copy.Path);
        foreach (var suffix in new[] { "", "-wal" }.Where(s => File.Exists(from.Journal + s)))
        {
            File.Copy(from.Journal + suffix, copy.Journal + suffix);
        }

        var events = RunReader.Events(copy, new JournalSettings());
        Directory.Delete(copies, recursive: true);
        return events;
    }

    private static string IdOf(WriteKind kind, bool after) => $"{(after ? "after" : "before")}-{kind.ToString().ToLowerInvariant()}";
}
