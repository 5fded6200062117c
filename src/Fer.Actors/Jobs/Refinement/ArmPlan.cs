using System.Collections.Immutable;
using System.Globalization;
using Fer.Actors.Runs;
using Fer.Models.Generators;
using static Fer.Actors.Jobs.Refinement.PlanBuilder;

namespace Fer.Actors.Jobs.Refinement;

/// <summary>Is told of an arm's trained classifier.</summary>
internal delegate void TrainedArm(string arm, int seed, StepState classifier);

/// <summary>
/// The arms of one loop: the control's recipe and every arm's number of steps chosen on validation B with the loop's own seed, then
/// each arm trained afresh from the same seeds. What the arms of one seed share beside the settings: first weights, and the
/// order of real batches.
/// </summary>
internal sealed class ArmPlan
{
    private const int ForTheEnd = 10;

    private readonly PlanBuilder plan;
    private readonly LoopContext at;

    /// <param name="plan">What is asked for.</param>
    /// <param name="at">The loop.</param>
    /// <param name="arms">The arms to train, in the order of reports; null: all that the run has.</param>
    public ArmPlan(PlanBuilder plan, LoopContext at, ImmutableArray<string>? arms = null)
    {
        this.plan = plan;
        this.at = at;
        All = arms ?? at.Run.Arms(at.HasInput(Names.HeldBack));
    }

    /// <summary>Arms in the order of reports.</summary>
    public ImmutableArray<string> All { get; }

    private LoopSettings Loop => at.Settings.Loop;

    /// <summary>The loop's own classifier with what was kept up to a round, as the arm refined would be.</summary>
    public StepSpec Retrain(int round) => Spec(Names.Retrain(round), Names.Refined, at.OwnSeed, round, "1", recipe: null);

    /// <summary>Asks for what depends on nothing in the loop.</summary>
    public void Early(ImmutableArray<string>? teachers)
    {
        foreach (var arm in All.Where(a => a is Names.Real or Names.Control))
        {
            Train(arm, 0, teachers);
        }
    }

    /// <summary>Whether every arm is trained; gives the classifiers of those that are.</summary>
    public bool Late(int rounds, ImmutableArray<string>? teachers, TrainedArm tell)
    {
        var drawn = !All.Contains(Names.Unfiltered) || Unfiltered(rounds, teachers);
        var all = true;
        foreach (var arm in All)
        {
            if ((arm == Names.Unfiltered && !drawn) || Train(arm, rounds, teachers) is not { } trained)
            {
                all = false;
                continue;
            }

            for (var seed = 0; seed < trained.Length; seed++)
            {
                tell(arm, seed, trained[seed]);
            }
        }

        return all;
    }

    /// <summary>The arm's classifiers by seed; null until all are trained.</summary>
    private StepState[]? Train(string arm, int rounds, ImmutableArray<string>? teachers)
    {
        var recipe = arm == Names.Control ? Recipe(teachers) : null;
        if ((arm == Names.Control && recipe is null) || Steps(arm, rounds, recipe) is not { } factor)
        {
            return null;
        }

        var urgency = ForTheEnd + (arm is Names.Real or Names.Control ? 0 : 5);
        var trained = Enumerable.Range(0, Loop.Seeds).Select(seed => at.Need(Spec(Names.Classify(arm, seed), arm, at.Seed(seed), rounds, factor, recipe), urgency)).ToArray();
        return Array.TrueForAll(trained, t => t is not null) ? [.. trained.Select(t => t!)] : null;
    }

    /// <summary>The control's recipe; null until it is chosen.</summary>
    private string? Recipe(ImmutableArray<string>? teachers)
    {
        if (Loop.Control == "soft" && SoftLabels(teachers) is null)
        {
            return null;
        }

        if (Loop.Control != "best")
        {
            return Loop.Control;
        }

        var recipes = at.Run.ControlRecipes;
        if (recipes.Contains("soft") && SoftLabels(teachers) is null)
        {
            _ = recipes.Where(r => r != "soft").Select(r => Candidate(Names.Control, r, 0, "1", r)).ToArray();
            return null;
        }

        return Best(Names.RecipeQuestion, Names.Control, recipes, r => Candidate(Names.Control, r, 0, "1", r));
    }

    /// <summary>The arm's multiple of the steps; null until it is chosen.</summary>
    private string? Steps(string arm, int rounds, string? recipe) => Loop.StepFactors.Length == 1
        ? Loop.StepFactors[0]
        : Best(Names.StepsQuestion(arm), arm, Loop.StepFactors, f => Candidate(arm, "x" + f, rounds, f, recipe));

    private StepState? Candidate(string arm, string name, int rounds, string factor, string? recipe) =>
        at.Need(Spec(Names.Tune(arm, name), arm, at.OwnSeed, rounds, factor, recipe), ForTheEnd + 8);

    private string? Best(string question, string arm, ImmutableArray<string> candidates, Func<string, StepState?> train)
    {
        var trained = candidates.Select(c => (Name: c, Step: train(c))).ToArray();
        if (trained.Any(t => t.Step is null))
        {
            return null;
        }

        var best = trained.MaxBy(t => t.Step!.Figures["macroF1"]);
        var answer = at.Decide(question, best.Name, $"macro F1 of {arm} on validation B: " + string.Join(", ", trained.Select(t => string.Create(CultureInfo.InvariantCulture, $"{t.Name} {100 * t.Step!.Figures["macroF1"]:0.0}"))));
        return plan.HasDecided ? null : answer;
    }

