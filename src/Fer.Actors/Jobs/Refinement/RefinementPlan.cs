using System.Collections.Immutable;
using System.Globalization;
using Fer.Actors.Runs;
using Fer.Models.Evaluation;
using static Fer.Actors.Jobs.Refinement.PlanBuilder;

namespace Fer.Actors.Jobs.Refinement;

/// <summary>
/// The whole run as a pure function: every loop with its arms (<see cref="LoopPlan"/>), then the test set once, and the verdict.
/// Earlier loops go first, so that a run cut short has whole loops to show.
/// </summary>
internal sealed class RefinementPlan(RunState state)
{
    private const int Last = 1;

    private readonly PlanBuilder plan = new(state);
    private readonly RefinementRun run = RefinementRun.Read(state.Settings);

    public PlanAnswer Next()
    {
        if (run.EndsOnValidation)
        {
            return Validated();
        }

        var loops = run.Settings.Loop.Loops;
        var tested = Inputs((Names.Test, state.Inputs[Names.Test]));
        var (whole, arms) = (true, ImmutableArray<string>.Empty);
        for (var loop = 1; loop <= loops; loop++)
        {
            var at = new LoopContext(plan, run, "", loop, (loops - loop) * 1000);
            var one = new LoopPlan(plan, at);
            whole &= one.Next((arm, seed, classifier) => tested.Add(Names.InLoop(at.Loop, Names.TestFile(arm, seed)), classifier.Files["weights"]));
            whole &= one.Measured();
            arms = arms.IsEmpty ? one.Arms : [.. arms.Intersect(one.Arms)];
        }

        return plan.Answer(whole && !plan.HasDecided && Test(tested) is { } test && VerdictOf(test, arms) is { } verdict ? verdict.Figures : null);
    }

    // Figures of the arms' own classifiers, each trained afresh: what a sweep or a person may choose by.
    private PlanAnswer Validated()
    {
        var loops = run.Settings.Loop.Loops;
        var (whole, found) = (true, new List<(string Arm, double MacroF1)>());
        for (var loop = 1; loop <= loops; loop++)
        {
            var at = new LoopContext(plan, run, "", loop, (loops - loop) * 1000);
            whole &= new LoopPlan(plan, at).Next((arm, _, classifier) => found.Add((arm, classifier.Figures["macroF1"])));
        }

        return plan.Answer(whole && !plan.HasDecided ? ValidationFigures.Of(found) : null);
    }

    private StepState? Test(ImmutableSortedDictionary<string, string>.Builder inputs) => plan.Need(
        Spec(Names.TestStep, StepKinds.Test, inputs, new TestStep([.. inputs.Keys.Where(run.Settings.Loop.Robustness ? IsFirst : _ => false).Order(StringComparer.Ordinal)]), run.Settings.Loop.Seed), Last);

    // One classifier of each arm, of the first loop.
    private static bool IsFirst(string file) => Names.Arms.Any(arm => file == Names.TestFile(arm, 0));

    private StepState? VerdictOf(StepState test, ImmutableArray<string> arms)
    {
        var inputs = Inputs([.. test.Files.Select(f => (f.Key, f.Value))]);
        var loop = run.Settings.Loop;
        var verdict = plan.Need(Spec(Names.Verdict, StepKinds.Verdict, inputs, new VerdictStep(loop.Seeds, loop.Loops, arms) { OracleIsShort = !OracleSize.Of(state, run).IsWhole }, loop.Seed), Last);
        if (verdict is not null)
        {
            var word = Comparisons.WordOf(verdict.Figures["vsControl.verdict"]);
            plan.Decide(Names.VerdictQuestion, word, string.Create(CultureInfo.InvariantCulture, $"macro F1 of refined minus control is {100 * verdict.Figures["vsControl.delta"]:+0.0;-0.0} points, 95 % interval {100 * verdict.Figures["vsControl.low"]:+0.0;-0.0} to {100 * verdict.Figures["vsControl.high"]:+0.0;-0.0}"));
        }

        return verdict;
    }
}
