using System.Collections.Immutable;
using System.Globalization;
using Fer.Actors.Runs;
using Fer.Actors.Storage;
using Fer.Models.Evaluation;
using Fer.Models.Generators;

namespace Fer.Actors.Jobs.Refinement;

/// <summary>
/// The loop as a pure function: baseline → warm-up → adversarial training → sample and filter → retrain → validate →
/// next round; then every arm afresh, the test set once, and the verdict. Steps of the arms real and control depend on nothing in the
/// loop and fill free slots from the start.
/// </summary>
internal sealed class RefinementPlan(RunState state)
{
    // On the loop's own path first, what only the end needs last.
    private const int Urgent = 100;
    private const int OnThePath = 50;
    private const int ForTheEnd = 10;

    // The loop chooses rounds by its own classifiers, and its teacher picks images: were one of them an arm's, too, the
    // arm would have been chosen by the luck of its first weights. Arms' seeds are 0 to 99.
    private const int LoopSeed = 400;

    private readonly RefinementRun run = Json.Read<RefinementRun>(state.Settings);
    private readonly List<PlannedStep> ready = [];
    private readonly List<PlanDecision> decisions = [];

    private RefinementSettings Settings => run.Settings;

    public PlanAnswer Next()
    {
        var baseline = Need(Classifier(Names.Baseline, Names.Real, LoopSeed, rounds: 0), OnThePath + 5);
        for (var seed = 0; seed < Settings.Loop.Seeds; seed++)
        {
            Need(Classifier(Names.Classify(Names.Real, seed), Names.Real, seed, rounds: 0), ForTheEnd);
            Need(Classifier(Names.Classify(Names.Control, seed), Names.Control, seed, rounds: 0), ForTheEnd);
        }

        if (Loop(baseline) is { } roundsUsed && Arms(roundsUsed) && Test() is { } test && VerdictOf(test) is { } verdict)
        {
            return new PlanAnswer([], [.. decisions], decisions.Count > 0 ? null : verdict.Figures);
        }

        return new PlanAnswer([.. ready.DistinctBy(r => r.Spec.Name)], [.. decisions], null);
    }

    /// <summary>Null while the loop goes on; then the number of rounds whose kept images are used.</summary>
    private int? Loop(StepState? baseline)
    {
        var filter = baseline is null ? null : Need(FilterFit(0, baseline), OnThePath + 5);
        var best = baseline;
        var bestRound = 0;
        var poorRounds = 0;
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
            if (Decision(Names.RoundQuestion(round), stop ? "stop" : "continue", Because(round, validated, poorRounds)) == "stop")
            {
                break;
            }

            filter = nextFilter;
        }

