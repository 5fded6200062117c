using System.Collections.Immutable;
using Fer.Actors.Runs;
using Fer.Models.Training;

namespace Fer.Actors.Devices;

/// <summary>Between a pool and its workers: the same whether a worker is a thread here or a process beside.</summary>
public interface IWorkerMessage;

/// <summary>What an owner is told of its step.</summary>
internal interface IWorkerNews;

/// <summary>A step for a worker: hashes and settings, never a tensor.</summary>
/// <param name="Order">Unique per try.</param>
/// <param name="Checkpoints">Where to go on from, newest first; the worker takes the first that is whole.</param>
public sealed record StepOrder(string Order, string RunId, StepSpec Spec, string Store, ImmutableArray<CheckpointRef> Checkpoints, Adjustments Adjustments, string Precision, TimeSpan CheckpointEvery, int CheckpointSteps) : IWorkerMessage;

/// <summary>Save and stop, or, without saving, just stop.</summary>
public sealed record StopWork(string Order, bool Save) : IWorkerMessage;

/// <summary>A worker process is there. <paramref name="Slot"/> is what it was started for.</summary>
public sealed record WorkerReady(string Slot, int ProcessId) : IWorkerMessage;

/// <summary>How often the worker's compute thread has moved; sent from another thread.</summary>
public sealed record Pulse(string Slot, long Count) : IWorkerMessage;

public sealed record WorkOpened(string Order, long From) : IWorkerMessage, IWorkerNews;

public sealed record WorkMoved(string Order, long Position, long Length, string Unit, ImmutableSortedDictionary<string, double> Figures) : IWorkerMessage, IWorkerNews;

public sealed record WorkSaved(string Order, CheckpointRef Checkpoint) : IWorkerMessage, IWorkerNews;

public sealed record WorkDamaged(string Order, string Artifact, string Reason) : IWorkerMessage, IWorkerNews;

public sealed record WorkDone(string Order, ImmutableSortedDictionary<string, string> Files, ImmutableSortedDictionary<string, double> Figures) : IWorkerMessage, IWorkerNews;

public sealed record WorkStopped(string Order) : IWorkerMessage;

/// <summary>Fault: see <see cref="Fer.Actors.Runs.V1.StepFailed"/>.</summary>
/// <param name="Artifact">The damaged input, where that is the fault.</param>
public sealed record WorkFault(string Order, string Fault, string Message, long Position, string? Artifact = null) : IWorkerMessage, IWorkerNews;
