using System.Collections.Immutable;
using Fer.Actors.Runs;
using Fer.Models.Training;

namespace Fer.Actors.Sweeps;

public enum RowState
{
    /// <summary>Nobody computes it.</summary>
    Open,

    /// <summary>The slot that holds its number computes it.</summary>
    Running,

    /// <summary>Its result is there, for good.</summary>
    Done,

    /// <summary>The last try ended badly; who wants it decides what becomes of it.</summary>
    Failed,
}

/// <summary>What is the same about a step for everybody who wants it or computes it.</summary>
/// <param name="Hash">SHA-256 of all that decides its bytes: the key. Two runs that ask for the same step share its row and its result.</param>
/// <param name="Place">Digest of what a slot must be so that it keeps the bits (<see cref="Hosting.FingerprintOf.PlaceOf"/>).</param>
/// <param name="Precision"><c>fp32</c> or <c>bf16</c>.</param>
public sealed record RowSpec(string Hash, StepSpec Spec, string Place, string Precision, TimeSpan CheckpointEvery, int CheckpointSteps)
{
    /// <summary>What a program must know to open it.</summary>
    public string Kind => KindOf(Spec.Kind, Spec.Version);

    public static string KindOf(string kind, int version) => FormattableString.Invariant($"{kind}@{version}");
}

/// <summary>A run's wish for a step. The journal decides that it exists: this is its projection, made again at each recovery.</summary>
/// <param name="Priority">A free slot takes the highest first.</param>
/// <param name="Checkpoints">Where the journal says the step is, oldest first: taken where the row knows nothing.</param>
/// <param name="Adjustments">What the journal has changed about it.</param>
/// <param name="FoldedTry">Number of the last try whose end the journal holds although the step is not complete there (it failed, or what it made is damaged): a row that ended at it, or before, is opened again.</param>
public sealed record Wanted(string Run, RowSpec Step, int Priority, ImmutableArray<CheckpointRef> Checkpoints, Adjustments Adjustments, long FoldedTry);

/// <summary>How a try ended badly; see <see cref="Runs.V1.StepFailed"/>.</summary>
public sealed record RowFault(string Fault, string Message, long Position, string? Artifact);

/// <summary>A step that a slot has claimed. <paramref name="Token"/> is the slot's right to write: every write of its says that number.</summary>
public sealed record ClaimedStep(RowSpec Step, long Token, ImmutableArray<CheckpointRef> Checkpoints, Adjustments Adjustments)
{
    /// <summary>Of the runs that wanted it when it was claimed the first by name; empty: not known.</summary>
    public string Run { get; init; } = "";

    /// <summary>How many runs wanted it then.</summary>
    public int Runs { get; init; }

    /// <summary>The step and who gets it, for people: a step alone says nothing to whoever has many runs.</summary>
    public string Title => Run.Length == 0 ? Step.Spec.Name : FormattableString.Invariant($"{Step.Spec.Name} for {Run}{(Runs > 1 ? FormattableString.Invariant($" and {Runs - 1} more") : "")}");
}

/// <summary>A row as who wants it sees it.</summary>
/// <param name="Token">How often it was claimed; the number of the try.</param>
/// <param name="From">Where the try went on from; null: it is not open yet.</param>
/// <param name="Adjustments">What was changed about it so far, by whichever run.</param>
public sealed record SeenStep(
    string Run, string Hash, RowState State, long Token, string Host, string Device, long? From, long Position, long Length, string Unit,
    ImmutableArray<CheckpointRef> Checkpoints, ImmutableArray<DamagedCheckpoint> Damaged, Adjustments Adjustments,
    ImmutableSortedDictionary<string, string> Files, ImmutableSortedDictionary<string, double> Figures, RowFault? Fault)
{
    /// <summary>It was done before this run first wanted it: no slot did it for this run. Whoever asks again, after whatever death, is told the same.</summary>
    public bool WasThere { get; init; }
}

/// <summary>A checkpoint that could not be read back whole.</summary>
public sealed record DamagedCheckpoint(string Artifact, string Reason);

/// <summary>One write of a slot about the step that it holds; all are conditional on its number.</summary>
public abstract record RowWrite
{
    /// <summary>The step was opened, from a position on.</summary>
    public sealed record Opened(long From, ImmutableArray<DamagedCheckpoint> Damaged) : RowWrite;

    /// <summary>All checkpoints that may still be gone back to, oldest first.</summary>
    public sealed record Saved(ImmutableArray<CheckpointRef> Checkpoints) : RowWrite;

    public sealed record Done(ImmutableSortedDictionary<string, string> Files, ImmutableSortedDictionary<string, double> Figures) : RowWrite;

    public sealed record Failed(RowFault Fault) : RowWrite;

    /// <summary>Given back unfinished, without fault: the next slot goes on from its last checkpoint.</summary>
    public sealed record Released : RowWrite;
}

/// <summary>Where a held step is, said with each beat.</summary>
public sealed record HeldStep(string Hash, long Token, long Position, long Length, string Unit);

/// <summary>What a beat was told of a held step: it is still the slot's; nobody wants it any more; or another has it.</summary>
public enum Held
{
    Kept,
    Unwanted,
    Taken,
}
