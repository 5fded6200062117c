using System.Collections.Immutable;
using Fer.Actors.Jobs;

namespace Fer.Actors.Runs;

/// <summary>What to do with the steps that a plan says are ready. Pure. A step is its hash: equal ones are computed once, whatever they are called.</summary>
/// <param name="Shared">Steps that share what another has made, with its name.</param>
/// <param name="Begin">Steps to begin or go on with; empty while there are <paramref name="Shared"/>, which change what is ready.</param>
internal sealed record NextSteps(ImmutableArray<(StepSpec Spec, string Hash, string MadeBy)> Shared, ImmutableArray<(PlannedStep Planned, string Hash)> Begin)
{
    /// <param name="state">The run.</param>
    /// <param name="ready">What the plan says.</param>
    /// <param name="inHand">Steps that are carried, by name, with their hashes.</param>
    public static NextSteps Of(RunState state, ImmutableArray<PlannedStep> ready, IReadOnlyDictionary<string, string> inHand)
    {
        // What was begun under an accepted older fingerprint keeps its spec; only its hash says under which it ends.
        var hashed = ready.Where(r => !inHand.ContainsKey(r.Spec.Name)).Select(r => (Planned: r, Hash: r.Spec.HashUnder(state.Fingerprint))).ToList();
        var made = state.Steps.Values.Where(s => s.Status == StepStatus.Completed).GroupBy(s => s.Hash).ToDictionary(g => g.Key, g => g.First().Spec.Name, StringComparer.Ordinal);
        var shared = hashed.Where(h => made.ContainsKey(h.Hash)).Select(h => (h.Planned.Spec, h.Hash, made[h.Hash])).ToImmutableArray();
        if (!shared.IsEmpty)
        {
            return new NextSteps(shared, []);
        }

        // Of equal steps the one that was begun or else the more urgent; when it is done, the others share what it made.
        var carried = inHand.Values.ToHashSet(StringComparer.Ordinal);
        return new NextSteps([], [.. hashed.OrderByDescending(h => state.Steps.ContainsKey(h.Planned.Spec.Name)).ThenByDescending(h => h.Planned.Priority).Where(h => carried.Add(h.Hash))]);
    }
}
