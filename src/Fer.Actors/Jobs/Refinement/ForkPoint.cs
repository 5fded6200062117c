using System.Collections.Immutable;
using System.Globalization;
using Fer.Actors.Runs;
using Fer.Actors.Runs.V1;
using Fer.Models;

namespace Fer.Actors.Jobs.Refinement;

/// <summary>What a run had made by the end of a round, for another that goes on from there with other settings. Pure.</summary>
public static class ForkPoint
{
    // Other shapes of networks could not read the state of those that are taken over; other faces would be another question.
    private static readonly string[] Fixed =
        ["gan.kind", "gan.generator", "gan.critic", "gan.width", "gan.latent", "gan.steps-per-round", "gan.instances", "gan.warm-up", "gan.warm-up-steps", "gan.warm-up-weights", "gan.warm-up-normalise", "loop.loops", "loop.seed", "loop.placebo", "classifier.network"];

    /// <summary>Whether a setting decides what is taken over, and cannot be changed any more.</summary>
    public static bool IsFixed(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return key.StartsWith("data.", StringComparison.Ordinal) || Fixed.Contains(key);
    }

    /// <summary>Everything up to a round but fits of the filter, which are done anew with the settings of the time and cost little, and the arms, which are trained at the end.</summary>
    public static RunForked Of(RunState run, int round)
    {
        ArgumentNullException.ThrowIfNull(run);
        var loops = RefinementRun.Read(run.Settings).Settings.Loop.Loops;
        var last = Enumerable.Range(1, run.Steps.Count).TakeWhile(r => Enumerable.Range(1, loops).All(loop => run.Completed(Names.InLoop(loop, Names.Validate(r))) is not null)).Count();
        if (round < 1 || round > last)
        {
            throw new BadInputException(last == 0
                ? $"Run '{run.RunId}' has no complete round to go on from."
                : string.Create(CultureInfo.InvariantCulture, $"Run '{run.RunId}' has no complete round {round}: expected 1{(last > 1 ? $" to {last}" : "")}."));
        }

        return new RunForked(default, run.RunId, round,
        [
            .. run.Order.Select(name => run.Steps[name]).Where(s => s.Status == StepStatus.Completed && IsTaken(s.Spec.Name, round)).Select(s => new ForkedStep(s.Spec, s.Hash, s.Files, s.Figures)),
        ]);
    }

    private static bool IsTaken(string name, int round)
    {
        var parts = name.Split('/');
        var own = parts[0].StartsWith("loop-", StringComparison.Ordinal) ? parts[1..] : parts;
        var at = own.Select(p => p.StartsWith("round-", StringComparison.Ordinal) && int.TryParse(p.AsSpan(6), NumberStyles.None, CultureInfo.InvariantCulture, out var r) ? r : -1).Max();
        return own[0] switch
        {
            "filter" or "unfiltered" => false,
            "judge" or "warm-up" => true,
            "gan" or "sample" or "validate" or "quality" or "variety" or "recalls" => at <= round,
            "classify" => (at >= 0 && at <= round) || own[1].StartsWith("teacher-", StringComparison.Ordinal) || own[1] == "witness",
            _ => false,
        };
    }
}
