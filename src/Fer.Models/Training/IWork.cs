using System.Collections.Immutable;

namespace Fer.Models.Training;

/// <summary>
/// A piece of compute that can be cut anywhere between two units: the same work gives the same bits however it is
/// sliced, stopped, and opened again from a checkpoint. Lives on one thread from construction to disposal.
/// Opened by a constructor that takes settings, inputs, a seed, <see cref="Adjustments"/> and, to go on, the bytes of a checkpoint.
/// </summary>
public interface IWork : IDisposable
{
    /// <summary>What <see cref="Position"/> counts: <c>steps</c>, <c>batches</c> …</summary>
    string Unit { get; }

    long Position { get; }

    /// <summary>Position at which the work is done. A limit where the work may end earlier.</summary>
    long Length { get; }

    bool Done { get; }

    /// <summary>
    /// Whether a batch may be cut into smaller ones that are added up; where statistics of the batch take part in the
    /// mathematics it may not, and memory that runs out is no matter of micro-batches.
    /// </summary>
    bool CanSplitBatches => false;

    /// <summary>The latest figures for a person to watch (losses, rates of acceptance). They decide nothing.</summary>
    IReadOnlyDictionary<string, double> Live { get; }

    /// <summary>Does one unit. Throws <see cref="NonFiniteLossException"/> when a loss explodes.</summary>
    void Advance();

    /// <summary>All that is needed to go on from <see cref="Position"/> with the same bits.</summary>
    byte[] Checkpoint();

    /// <summary>What the work made; only when <see cref="Done"/>.</summary>
    WorkResult Finish();
}

/// <summary>What a piece of work made: files by name, and figures by name.</summary>
public sealed record WorkResult(ImmutableSortedDictionary<string, byte[]> Files, ImmutableSortedDictionary<string, double> Figures)
{
    public static WorkResult Of(IEnumerable<(string Name, byte[] Content)> files, IEnumerable<(string Name, double Value)> figures) => new(
        files.ToImmutableSortedDictionary(f => f.Name, f => f.Content, StringComparer.Ordinal),
        figures.ToImmutableSortedDictionary(f => f.Name, f => f.Value, StringComparer.Ordinal));
}

/// <summary>
/// A loss that is not finite or has exploded. The step goes back and repeats with a lower learning rate from
/// <paramref name="position"/> on.
/// </summary>
public sealed class NonFiniteLossException(string loss, double value, long position)
    : Exception(FormattableString.Invariant($"{loss} is {value} at step {position}"))
{
    public string Loss { get; } = loss;

    public double Value { get; } = value;

    public long Position { get; } = position;
}

/// <summary>
/// What supervision changed about a step while it ran, each from a position on. They are events of the run, so that a
/// replay changes the same thing at the same place.
/// </summary>
public sealed record Adjustments(ImmutableArray<Adjustment> Items)
{
    public static Adjustments None { get; } = new([]);

    /// <summary>Product of the learning-rate factors in force at a position.</summary>
    public double LearningRateFactor(long position) =>
        Items.Where(a => a.From <= position).Aggregate(1.0, (f, a) => f * a.LearningRateFactor);

    /// <summary>Into how many micro-batches a batch is cut at a position: gradients accumulate, the sum is the same to rounding.</summary>
    public int MicroBatches(long position) =>
        Items.Where(a => a.From <= position).Aggregate(1, (n, a) => n * a.MicroBatchFactor);
}

/// <param name="From">First position it applies to.</param>
/// <param name="LearningRateFactor">Multiplies the learning rate; 1 leaves it.</param>
/// <param name="MicroBatchFactor">Multiplies the number of micro-batches; 1 leaves it.</param>
public sealed record Adjustment(long From, double LearningRateFactor, int MicroBatchFactor);
