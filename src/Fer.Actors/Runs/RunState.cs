using System.Collections.Immutable;
using Fer.Actors.Runs.V1;
using Fer.Models.Training;

namespace Fer.Actors.Runs;

public enum RunStatus
{
    Queued,
    Running,
    Paused,
    Completed,
    Failed,
    Cancelled,
}

public enum StepStatus
{
    Started,
    Failed,
    Completed,
}

/// <summary>A checkpoint that an event named.</summary>
public sealed record CheckpointRef(long Position, long Length, string Artifact);

/// <summary>One attempt at a step, for the timeline: on which device, from when to when, and how it ended (null: it still runs, or its process died).</summary>
public sealed record Attempt(string Device, int Incarnation, DateTimeOffset Started, DateTimeOffset? Ended, string? End)
{
    /// <summary>The device of what no host computed: a step that was there already, made for a run before.</summary>
    public const string Nowhere = "/";

    /// <summary>Of the step's tries; where hosts compute, runs that wait for one step at once have the same number for the same try.</summary>
    public int Number { get; init; }
}

/// <summary>What a run knows of one of its steps.</summary>
public sealed record StepState(StepSpec Spec, string Hash, StepStatus Status)
{
    /// <summary>In the order of their events; retired and damaged ones are left out.</summary>
    public ImmutableArray<CheckpointRef> Checkpoints { get; init; } = [];

    public Adjustments Adjustments { get; init; } = Adjustments.None;

    public ImmutableArray<Attempt> Attempts { get; init; } = [];

    /// <summary>Number of the last attempt that the journal has begun; 0: none.</summary>
    public int LastTry { get; init; }

    /// <summary>The step with an equal hash whose files these are; null where this one computed them itself.</summary>
    public string? SharedFrom { get; init; }

    /// <summary>It was not computed for this run: another step of it, or a run before it, had made the same.</summary>
    public bool WasThere => Status == StepStatus.Completed && (SharedFrom is not null || Attempts is [.., { Device: Attempt.Nowhere }]);

    /// <summary>How often it failed by each fault since it last came forward.</summary>
    public ImmutableSortedDictionary<string, int> Faults { get; init; } = ImmutableSortedDictionary<string, int>.Empty;

    /// <summary>What it made: name → SHA-256.</summary>
    public ImmutableSortedDictionary<string, string> Files { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    public ImmutableSortedDictionary<string, double> Figures { get; init; } = ImmutableSortedDictionary<string, double>.Empty;

    /// <summary>With more changed about it.</summary>
    internal StepState With(ImmutableArray<Adjustment> more) => this with { Adjustments = new([.. Adjustments.Items, .. more]) };
}

/// <summary>Everything a run knows, a fold of its journal; knows no job and no actor.</summary>
public sealed record RunState
{
    public static RunState Empty { get; } = new();

    public string RunId { get; init; } = "";

    public string Job { get; init; } = "";

    /// <summary>The job's settings as JSON.</summary>
    public string Settings { get; init; } = "";

    public string Version { get; init; } = "";

    public Fingerprint Fingerprint { get; init; } = new(ImmutableSortedDictionary<string, string>.Empty);

