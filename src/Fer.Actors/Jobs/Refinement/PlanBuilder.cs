using System.Collections.Immutable;
using System.Text.Json;
using Fer.Actors.Runs;
using Fer.Actors.Storage;

namespace Fer.Actors.Jobs.Refinement;

/// <summary>What a plan asks for while it is walked through: steps that are ready, and decisions that the journal does not hold yet.</summary>
internal sealed class PlanBuilder(RunState state)
{
    private readonly List<PlannedStep> ready = [];
    private readonly List<PlanDecision> decisions = [];

    public RunState State => state;

    /// <summary>Whether something was decided that has to be written down before the plan goes on.</summary>
    public bool HasDecided => decisions.Count > 0;

    /// <summary>The step when it has completed; null, and it is asked for, when not.</summary>
    public StepState? Need(StepSpec spec, int priority)
    {
        if (state.Completed(spec.Name) is { } done)
        {
            return done;
        }

        ready.Add(new PlannedStep(spec, priority));
        return null;
    }

    /// <summary>What the journal says of a question, or the answer given here.</summary>
    public string Decide(string question, string answer, string because)
    {
        if (state.Decisions.TryGetValue(question, out var decided))
        {
            return decided.Answer;
        }

        decisions.Add(new PlanDecision(question, answer, because));
        return answer;
    }

    public PlanAnswer Answer(ImmutableSortedDictionary<string, double>? result) => result is null
        ? new PlanAnswer([.. ready.DistinctBy(r => r.Spec.Name)], [.. decisions], null)
        : new PlanAnswer([], [.. decisions], decisions.Count > 0 ? null : result);

    public static StepSpec Spec(string name, string kind, ImmutableSortedDictionary<string, string>.Builder inputs, object settings, long seed) =>
        new(name, kind, StepKinds.VersionOf(kind), inputs.ToImmutable(), JsonSerializer.Serialize(settings, settings.GetType(), Json.Options), seed);

    public static ImmutableSortedDictionary<string, string>.Builder Inputs(params (string Role, string Hash)[] inputs)
    {
        var builder = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var (role, hash) in inputs)
        {
            builder.Add(role, hash);
        }

        return builder;
    }
}
