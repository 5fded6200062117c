using System.Collections.Immutable;
using Fer.Actors.Runs.V1;
using Fer.Models.Training;

namespace Fer.Actors.Runs;

/// <summary>What happens to a step that failed. Pure: decided from the folded state, so a replay decides the same.</summary>
public sealed record StepPolicy(int MaxRollbacks, int RollbackUnits, int MaxRetries, TimeSpan RetryDelay)
{
    private const double LowerRate = 0.5;
    private const int FinerBatches = 2;

    /// <summary>How long to wait before the next try, or why there is none.</summary>
    public (TimeSpan Wait, string? GiveUp) Next(StepState? step)
    {
        if (step is null || step.Faults.IsEmpty)
        {
            return (TimeSpan.Zero, null);
        }

        if (step.Faults.ContainsKey("bad-input"))
        {
            return (TimeSpan.Zero, "what it was given is wrong");
        }

        var cuts = step.Adjustments.Items.Count(a => a.LearningRateFactor < 1);
        if (step.Faults.GetValueOrDefault("non-finite") > cuts)
        {
            return (TimeSpan.Zero, $"its loss was not finite even after {cuts} lower learning rates");
        }

        var others = step.Faults.Where(f => f.Key != "non-finite").Sum(f => f.Value);
        return others > MaxRetries
            ? (TimeSpan.Zero, $"it failed {others} times without coming forward")
            : (others == 0 ? TimeSpan.Zero : RetryDelay * Math.Pow(2, others - 1), null);
    }

    /// <summary>
    /// What to change about a step after a fault at a position. Where a loss was not finite, the step goes back to a
    /// multiple of <see cref="RollbackUnits"/> (each time one further back), a place that no clock chose, and repeats from
    /// there at half the learning rate. Where memory ran out, batches are cut in two from that position on.
    /// </summary>
    public Adjustment? Change(StepState? step, string fault, long position)
    {
        var cuts = step?.Adjustments.Items.Count(a => a.LearningRateFactor < 1) ?? 0;
        return fault switch
        {
            "non-finite" when cuts < MaxRollbacks => new Adjustment(Math.Max(0, position / RollbackUnits - cuts) * RollbackUnits, LowerRate, 1),
            "out-of-memory" => new Adjustment(position, 1, FinerBatches),
            _ => null,
        };
    }

    /// <summary>The same, as events.</summary>
    public ImmutableArray<IRunEvent> Changes(StepState? step, string name, string fault, long position, DateTimeOffset at) =>
        Change(step, fault, position) is { } change ? [new StepAdjusted(at, name, change, fault)] : [];
}