        // Without a better round the last one still answers what was asked: what do kept images do?
        var used = bestRound > 0 ? bestRound : CompletedRounds();
        Decision("rounds-used", Number(used), bestRound > 0 ? $"round {used} has the best macro F1 on validation B" : "no round was better than real faces alone on validation B, so all rounds are tested");
        return decisions.Count == 0 ? used : null;
    }

    private (StepState Retrained, StepState Validated, StepState? NextFilter)? Round(int round, StepState? baseline, StepState? filter, StepState? best)
    {
        var generators = new Dictionary<string, StepState>();
        foreach (var name in run.Generators)
        {
            if (Gan(round, name) is { } gan)
            {
                generators.Add(name, gan);
            }
        }

        if (baseline is null || filter is null || best is null)
        {
            return null;
        }

        var sampled = true;
        for (var label = 0; label < run.Classes.Length; label++)
        {
            var generator = generators.GetValueOrDefault(run.Generators.Length == 1 ? run.Generators[0] : run.Classes[label]);
            if (generator is null)
            {
                sampled = false;
            }
            else if (Sample(round, label, generator, filter) is { } spec)
            {
                sampled &= Need(spec, OnThePath + 3) is not null;
            }
        }

        if (!sampled || Need(Classifier(Names.Retrain(round), Names.Refined, LoopSeed, rounds: round), OnThePath + 2) is not { } retrained)
        {
            return null;
        }

        var validated = Need(Validate(round, baseline, best, retrained), Urgent);
        var next = Settings.Filter.Teacher == "latest" ? Need(FilterFit(round, retrained), OnThePath + 5) : filter;
        return validated is null || next is null ? null : (retrained, validated, next);
    }

    private bool Arms(int rounds)
    {
        var all = true;
        for (var seed = 0; seed < Settings.Loop.Seeds; seed++)
        {
            all &= Need(Classifier(Names.Classify(Names.Refined, seed), Names.Refined, seed, rounds), ForTheEnd + 5) is not null;
            all &= Names.Arms.All(arm => state.Completed(Names.Classify(arm, seed)) is not null);
        }

        return all;
    }

    private StepState? Test()
    {
        var inputs = Inputs((Names.Test, state.Inputs[Names.Test]));
        foreach (var arm in Names.Arms)
        {
            for (var seed = 0; seed < Settings.Loop.Seeds; seed++)
            {
                inputs.Add(Names.TestFile(arm, seed), state.Steps[Names.Classify(arm, seed)].Files["weights"]);
            }
        }

        return Need(Spec(Names.TestStep, StepKinds.Test, inputs, new object(), 0), Urgent);
    }

    private StepState? VerdictOf(StepState test)
    {
        var inputs = Inputs([.. test.Files.Select(f => (f.Key, f.Value))]);
        var verdict = Need(Spec(Names.Verdict, StepKinds.Verdict, inputs, new VerdictStep(Settings.Loop.Seeds), Settings.Loop.Seed), Urgent);
        if (verdict is not null)
        {
            var word = Comparisons.WordOf(verdict.Figures["vsControl.verdict"]);
            Decision(Names.VerdictQuestion, word, string.Create(CultureInfo.InvariantCulture, $"macro F1 of refined minus control is {100 * verdict.Figures["vsControl.delta"]:+0.0;-0.0} points, 95 % interval {100 * verdict.Figures["vsControl.low"]:+0.0;-0.0} to {100 * verdict.Figures["vsControl.high"]:+0.0;-0.0}"));
        }

        return verdict;
    }

    private StepState? Gan(int round, string name)
    {
        var warmUp = Settings.Gan.WarmUp == "off" ? null : Need(WarmUp(name), OnThePath);
        var before = round > 1 ? state.Completed(Names.Gan(round - 1, name)) : warmUp;
        if (before is null && (round > 1 || Settings.Gan.WarmUp != "off"))
        {
            return null;
        }

        var inputs = Inputs((Names.Train, state.Inputs[Names.Train]));
        if (before is not null)
        {
            inputs.Add("state", before.Files["gan"]);
        }

        if (Settings.Gan.Feedback != "0")
        {
            AddKept(inputs, round - 1, OnlyClass(name));
        }

        var settings = new GanStep(Settings.Gan, OnlyClass(name), (long)(round - 1) * Settings.Gan.StepsPerRound);
        return Need(Spec(Names.Gan(round, name), StepKinds.Gan, inputs, settings, GanSeed(name)), OnThePath + 4);
    }

    private StepSpec WarmUp(string name)
    {
        var inputs = Inputs((Names.Train, state.Inputs[Names.Train]));
        if (state.Inputs.TryGetValue(Names.WarmUpWeights, out var weights))
        {
            inputs.Add("weights", weights);
        }

        return Spec(Names.WarmUp(name), StepKinds.WarmUp, inputs, new GanStep(Settings.Gan, OnlyClass(name), 0), GanSeed(name));
    }

    /// <summary>Null when the class needs nothing this round.</summary>
    private StepSpec? Sample(int round, int label, StepState generator, StepState filter)
    {
        var rounds = Settings.Loop.Rounds;
        var soFar = Enumerable.Range(1, round - 1).Sum(r => (int)(state.Completed(Names.Sample(r, run.Classes[label]))?.Figures["kept"] ?? 0));
        var target = (int)((long)run.TargetOf(label) * round / rounds) - soFar;
        if (target <= 0)
        {
            return null;
        }

        var request = new SampleRequest(run.Classes[label], target, (int)Math.Min(int.MaxValue, (long)target * Settings.Filter.MaxDrawsPerKept), Seed(700 + round), 64, string.Create(CultureInfo.InvariantCulture, $"gan-{run.Classes[label]}-r{round}-"));
        var inputs = Inputs(("generator", generator.Files["generator"]), ("filter", filter.Files["filter"]), ("teacher", filter.Spec.Inputs["teacher"]), (Names.Train, state.Inputs[Names.Train]));
        return Spec(Names.Sample(round, run.Classes[label]), StepKinds.Sample, inputs, new SampleStep(request), request.Seed);
    }

    private StepSpec Classifier(string name, string arm, int seed, int rounds)
    {
        var inputs = Inputs((Names.Train, state.Inputs[Names.Train]), (Names.ValidationB, state.Inputs[Names.ValidationB]));
        AddKept(inputs, rounds, onlyClass: null);
        var settings = new ClassifierStep(Settings.Classifier, arm == Names.Control ? "balanced" : "natural", Settings.Loop.SyntheticWeight);
        return Spec(name, StepKinds.Classifier, inputs, settings, Seed(seed));
    }

    private StepSpec FilterFit(int round, StepState teacher) => Spec(
        Names.Filter(round), StepKinds.Filter,
        Inputs(("teacher", teacher.Files["weights"]), (Names.ValidationA, state.Inputs[Names.ValidationA]), (Names.Train, state.Inputs[Names.Train])),
        new FilterStep(Settings.Filter), Seed(600 + round));

    private StepSpec Validate(int round, StepState baseline, StepState best, StepState retrained) => Spec(
        Names.Validate(round), StepKinds.Validate,
        Inputs(("baseline", baseline.Files["predictions"]), ("best", best.Files["predictions"]), ("round", retrained.Files["predictions"])),
        new object(), Seed(800 + round));

    private void AddKept(ImmutableSortedDictionary<string, string>.Builder inputs, int rounds, int? onlyClass)
    {
        for (var round = 1; round <= rounds; round++)
        {
            for (var label = 0; label < run.Classes.Length; label++)
            {
                if ((onlyClass is null || onlyClass == label) && state.Completed(Names.Sample(round, run.Classes[label])) is { } sample && sample.Figures["kept"] > 0)
                {
                    inputs.Add(string.Create(CultureInfo.InvariantCulture, $"kept/{round:000}/{run.Classes[label]}"), sample.Files["kept"]);
                }
            }
        }
    }

    private int CompletedRounds() => Enumerable.Range(1, Settings.Loop.Rounds).Count(r => state.Completed(Names.Validate(r)) is not null);

    private int? OnlyClass(string generator) => run.Generators.Length == 1 && Settings.Gan.Kind == "conditional" ? null : run.Classes.IndexOf(generator);

    // Seeds of one run's steps lie apart; classifiers of equal number start alike in every arm.
    private long Seed(int of) => unchecked(Settings.Loop.Seed * 1000 + of);

    private long GanSeed(string generator) => Seed(500 + (OnlyClass(generator) ?? 99));

    private string Decision(string question, string answer, string because)
    {
        if (state.Decisions.TryGetValue(question, out var decided))
        {
            return decided.Answer;
        }

        decisions.Add(new PlanDecision(question, answer, because));
        return answer;
    }

    private static string Because(int round, StepState validated, int poorRounds) => string.Create(
        CultureInfo.InvariantCulture,
        $"round {round} gains {100 * validated.Figures["gain"]:+0.0;-0.0} points of macro F1 on validation B over the best before, standard error {100 * validated.Figures["gainError"]:0.0}; {poorRounds} rounds in a row under one standard error");

    private StepState? Need(StepSpec spec, int priority)
    {
        if (state.Completed(spec.Name) is { } done)
        {
            return done;
        }

        ready.Add(new PlannedStep(spec, priority));
        return null;
    }

    private static StepSpec Spec(string name, string kind, ImmutableSortedDictionary<string, string>.Builder inputs, object settings, long seed) =>
        new(name, kind, StepKinds.VersionOf(kind), inputs.ToImmutable(), System.Text.Json.JsonSerializer.Serialize(settings, settings.GetType(), Json.Options), seed);

    private static ImmutableSortedDictionary<string, string>.Builder Inputs(params (string Role, string Hash)[] inputs)
    {
        var builder = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var (role, hash) in inputs)
        {
            builder.Add(role, hash);
        }

        return builder;
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