    private StepState? SoftLabels(ImmutableArray<string>? teachers)
    {
        if (teachers is not { Length: > 1 } several)
        {
            return null;
        }

        var inputs = Inputs((Names.Train, at.Input(Names.Train)));
        LoopContext.AddTeachers(inputs, several);
        return at.Need(at.Spec(Names.SoftLabels, StepKinds.Soft, inputs, new object(), at.FilterSeed(0)), ForTheEnd + 9);
    }

    /// <summary>Whether as many images as were kept are drawn without the filter; where others stand in for kept ones, as many as there are of both, so that what differs is not how many faces are seen.</summary>
    private bool Unfiltered(int rounds, ImmutableArray<string>? teachers)
    {
        if (Loop.Placebo != "off")
        {
            return true;
        }

        if (teachers is not { } t || at.Need(at.FilterFit(Names.NoFilter, t, at.Settings.Filter with { Rule = "none", NearCopy = "pixels" }, at.FilterSeed(0)), ForTheEnd + 9) is not { } filter)
        {
            return false;
        }

        var drawn = true;
        for (var round = 1; round <= rounds; round++)
        {
            for (var label = 0; label < at.Run.Classes.Length; label++)
            {
                var count = at.Seen(round, label);
                var name = at.Run.Classes[label];
                var generator = at.Completed(Names.Gan(round, at.Run.Generators.Length == 1 ? at.Run.Generators[0] : name));
                if (count > 0 && generator is not null)
                {
                    var request = new SampleRequest(name, count, count, at.SampleSeed(round), LoopContext.DrawnAtOnce, at.IdPrefix("raw", round, label)) { Psi = at.Settings.Gan.Psi };
                    drawn &= at.Need(at.Spec(Names.Unchecked(round, name), StepKinds.Sample, at.SampleInputs(generator, filter), new SampleStep(request), request.Seed), ForTheEnd + 7) is not null;
                }
            }
        }

        return drawn;
    }

    /// <summary>Images of each class that were kept, where more than those are seen; null: where they are all.</summary>
    private int[]? AnEpoch(int rounds)
    {
        int[] Sum(Func<int, int, int> of) => [.. at.Run.Classes.Select((_, label) => Enumerable.Range(1, rounds).Sum(r => of(r, label)))];
        var kept = Sum(at.Kept);
        return kept.SequenceEqual(Sum(at.Seen)) ? null : kept;
    }

    private StepSpec Spec(string name, string arm, long seed, int rounds, string factor, string? recipe)
    {
        var inputs = at.RealInputs();
        var settings = at.Settings.Classifier with { Steps = Math.Max(1, (int)Math.Round(at.Settings.Classifier.Steps * double.Parse(factor, CultureInfo.InvariantCulture))) };
        var step = new ClassifierStep(settings, recipe switch { null => arm == Names.Real ? "natural" : Loop.Sampling, "soft" => "balanced", _ => recipe }, arm is Names.Real or Names.Control ? LoopContext.OfRealFacesAlone : Loop.SyntheticWeight);
        switch (arm)
        {
            case Names.Control when recipe == "soft":
                inputs[Names.Train] = at.Completed(Names.SoftLabels)!.Files["soft"];
                step = step with { Soft = true };
                break;
            case Names.Unfiltered:
                at.AddImages(inputs, rounds, onlyClass: null, Loop.Placebo == "off" ? Names.Unchecked : Names.Sample);
                step = step with { AnEpoch = AnEpoch(rounds) };
                break;
            case Names.Refined or Names.RefinedHard or Names.RefinedSoft:
                at.AddKept(inputs, rounds, onlyClass: null);
                at.AddSpare(inputs, rounds);
                step = step with { Soft = arm == Names.Refined ? Loop.Labels == "soft" : arm == Names.RefinedSoft };
                break;
            case Names.Oracle:
                inputs.Add(Names.HeldBack, at.Input(Names.HeldBack));
                // Real faces are no less worth for being extra.
                step = step with { SyntheticWeight = 1, Extra = [.. at.Run.Classes.Select((_, label) => at.Run.ExtraOf(label, at.Loop, Enumerable.Range(1, rounds).Sum(r => at.Seen(r, label))))], AnEpoch = AnEpoch(rounds) };
                break;
        }

        // Where nothing was kept it is the step of real faces alone, whatever was asked for. The oracle's extra faces are real ones and come as often.
        if (inputs.Keys.Any(role => role.StartsWith("kept/", StringComparison.Ordinal)))
        {
            step = step with { SyntheticShare = Loop.SyntheticShare };
        }

        if (arm is not (Names.Real or Names.Control or Names.Oracle) && Loop.RealTail > 0)
        {
            step = step with { RealFrom = settings.Steps - (long)(settings.Steps * Loop.RealTail) };
        }

        return at.Spec(name, StepKinds.Classifier, inputs, step, seed);
    }
}
