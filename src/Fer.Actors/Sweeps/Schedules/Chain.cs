using System.Collections.Immutable;
using System.Globalization;
using Fer.Actors.Hosts;
using Fer.Actors.Runs;
using Fer.Models.Training;

namespace Fer.Actors.Sweeps.Schedules;

/// <summary>Work whose result shows every way that led to it: each link depends on the one before, on the step's inputs, and on what was adjusted there.</summary>
internal sealed class Chain
{
    public const long Length = 10;

    private readonly StepSpec spec;
    private readonly Adjustments adjustments;
    private ulong value;

    private Chain(string order, StepSpec spec, Adjustments adjustments, long position, ulong value)
    {
        (Order, this.spec, this.adjustments, Position, this.value) = (order, spec, adjustments, position, value);
    }

    public string Order { get; }

    public long Position { get; private set; }

    /// <summary>Opens it from the newest checkpoint that is whole; one in twenty is not.</summary>
    public static Chain Open(ClaimedStep step, Random chance, out string? damaged)
    {
        damaged = null;
        foreach (var checkpoint in step.Checkpoints.Reverse())
        {
            if (damaged is null && chance.Next(20) == 0)
            {
                damaged = checkpoint.Artifact;
                continue;
            }

            var parts = checkpoint.Artifact.Split(':');
            return new Chain(SlotMachine.OrderOf(step), step.Step.Spec, step.Adjustments, checkpoint.Position, ulong.Parse(parts[1], CultureInfo.InvariantCulture));
        }

        return new Chain(SlotMachine.OrderOf(step), step.Step.Spec, step.Adjustments, 0, Start(step.Step.Spec));
    }

    public void Advance()
    {
        value = Link(value, Position, adjustments);
        Position++;
    }

    public CheckpointRef Save() => new(Position, Length, FormattableString.Invariant($"{spec.Seed}-{Position}:{value}"));

    public ImmutableSortedDictionary<string, string> Files() => ImmutableSortedDictionary<string, string>.Empty.Add("out", FormattableString.Invariant($"{value}"));

    /// <summary>What the step must come to when it was adjusted so.</summary>
    public static string Expected(StepSpec spec, Adjustments adjustments)
    {
        var value = Start(spec);
        for (var position = 0L; position < Length; position++)
        {
            value = Link(value, position, adjustments);
        }

        return value.ToString(CultureInfo.InvariantCulture);
    }

    private static ulong Start(StepSpec spec) => spec.Inputs.Values.Aggregate((ulong)spec.Seed, (v, i) => Mix(v, ulong.Parse(i, CultureInfo.InvariantCulture)));

    private static ulong Link(ulong value, long position, Adjustments adjustments) => Mix(value, (ulong)(1000 * adjustments.LearningRateFactor(position)));

    private static ulong Mix(ulong a, ulong b) => (a ^ (b + 0x9E3779B97F4A7C15 + (a << 6) + (a >> 2))) * 0xBF58476D1CE4E5B9;
}
