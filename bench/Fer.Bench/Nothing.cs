using System.Collections.Immutable;
using Akka.Actor;
using Fer.Actors.Devices;
using Fer.Actors.Hosting;
using Fer.Actors.Jobs;
using Fer.Actors.Runs;
using Fer.Actors.Sweeps;
using Fer.Models.Training;

namespace Fer.Bench;

/// <summary>A job of one step that does nothing: what is left is what trials cost rows, journals and coordinator.</summary>
internal sealed class Nothing : IJob
{
    public const string Job = "nothing";

    private static readonly StepKind Kind = new("nothing", 1, context => new ImmediateWork(() => WorkResult.Of([], [("value", context.Spec.Seed)])));

    public string Name => Job;

    public IReadOnlyList<StepKind> Kinds => [Kind];

    public IReadOnlyDictionary<string, Func<StepOwnerSetup, Props>> Owners { get; } = new Dictionary<string, Func<StepOwnerSetup, Props>> { ["nobody"] = setup => Props.Create(() => new Owner(setup)) };

    public ImmutableArray<string> Objectives => ["value"];

    public string OwnerOf(string kind) => "nobody";

    public PlanAnswer Next(RunState state) => state.Completed("nothing") is { } done
        ? new PlanAnswer([], [], done.Figures)
        : new PlanAnswer([new PlannedStep(new StepSpec("nothing", Kind.Kind, 1, ImmutableSortedDictionary<string, string>.Empty, "{}", long.Parse(state.Settings)), 1)], [], null);

    public static TrialRun Trial(SweepSpec spec, ImmutableSortedDictionary<string, string> values) => new(new NewRun(Job, values["x"], ImmutableSortedDictionary<string, string>.Empty), new EngineSettings { Devices = ["cpu:0"] });

    private sealed class Owner(StepOwnerSetup setup) : StepOwner(setup)
    {
        protected override string Describe(StepSpec spec) => "does nothing";
    }
}
