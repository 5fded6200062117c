using System.Collections.Immutable;
using Fer.Actors.Runs;
using Fer.Actors.Runs.V1;
using Fer.Actors.Storage;

namespace Fer.Actors.Hosting;

/// <summary>A run to start or to go on with.</summary>
public sealed record RunRequest(RunFolder Folder, EngineSettings Engine, JournalSettings Journal)
{
    /// <summary>What to start when the journal is empty; null: only go on.</summary>
    public NewRun? New { get; init; }

    /// <summary>The run's lock where the caller holds it; null: the engine takes it.</summary>
    public RunLock? Held { get; init; }

    /// <summary>Where hosts compute it: the number that the coordinator's seat gives this incarnation. Null: this process alone has the run.</summary>
    public long? Seat { get; init; }

    /// <summary>Its steps go before those of runs with a lower number; −100 … 100.</summary>
    public int Priority { get; init; }

    /// <summary>Go on although the fingerprint differs.</summary>
    public bool AcceptFingerprint { get; init; }

    /// <summary>Go on although a person or a fault paused it.</summary>
    public bool Resume { get; init; }

    /// <summary>Do this to the run instead of going on: <c>pause</c> or <c>cancel</c>; null: go on.</summary>
    public string? Instead { get; init; }
}

/// <param name="Job">Name of the job whose plan it follows.</param>
/// <param name="Settings">The job's settings as JSON.</param>
/// <param name="Inputs">Frozen inputs, already in the run's artifact store: role → hash.</param>
public sealed record NewRun(string Job, string Settings, ImmutableSortedDictionary<string, string> Inputs)
{
    /// <summary>What it takes over from another run; null: nothing.</summary>
    public RunForked? Fork { get; init; }
}

public enum RunEnd
{
    Completed,
    Paused,
    Cancelled,
    Failed,

    /// <summary>Stopped from outside with everything saved: run it again.</summary>
    Interrupted,

    /// <summary>A thread of this process hangs for good. Everything else is saved: another process must go on, and this one end.</summary>
    Restart,

    /// <summary>The journal or a file system let it down: mend what the sentence says and run it again.</summary>
    Faulted,
}

/// <param name="Sentence">For a person: why it ended so.</param>
public sealed record RunOutcome(RunEnd End, RunState State, string Sentence)
{
    /// <summary>It had ended before it was asked for.</summary>
    public bool WasOver { get; init; }
}

/// <summary>Where a running step is; for watching only.</summary>
public sealed record LiveStep(string Step, string Device, long Position, long Length, string Unit, IReadOnlyDictionary<string, double> Figures);

/// <summary>Is told what happens in a run, in order, on a thread that must not be held up.</summary>
public interface IRunObserver
{
    void OnEvent(IRunEvent e, RunState state);

    void OnLive(LiveStep step);
}