    public ImmutableSortedDictionary<string, string> Inputs { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>The run and round that it goes on from, <c>RUN@ROUND</c>; empty: it began by itself.</summary>
    public string ForkedFrom { get; init; } = "";

    public RunStatus Status { get; init; } = RunStatus.Queued;

    /// <summary>Why it is paused or failed.</summary>
    public string Reason { get; init; } = "";

    /// <summary><c>user</c> or <c>fault</c> while paused.</summary>
    public string PausedBy { get; init; } = "";

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    public DateTimeOffset? LastEventAt { get; init; }

    public ImmutableArray<Claimed> Claims { get; init; } = [];

    /// <summary>Steps by name.</summary>
    public ImmutableSortedDictionary<string, StepState> Steps { get; init; } = ImmutableSortedDictionary.Create<string, StepState>(StringComparer.Ordinal);

    /// <summary>Step names in the order of their first start.</summary>
    public ImmutableArray<string> Order { get; init; } = [];

    public ImmutableSortedDictionary<string, Decided> Decisions { get; init; } = ImmutableSortedDictionary.Create<string, Decided>(StringComparer.Ordinal);

    /// <summary>Faults, adjustments, restarts, damaged checkpoints: what supervision did, in order.</summary>
    public ImmutableArray<IRunEvent> Incidents { get; init; } = [];

    public ImmutableSortedDictionary<string, double> Figures { get; init; } = ImmutableSortedDictionary<string, double>.Empty;

    /// <summary>How often another process went on with the run after the first; a supervisor made anew within its process is none.</summary>
    public int Restarts => Claims.Zip(Claims.Skip(1), (before, after) =>
        (before.Host, before.ProcessId) != (after.Host, after.ProcessId)
        || Incidents.OfType<WorkerRestarted>().Any(w => w.At >= before.At && w.At <= after.At)).Count(isOther => isOther);

    /// <summary>
    /// How often a step went on with another worker, because its host fell silent or gave it back, or its worker was lost. That is no restart: another process
    /// may look after a run without disturbing a step, and the other way about. A pause gives steps back, too, and is a person's wish.
    /// </summary>
    public int StepsPassedOn => Steps.Values.Sum(s => s.Attempts.Count(a => a.End is "left" or "worker-lost" && !Incidents.OfType<RunPaused>().Any(p => p.At >= a.Started && p.At <= a.Ended)));

    public bool IsOver => Status is RunStatus.Completed or RunStatus.Failed or RunStatus.Cancelled;

    /// <summary>The step, when it has completed; else null.</summary>
    public StepState? Completed(string step) => Steps.GetValueOrDefault(step) is { Status: StepStatus.Completed } s ? s : null;

    /// <summary>Artifacts that this state refers to; every other file of the run may be removed.</summary>
    public IEnumerable<string> ReferredArtifacts() =>
        Inputs.Values.Concat(Steps.Values.SelectMany(s => s.Files.Values.Concat(s.Checkpoints.Select(c => c.Artifact)))).Distinct(StringComparer.Ordinal);

    public RunState Apply(IRunEvent e)
    {
        var next = e switch
        {
            RunStarted s => this with
            {
                RunId = s.RunId, Job = s.Job, Settings = s.Settings, Fingerprint = s.Fingerprint, Inputs = s.Inputs,
                Version = s.Version, StartedAt = s.At, Status = RunStatus.Running,
            },
            RunForked f => this with
            {
                ForkedFrom = FormattableString.Invariant($"{f.From}@{f.Round}"), Incidents = Incidents.Add(f), Order = [.. f.Steps.Select(s => s.Spec.Name)],
                Steps = Steps.SetItems(f.Steps.Select(s => KeyValuePair.Create(s.Spec.Name, new StepState(s.Spec, s.Hash, StepStatus.Completed) { Files = s.Files, Figures = s.Figures }))),
            },
            Claimed c => this with { Claims = Claims.Add(c) },
            FingerprintAccepted f => this with { Fingerprint = f.Fingerprint, Incidents = Incidents.Add(f) },
            StepStarted s => OnStarted(s),
            StepCheckpointed c => OnStep(c.Step, s => s with { Checkpoints = s.Checkpoints.Add(new(c.Position, c.Length, c.Artifact)), Faults = CameForward(s.Faults) }),
            CheckpointDamaged d => OnStep(d.Step, s => s with { Checkpoints = s.Checkpoints.RemoveAll(c => c.Artifact == d.Artifact) }) with { Incidents = Incidents.Add(d) },
            StepAdjusted a => OnStep(a.Step, s => Adjusted(s, a.Adjustment)) with { Incidents = Incidents.Add(a) },
            StepFailed f => OnStep(f.Step, s => Ended(s, f.At, f.Fault) with
            {
                Status = StepStatus.Failed,
                Faults = s.Faults.SetItem(f.Fault, s.Faults.GetValueOrDefault(f.Fault) + 1),
            }) with { Incidents = Incidents.Add(f) },
            StepLeft l => OnStep(l.Step, s => Ended(s, l.At, "left")) with { Incidents = Incidents.Add(l) },
            StepCompleted c => OnStep(c.Step, s => Ended(s, c.At, "completed") with { Status = StepStatus.Completed, Files = c.Files, Figures = c.Figures }),
            StepShared s => OnShared(s),
            StepReopened r => Forgiven(r.Artifact).OnStep(r.Step, s => s with { Status = StepStatus.Failed, Files = s.Files.Clear(), Figures = s.Figures.Clear(), SharedFrom = null }) with { Incidents = Incidents.Add(r) },
            WorkerRestarted w => this with { Incidents = Incidents.Add(w) },
            ArtifactsRetired r => this with { Steps = Steps.ToImmutableSortedDictionary(p => p.Key, p => Without(p.Value, r.Artifacts), StringComparer.Ordinal) },
            Decided d => this with { Decisions = Decisions.SetItem(d.Question, d) },
            RunPaused p => this with { Status = RunStatus.Paused, PausedBy = p.By, Reason = p.Reason, Incidents = Incidents.Add(p) },
            RunResumed r => this with { Status = RunStatus.Running, PausedBy = "", Reason = "", Incidents = Incidents.Add(r), Steps = Forgiven(Steps) },
            RunCancelled c => this with { Status = RunStatus.Cancelled, EndedAt = c.At },
            RunFailed f => this with { Status = RunStatus.Failed, Reason = f.Reason, EndedAt = f.At },
            RunCompleted c => this with { Status = RunStatus.Completed, Figures = c.Figures, EndedAt = c.At },
            _ => throw new InvalidOperationException($"RunState does not know {e.GetType().Name}."),
        };
        return next with { LastEventAt = e.At };
    }

    private RunState OnStarted(StepStarted e)
    {
        var attempt = new Attempt(e.Device, Claims.Length, e.At, null, null) { Number = e.Attempt };
        var step = Steps.GetValueOrDefault(e.Spec.Name) ?? new StepState(e.Spec, e.Hash, StepStatus.Started);
        return this with
        {
            Steps = Steps.SetItem(e.Spec.Name, step with { Spec = e.Spec, Hash = e.Hash, Status = StepStatus.Started, Attempts = step.Attempts.Add(attempt), LastTry = e.Attempt }),
            Order = Order.Contains(e.Spec.Name) ? Order : Order.Add(e.Spec.Name),
        };
    }

    private RunState OnShared(StepShared e)
    {
        var from = Steps[e.From];
        return this with
        {
            Steps = Steps.SetItem(e.Spec.Name, new StepState(e.Spec, e.Hash, StepStatus.Completed) { Files = from.Files, Figures = from.Figures, SharedFrom = e.From }),
            Order = Order.Contains(e.Spec.Name) ? Order : Order.Add(e.Spec.Name),
        };
    }

    // What is made again is there for all who could not read it: that was no fault of theirs. What is lost again and again is somebody's.
    private RunState Forgiven(string artifact) => Incidents.OfType<StepReopened>().Count(r => r.Artifact == artifact) >= TimesForgiven ? this : this with
    {
        Steps = Steps.SetItems(Steps.Where(s => s.Value.Faults.ContainsKey("damaged-input") && s.Value.Spec.Inputs.ContainsValue(artifact))
            .Select(s => KeyValuePair.Create(s.Key, s.Value with { Faults = s.Value.Faults.Remove("damaged-input") })).ToList()),
    };

    private const int TimesForgiven = 2;

    private RunState OnStep(string name, Func<StepState, StepState> change) =>
        this with { Steps = Steps.SetItem(name, change(Steps[name])) };

    // Moving on outlives passing trouble; a loss that explodes again behind every checkpoint does not pass.
    private static ImmutableSortedDictionary<string, int> CameForward(ImmutableSortedDictionary<string, int> faults) =>
        faults.RemoveRange(faults.Keys.Where(f => f != "non-finite").ToList());

    private static StepState Ended(StepState step, DateTimeOffset at, string end) => step.Attempts.IsEmpty
        ? step
        : step with { Attempts = step.Attempts.SetItem(step.Attempts.Length - 1, step.Attempts[^1] with { Ended = at, End = end }) };

    // What lies behind the place where the step changes was computed without the change.
    private static StepState Adjusted(StepState step, Adjustment change) => step with
    {
        Adjustments = new([.. step.Adjustments.Items, change]),
        Checkpoints = step.Checkpoints.RemoveAll(c => c.Position > change.From),
    };

    private static StepState Without(StepState step, ImmutableArray<string> artifacts) =>
        step.Checkpoints.Any(c => artifacts.Contains(c.Artifact))
            ? step with { Checkpoints = step.Checkpoints.RemoveAll(c => artifacts.Contains(c.Artifact)) }
            : step;

    // A person looked at the fault and said go on: what failed may be tried as often again.
    private static ImmutableSortedDictionary<string, StepState> Forgiven(ImmutableSortedDictionary<string, StepState> steps) =>
        steps.ToImmutableSortedDictionary(p => p.Key, p => p.Value with { Faults = p.Value.Faults.Clear() }, StringComparer.Ordinal);
}
