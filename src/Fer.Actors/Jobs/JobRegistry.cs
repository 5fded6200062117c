using System.Collections.Immutable;
using Akka.Actor;
using Fer.Actors.Devices;
using Fer.Actors.Runs;
using Fer.Actors.Sweeps.Search;
using Fer.Models;

namespace Fer.Actors.Jobs;

/// <summary>
/// A job: a pure plan over steps, the kinds of steps it is made of, and the actors that own them.
/// </summary>
public interface IJob
{
    string Name { get; }

    IReadOnlyList<StepKind> Kinds { get; }

    /// <summary>The actors that own its steps, by name, each below the run's supervisor.</summary>
    IReadOnlyDictionary<string, Func<StepOwnerSetup, Props>> Owners { get; }

    /// <summary>Which owner carries a step kind.</summary>
    string OwnerOf(string kind);

    /// <summary>What may happen next. Pure: the same state gives the same answer.</summary>
    PlanAnswer Next(RunState state);

    /// <summary>Figures of its result that runs may be chosen by; none of them comes from a test set.</summary>
    ImmutableArray<string> Objectives => [];

    /// <summary>How a run stands by such a figure at each of its rungs (rounds, epochs …) so far, from 1; empty where it has no rungs.</summary>
    ImmutableArray<RungValue> Reports(RunState state, string figure) => [];
}

/// <param name="Ready">Steps whose inputs are there and which have not completed; those that run already are among them.</param>
/// <param name="Decisions">Forks of the plan that the state decides and the journal does not hold yet.</param>
/// <param name="Result">The run's figures when all is done.</param>
public sealed record PlanAnswer(ImmutableArray<PlannedStep> Ready, ImmutableArray<PlanDecision> Decisions, ImmutableSortedDictionary<string, double>? Result);

/// <param name="Priority">A free slot takes the highest first.</param>
public sealed record PlannedStep(StepSpec Spec, int Priority);

public sealed record PlanDecision(string Question, string Answer, string Because);

/// <summary>The jobs this program knows.</summary>
public static class JobRegistry
{
    private static ImmutableDictionary<string, IJob> jobs = ImmutableDictionary<string, IJob>.Empty
        .Add(Refinement.RefinementJob.Instance.Name, Refinement.RefinementJob.Instance)
        .Add(Levers.LeversJob.Instance.Name, Levers.LeversJob.Instance);

    public static IJob Find(string name) => jobs.TryGetValue(name, out var job)
        ? job
        : throw new BadInputException($"The run's job '{name}' is not known to this version; it knows {string.Join(", ", jobs.Keys.Order(StringComparer.Ordinal))}.");

    /// <summary>Makes a job known; tests and later jobs come in here.</summary>
    public static void Add(IJob job) => ImmutableInterlocked.Update(ref jobs, j => j.SetItem(job.Name, job));

    /// <summary>Every kind of step that this program can open.</summary>
    internal static IEnumerable<StepKind> Kinds => jobs.Values.SelectMany(j => j.Kinds).DistinctBy(k => k.Kind);

    /// <summary>See <see cref="StepKind.IsPlain"/>; of a kind that is not known nothing is claimed.</summary>
    internal static bool IsPlain(StepSpec spec) => Kinds.FirstOrDefault(k => k.Kind == spec.Kind && k.Version == spec.Version)?.IsPlain == true;

    internal static StepKind KindOf(StepSpec spec)
    {
        var kind = jobs.Values.SelectMany(j => j.Kinds).FirstOrDefault(k => k.Kind == spec.Kind)
            ?? throw new BadInputException($"Step kind '{spec.Kind}' is not known to this version.");
        return kind.Version == spec.Version
            ? kind
            : throw new BadInputException($"Step '{spec.Name}' was planned for version {spec.Version} of '{spec.Kind}', this program has version {kind.Version}.");
    }
}
