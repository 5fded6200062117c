using System.Collections.Immutable;
using System.Globalization;
using Fer.Actors.Runs;
using Fer.Models.Classifiers;
using Fer.Models.Evaluation;
using Fer.Models.Generators;
using Fer.Models.Training;
using static Fer.Actors.Jobs.Refinement.PlanBuilder;

namespace Fer.Actors.Jobs.Refinement;

/// <summary>
/// One loop: baseline → teachers and filter → warm-up → adversarial training → sample and filter → retrain → validate → next round;
/// then every arm afresh (<see cref="ArmPlan"/>). Steps of the arms real and control depend on nothing in the loop and fill free slots
/// from the start.
/// </summary>
internal sealed class LoopPlan
{
    // The loop's own path first, what only the end needs last.
    internal const int Urgent = 100;
    private const int OnThePath = 50;

    private readonly PlanBuilder plan;
    private readonly LoopContext at;
    private readonly ArmPlan arms;
    private readonly LoopMeasures measures;

    /// <param name="plan">What is asked for.</param>
    /// <param name="at">The loop.</param>
    /// <param name="only">The arms to train; null: all that the run has.</param>
    public LoopPlan(PlanBuilder plan, LoopContext at, ImmutableArray<string>? only = null)
    {
        this.plan = plan;
        this.at = at;
        arms = new ArmPlan(plan, at, only);
        measures = new LoopMeasures(plan, at);
    }

    public ImmutableArray<string> Arms => arms.All;

    private RefinementSettings Settings => at.Settings;

    private RefinementRun Run => at.Run;

    /// <summary>Whether images are generated and filtered; a placebo's are neither.</summary>
    private bool IsReal => Settings.Loop.Placebo == "off";

    /// <summary>Whether every arm of this loop is trained; tells of the classifiers of those that are.</summary>
    public bool Next(TrainedArm tell)
    {
        var baseline = at.Need(at.Baseline(), OnThePath + 5);
        var teachers = Teachers(baseline);
        arms.Early(teachers);
        return Rounds(baseline, teachers) is { } roundsUsed && arms.Late(roundsUsed, teachers, tell);
    }

    /// <inheritdoc cref="LoopMeasures.Done"/>
    public bool Measured() => !IsReal || measures.Done(CompletedRounds());

    /// <summary>Weights of the real-only teacher's classifiers; null until all are trained.</summary>
    private ImmutableArray<string>? Teachers(StepState? baseline)
    {
        // A placebo is not filtered: its teachers are wanted for soft labels of real faces alone.
        if (!IsReal && !Run.ControlRecipes.Contains("soft"))
        {
            return null;
        }

        if (Settings.Filter.CrossFit == 1)
        {
            return baseline is null ? null : [baseline.Files["weights"]];
        }

        var trained = Enumerable.Range(0, Settings.Filter.CrossFit).Select(fold => at.Need(at.Teacher(fold), OnThePath + 5)).ToArray();
        return Array.TrueForAll(trained, t => t is not null) ? [.. trained.Select(t => t!.Files["weights"])] : null;
    }

    /// <summary>Null while the rounds go on; then the number of rounds whose kept images are used.</summary>
    private int? Rounds(StepState? baseline, ImmutableArray<string>? teachers)
    {
        var filter = teachers is { } t && IsReal ? FilterFit(0, t) : null;
        var best = baseline;
        var (bestRound, poorRounds) = (0, 0);
        for (var round = 1; round <= Settings.Loop.Rounds; round++)
        {
            if (Round(round, baseline, filter, best) is not { } outcome)
            {
                return null;
            }

            var (retrained, validated, nextFilter) = outcome;
            var gain = validated.Figures["gain"];
            poorRounds = gain < validated.Figures["gainError"] ? poorRounds + 1 : 0;
            if (gain > 0)
            {
                (best, bestRound) = (retrained, round);
            }

            var stop = poorRounds >= Settings.Loop.Patience || round == Settings.Loop.Rounds;
            if (at.Decide(Names.RoundQuestion(round), stop ? "stop" : "continue", Because(round, validated, poorRounds, Settings.Loop)) == "stop")
            {
                break;
            }

            filter = nextFilter;
        }

        // Without a better round the last one still answers what was asked: what do kept images do?
        var used = bestRound > 0 ? bestRound : CompletedRounds();
        at.Decide(Names.RoundsUsed, used.ToString(CultureInfo.InvariantCulture), bestRound > 0 ? $"round {used} has the best macro F1 on validation B" : "no round was better than real faces alone on validation B, so all rounds are tested");
        return plan.HasDecided ? null : used;
    }

