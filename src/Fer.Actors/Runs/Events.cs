using System.Collections.Immutable;
using Fer.Models.Training;

#pragma warning disable CA1716 // V1 reads as what it is
namespace Fer.Actors.Runs.V1;

/// <summary>
/// A fact in a run's journal. Records here never change once released: a new shape is a new record under V2, and golden
/// journals in the tests hold every released one. <see cref="At"/> is UTC and decides nothing.
/// </summary>
public interface IRunEvent
{
    DateTimeOffset At { get; }
}

/// <summary>A run exists. Inputs: role (<c>train</c>, <c>validation-a</c>, <c>validation-b</c>, <c>test</c>, <c>data-report</c>) → SHA-256 of the frozen artifact.</summary>
public sealed record RunStarted(DateTimeOffset At, string RunId, string Job, string Settings, Fingerprint Fingerprint, ImmutableSortedDictionary<string, string> Inputs, string Version) : IRunEvent;

/// <summary>The run goes on from a round of another: what that one had made by then is this one's, and was not computed again.</summary>
/// <param name="From">The other run's id.</param>
/// <param name="Round">The last round that is taken over.</param>
public sealed record RunForked(DateTimeOffset At, string From, int Round, ImmutableArray<ForkedStep> Steps) : IRunEvent;

/// <summary>A completed step of the other run; its files are in this run's store, too.</summary>
public sealed record ForkedStep(StepSpec Spec, string Hash, ImmutableSortedDictionary<string, string> Files, ImmutableSortedDictionary<string, double> Figures);

/// <summary>A process took the run; each incarnation's first event.</summary>
public sealed record Claimed(DateTimeOffset At, int Number, string Host, int ProcessId) : IRunEvent;

/// <summary>The user let the run go on under another fingerprint: from here on its bits may differ.</summary>
public sealed record FingerprintAccepted(DateTimeOffset At, Fingerprint Fingerprint) : IRunEvent;

/// <summary>A step was given to a device, for the <paramref name="Attempt"/>-th time, from <paramref name="From"/> on.</summary>
public sealed record StepStarted(DateTimeOffset At, StepSpec Spec, string Hash, string Device, int Attempt, long From) : IRunEvent;

public sealed record StepCheckpointed(DateTimeOffset At, string Step, long Position, long Length, string Artifact) : IRunEvent;

/// <summary>A checkpoint could not be read back whole; the one before it is used.</summary>
public sealed record CheckpointDamaged(DateTimeOffset At, string Step, string Artifact, string Reason) : IRunEvent;

/// <summary>The step goes back and repeats, changed from a position on.</summary>
public sealed record StepAdjusted(DateTimeOffset At, string Step, Adjustment Adjustment, string Reason) : IRunEvent;

/// <summary>An attempt ended badly. Fault: <c>non-finite</c>, <c>out-of-memory</c>, <c>memory</c> (the step's batches cannot be cut), <c>io</c>, <c>worker-lost</c>, <c>damaged-input</c>, <c>bad-input</c>, <c>error</c>.</summary>
public sealed record StepFailed(DateTimeOffset At, string Step, string Device, string Fault, string Message, int Attempt) : IRunEvent;

public sealed record StepCompleted(DateTimeOffset At, string Step, ImmutableSortedDictionary<string, string> Files, ImmutableSortedDictionary<string, double> Figures) : IRunEvent;

/// <summary>The step asks for what another step of the run has made, by an equal hash: its files and figures are that one's, and nothing was computed.</summary>
/// <param name="From">Name of the step that made them.</param>
public sealed record StepShared(DateTimeOffset At, StepSpec Spec, string Hash, string From) : IRunEvent;

/// <summary>A file that the step made is damaged: the step is done again, which gives the same bytes.</summary>
public sealed record StepReopened(DateTimeOffset At, string Step, string Artifact, string Reason) : IRunEvent;

/// <summary>A device's worker was ended and started again.</summary>
public sealed record WorkerRestarted(DateTimeOffset At, string Device, string Reason) : IRunEvent;

/// <summary>An attempt ended without a result and without a fault of the step: its host fell silent, or gave the step back. Another goes on.</summary>
public sealed record StepLeft(DateTimeOffset At, string Step, string Device, string Reason) : IRunEvent;

/// <summary>These artifacts are no longer referred to; their files may be gone.</summary>
public sealed record ArtifactsRetired(DateTimeOffset At, ImmutableArray<string> Artifacts) : IRunEvent;

/// <summary>What the job decided at a fork of its plan, e.g. <c>round-1</c>: <c>continue</c>.</summary>
public sealed record Decided(DateTimeOffset At, string Question, string Answer, string Because) : IRunEvent;

/// <summary>By: <c>user</c> or <c>fault</c>.</summary>
public sealed record RunPaused(DateTimeOffset At, string By, string Reason) : IRunEvent;

public sealed record RunResumed(DateTimeOffset At) : IRunEvent;

public sealed record RunCancelled(DateTimeOffset At) : IRunEvent;

public sealed record RunFailed(DateTimeOffset At, string Reason) : IRunEvent;

public sealed record RunCompleted(DateTimeOffset At, ImmutableSortedDictionary<string, double> Figures) : IRunEvent;
