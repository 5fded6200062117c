using System.Collections.Immutable;
using System.Text.Json;
using Fer.Actors.Jobs.Refinement;
using Fer.Actors.Runs;
using Fer.Actors.Storage;

namespace Fer.Actors.Jobs.Levers;

/// <summary>
/// The screening as a pure function: every loop of the base and of each variant, control and refined alone, then what each lever is worth on validation B. Steps that two
/// variants have alike have one hash, so the second costs nothing: a variant costs what it changes.
/// </summary>
internal sealed class LeversPlan(RunState state)
{
    private const int Last = 1;

    // Above all priorities within a loop, and above those of all its loops.
    private const int Loop = 1000;
    private const int Variant = 100 * Loop;

    private readonly PlanBuilder plan = new(state);
    private readonly LeversRun run = Json.Read<LeversRun>(state.Settings);

    public PlanAnswer Next()
    {
        var predictions = PlanBuilder.Inputs();
        var variants = run.Variants;
        var loops = run.Screened.Loop.Loops;
        var whole = true;
        for (var v = 0; v < variants.Length; v++)
        {
            var variant = variants[v];
            for (var loop = 1; loop <= loops; loop++)
            {
                // The base first, since the others have most of it in common with it; then lever by lever.
                var at = new LoopContext(plan, variant.Run, LeverNames.PrefixOf(variant.Name), loop, (variants.Length - 1 - v) * Variant + (loops - loop) * Loop);
                whole &= new LoopPlan(plan, at, variant.Arms).Next((arm, seed, classifier) => predictions.Add(LeverNames.Role(variant.Name, at.Loop, arm, seed), classifier.Files["predictions"]));
            }
        }

        return plan.Answer(whole && !plan.HasDecided && plan.Need(Screen(predictions), Last) is { } screen ? screen.Figures : null);
    }

    private StepSpec Screen(ImmutableSortedDictionary<string, string>.Builder predictions) => new(
        LeverNames.Screen, LeversJob.ScreenKind.Kind, LeversJob.ScreenKind.Version, predictions.ToImmutable(), Json.Write(new ScreenStep(run.Settings, run.Levers, run.Screened.Loop.Loops, run.Screened.Loop.Seeds)), 0);
}

/// <summary>What the last step is told beside its inputs.</summary>
/// <param name="Settings">The base.</param>
/// <param name="Levers">What was tried.</param>
/// <param name="Loops">Repeats of everything.</param>
/// <param name="Seeds">Classifiers an arm in each loop.</param>
internal sealed record ScreenStep(RefinementSettings Settings, ImmutableArray<LeverChoice> Levers, int Loops, int Seeds);