    private (StepState Retrained, StepState Validated, StepState? NextFilter)? Round(int round, StepState? baseline, StepState? filter, StepState? best)
    {
        var generators = new Dictionary<string, StepState>();
        var withoutFeedback = IsReal ? measures.FeedbackHasEnded(round) : false;
        foreach (var name in IsReal && withoutFeedback is not null ? Run.Generators : [])
        {
            if (Gan(round, name, withoutFeedback == true) is { } gan)
            {
                generators.Add(name, gan);
            }
        }

        if (baseline is null || best is null || (filter is null && IsReal))
        {
            return null;
        }

        if (Targets(round) is not { } targets)
        {
            return null;
        }

        var sampled = true;
        for (var label = 0; label < Run.Classes.Length; label++)
        {
            if (targets[label] > 0)
            {
                sampled &= Sample(round, label, targets[label], generators, filter) is not null;
            }
        }

        if (!sampled || at.Need(arms.Retrain(round), OnThePath + 2) is not { } retrained)
        {
            return null;
        }

        var validated = at.Need(Validate(round, baseline, best, retrained), Urgent);
        var next = Settings.Filter.Teacher == "latest" && IsReal ? FilterFit(round, [retrained.Files["weights"]]) : filter;
        return validated is null || (next is null && IsReal) ? null : (retrained, validated, next);
    }

    private StepState? Gan(int round, string name, bool withoutFeedback)
    {
        var warmUp = Settings.Gan.WarmUp == "off" ? null : at.Need(WarmUp(name), OnThePath);
        var before = round > 1 ? at.Completed(Names.Gan(round - 1, name)) : warmUp;
        if (before is null && (round > 1 || Settings.Gan.WarmUp != "off"))
        {
            return null;
        }

        var inputs = Inputs((Names.Train, at.Input(Names.Train)));
        if (before is not null)
        {
            inputs.Add("state", before.Files["gan"]);
        }

        if (Settings.Gan.Feedback != "0" && !withoutFeedback)
        {
            at.AddKept(inputs, round - 1, at.OnlyClass(name));
        }

        // Without a kept image there is nothing to feed back, whatever was asked for: the first round is the same step then.
        var gan = inputs.Keys.Any(role => role.StartsWith("kept/", StringComparison.Ordinal)) ? Trained : NothingFedBack;
        var settings = new GanStep(gan, at.OnlyClass(name), (long)(round - 1) * Settings.Gan.StepsPerRound);
        return at.Need(at.Spec(Names.Gan(round, name), StepKinds.Gan, inputs, settings, at.GanSeed(name)), OnThePath + 4);
    }

    private GanSettings NothingFedBack => Trained with { Feedback = "0" };

    // How images are drawn changes no training, nor does what may end feedback.
    private GanSettings Trained => Settings.Gan with { Psi = 1, FeedbackStop = 0 };

    private StepSpec WarmUp(string name)
    {
        var inputs = Inputs((Names.Train, at.Input(Names.Train)));
        if (plan.State.Inputs.TryGetValue(Names.WarmUpWeights, out var weights))
        {
            inputs.Add("weights", weights);
        }

        return at.Spec(Names.WarmUp(name), StepKinds.WarmUp, inputs, new GanStep(NothingFedBack, at.OnlyClass(name), 0), at.GanSeed(name));
    }

    /// <summary>Images to keep of each class in a round; null until it is known what the round before lacks most.</summary>
    private ImmutableArray<int>? Targets(int round)
    {
        if (Settings.Filter.Allocate != FilterSettings.ByNeed)
        {
            return [.. Run.Classes.Select((_, label) => TargetOf(round, label))];
        }

        var before = at.Completed(Names.Retrain(round - 1))!;
        if (at.Need(at.Spec(Names.Recalls(round - 1), StepKinds.Recalls, Inputs(("predictions", before.Files["predictions"])), new object(), 0), Urgent) is not { } recalls)
        {
            return null;
        }

        var soFar = Enumerable.Range(1, round - 1).Sum(r => Run.Classes.Select((_, label) => at.Kept(r, label)).Sum());
        var due = (int)((long)Run.TotalOf(at.Loop) * round / Settings.Loop.Rounds) - soFar;
        return Allocation.ByNeed(due, [.. Run.Classes.Select(c => recalls.Figures[Names.RecallOf(c)])]);
    }

