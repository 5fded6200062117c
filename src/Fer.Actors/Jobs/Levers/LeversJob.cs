using System.Text;
using Akka.Actor;
using Fer.Actors.Devices;
using Fer.Actors.Jobs.Refinement;
using Fer.Actors.Runs;
using Fer.Models.Evaluation;
using Fer.Models.Training;

namespace Fer.Actors.Jobs.Levers;

/// <summary>Screens the levers of the refinement loop on validation B: it chooses, and proves nothing.</summary>
public sealed class LeversJob : IJob
{
    internal static StepKind ScreenKind { get; } = new("screen", 1, c => new ImmediateWork(() => Screen(c))) { IsPlain = true };

    public static LeversJob Instance { get; } = new();

    public string Name => LeverNames.Job;

    /// <summary>The refinement job's own, without those that read the test set or what it gave.</summary>
    public IReadOnlyList<StepKind> Kinds { get; } = [.. StepKinds.All.Where(k => k.Kind is not (StepKinds.Test or StepKinds.Verdict)), ScreenKind];

    public IReadOnlyDictionary<string, Func<StepOwnerSetup, Props>> Owners => RefinementJob.Instance.Owners;

    public string OwnerOf(string kind) => RefinementJob.Instance.OwnerOf(kind);

    public PlanAnswer Next(RunState state) => new LeversPlan(state).Next();

    private static WorkResult Screen(StepContext c)
    {
        var step = c.Settings<ScreenStep>();
        var screening = Screening.Of(step.Levers, (variant, arm) =>
        [
            .. Enumerable.Range(1, step.Loops).Select(loop => Enumerable.Range(0, step.Seeds)
                .Select(seed => LeverNames.Role(variant, loop, arm, seed)).Select(role => Metrics.Of(Predictions.Read(c.Read(role), role)).MacroF1).ToArray()),
        ]);
        var recipe = LeverRecipe.Choose(step.Settings, screening.Values);
        return WorkResult.Of([(LeverNames.Recipe, Encoding.UTF8.GetBytes(recipe.Text()))], screening.Figures().Concat(recipe.Figures()));
    }
}
