using System.Collections.Immutable;
using Akka.Actor;
using Fer.Actors.Devices;
using Fer.Actors.Runs;
using Fer.Actors.Sweeps.Search;

namespace Fer.Actors.Jobs.Refinement;

/// <summary>The classifier-guided WGAN-GP refinement loop.</summary>
public sealed class RefinementJob : IJob
{
    public static RefinementJob Instance { get; } = new();

    public string Name => Names.Job;

    public IReadOnlyList<StepKind> Kinds => StepKinds.All;

    public IReadOnlyDictionary<string, Func<StepOwnerSetup, Props>> Owners { get; } = new Dictionary<string, Func<StepOwnerSetup, Props>>
    {
        ["generator"] = setup => Props.Create(() => new GeneratorActor(setup)),
        ["classifier-filter"] = setup => Props.Create(() => new ClassifierFilterActor(setup)),
        ["trainer"] = setup => Props.Create(() => new TrainerActor(setup)),
    };

    public string OwnerOf(string kind) => kind switch
    {
        StepKinds.Gan or StepKinds.WarmUp => "generator",
        StepKinds.Filter or StepKinds.Sample or StepKinds.Soft or StepKinds.Placebo or StepKinds.Quality or StepKinds.Audit => "classifier-filter",
        _ => "trainer",
    };

    public PlanAnswer Next(RunState state) => new RefinementPlan(state).Next();

    public ImmutableArray<string> Objectives => ValidationFigures.Names;

    public ImmutableArray<RungValue> Reports(RunState state, string figure) => ValidationFigures.Reports(state, figure);
}