    /// <summary>Images that a class still lacks after the rounds before, spread over the rounds.</summary>
    private int TargetOf(int round, int label)
    {
        var soFar = Enumerable.Range(1, round - 1).Sum(r => at.Kept(r, label));
        return (int)((long)Run.TargetOf(label, at.Loop) * round / Settings.Loop.Rounds) - soFar;
    }

    /// <summary>Null until the class is sampled; asks for it once its generator is there.</summary>
    private StepState? Sample(int round, int label, int target, Dictionary<string, StepState> generators, StepState? filter)
    {
        var name = Names.Sample(round, Run.Classes[label]);
        var seed = at.SampleSeed(round);
        if (filter is null)
        {
            return at.Need(at.Spec(name, StepKinds.Placebo, Inputs((Names.Train, at.Input(Names.Train))), new PlaceboStep(Settings.Loop.Placebo, Run.Classes[label], target, at.IdPrefix("placebo", round, label)), seed), OnThePath + 3);
        }

        if (generators.GetValueOrDefault(Run.Generators.Length == 1 ? Run.Generators[0] : Run.Classes[label]) is not { } generator)
        {
            return null;
        }

        var request = new SampleRequest(Run.Classes[label], target, (int)Math.Min(int.MaxValue, (long)target * Settings.Filter.MaxDrawsPerKept), seed, LoopContext.DrawnAtOnce, at.IdPrefix("gan", round, label)) { Pool = Settings.Filter.Pool, Spare = Settings.Filter.Fresh == "on", Psi = Settings.Gan.Psi };
        var inputs = at.SampleInputs(generator, filter);
        if (Settings.Filter.Diversity == FilterSettings.AllRounds)
        {
            AddEarlier(inputs, round, label);
        }

        return at.Need(at.Spec(name, StepKinds.Sample, inputs, new SampleStep(request), seed), OnThePath + 3);
    }

    private void AddEarlier(ImmutableSortedDictionary<string, string>.Builder inputs, int round, int label)
    {
        for (var earlier = 1; earlier < round; earlier++)
        {
            if (at.Kept(earlier, label) > 0)
            {
                inputs.Add(string.Create(CultureInfo.InvariantCulture, $"{StepKinds.EarlierRole}{earlier:000}"), at.Completed(Names.Sample(earlier, Run.Classes[label]))!.Files["kept"]);
            }
        }
    }

    private StepState? FilterFit(int round, ImmutableArray<string> teachers)
    {
        var looksAtFeatures = Settings.Filter.NearCopy == FilterSettings.AndFeatures;
        var witness = looksAtFeatures ? at.Need(at.Witness(), OnThePath + 5) : null;
        return looksAtFeatures && witness is null
            ? null
            : at.Need(at.FilterFit(Names.Filter(round), teachers, Settings.Filter, at.FilterSeed(round), witness?.Files["weights"]), OnThePath + 5);
    }

    private StepSpec Validate(int round, StepState baseline, StepState best, StepState retrained) => at.Spec(
        Names.Validate(round), StepKinds.Validate,
        Inputs(("baseline", baseline.Files["predictions"]), ("best", best.Files["predictions"]), ("round", retrained.Files["predictions"])),
        new object(), at.Seed(800 + round));

    private int CompletedRounds() => Enumerable.Range(1, Settings.Loop.Rounds).Count(r => at.Completed(Names.Validate(r)) is not null);

    // What it comes to, and which limit it was: figures alone do not say why a good last round is the last.
    private static string Because(int round, StepState validated, int poorRounds, LoopSettings loop) => string.Create(
        CultureInfo.InvariantCulture,
        $"round {round} gains {100 * validated.Figures["gain"]:+0.0;-0.0} points of macro F1 on validation B over the best before, standard error {100 * validated.Figures["gainError"]:0.0}; {poorRounds} {(poorRounds == 1 ? "round" : "rounds")} in a row under one standard error")
        + (poorRounds >= loop.Patience ? string.Create(CultureInfo.InvariantCulture, $", and loop.patience is {loop.Patience}") : "")
        + (round < loop.Rounds ? "" : loop.Rounds == 1 ? "; the one round of loop.rounds is done" : string.Create(CultureInfo.InvariantCulture, $"; all {loop.Rounds} rounds of loop.rounds are done"));
}
