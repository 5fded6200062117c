using System.Collections.Immutable;
using Akka.Actor;
using Fer.Actors.Devices;
using Fer.Actors.Runs;

namespace Fer.Actors.Jobs.Refinement;

public sealed class RefinementJob : IJob
{
    public static RefinementJob Instance { get; } = new();
    public string Name => Names.Job;
    public IReadOnlyList<StepKind> Kinds => [];
    public IReadOnlyDictionary<string, Func<StepOwnerSetup, Props>> Owners => throw new NotSupportedException();
    public string OwnerOf(string kind) => throw new NotSupportedException();
    public PlanAnswer Next(RunState state) => throw new NotSupportedException();
}
