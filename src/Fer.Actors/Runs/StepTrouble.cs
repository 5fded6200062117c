using System.Collections.Immutable;
using Fer.Actors.Hosting;
using Fer.Actors.Runs.V1;

namespace Fer.Actors.Runs;

/// <summary>What a run does about a step that its owner cannot carry further. Pure.</summary>
/// <param name="Events">Written, and the run goes on.</param>
/// <param name="Stop">Why it stops instead; null: it does not.</param>
internal sealed record StepTrouble(ImmutableArray<IRunEvent> Events, StopRun? Stop)
{
    /// <summary>What a step made is made again, to the same bytes; what the run was given can only be put back by a person.</summary>
    public static StepTrouble Of(RunState state, InputDamaged damaged, DateTimeOffset at)
    {
        var makers = state.Steps.Values.Where(s => s.Status == StepStatus.Completed && s.Files.ContainsValue(damaged.Artifact)).Select(s => s.Spec.Name).ToList();
        if (makers.Count > 0)
        {
            return new StepTrouble([.. makers.Select(m => new StepReopened(at, m, damaged.Artifact, damaged.Reason))], null);
        }

        return state.Inputs.ContainsValue(damaged.Artifact)
            ? new StepTrouble([], new StopRun(RunEnd.Paused, $"Step '{damaged.Step}' cannot read a file that the run was given: {damaged.Reason} Put back a copy of it, or start the run under another id"))
            : new StepTrouble([], null);
    }

    public static StepTrouble Of(RunState state, GaveUp g)
    {
        var last = state.Incidents.OfType<StepFailed>().LastOrDefault(f => f.Step == g.Step);
        return new StepTrouble([], new StopRun(RunEnd.Paused, last is null ? g.Reason : $"{g.Reason}: {last.Message}"));
    }
}
