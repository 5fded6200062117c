using Fer.Actors.Jobs.Refinement;
using Fer.Actors.Runs;
using Fer.Actors.Storage;
using Fer.Models;
using Fer.Models.Evaluation;
using Fer.Models.Training;

namespace Fer.Actors.Tests.Refinement;

/// <summary>What each arm is trained on, and how its recipe and its steps are chosen.</summary>
public sealed class ArmPlanTests
{
    private static readonly string[] Classes = ["angry", "happy", "sad"];

    private static readonly string[] Six = [Names.Real, Names.Control, Names.Unfiltered, Names.Refined, Names.RefinedSoft, Names.Oracle];

    private static readonly RefinementSettings All = new()
    {
        Gan = new GanSettings { StepsPerRound = 50 },
        Filter = new FilterSettings { CrossFit = 3 },
        Loop = new LoopSettings { Rounds = 2, Patience = 2, Seeds = 2, Seed = 5, Arms = "all", Control = "best" },
    };

    private static PlanDriver Plan(RefinementSettings settings, bool heldBack = true) => new(settings, Classes, [100, 160, 40], heldBack: heldBack);

    private static RefinementSettings With(Func<LoopSettings, LoopSettings> loop) => All with { Loop = loop(All.Loop) };

    private static ClassifierStep Step(PlanDriver plan, string name) => Json.Read<ClassifierStep>(plan[name].Settings);

    private static Dictionary<string, string> KeptBy(StepSpec spec) => spec.Inputs.Where(i => i.Key.StartsWith("kept/", StringComparison.Ordinal)).ToDictionary(i => i.Key, i => i.Value);

    private static void LikeButForTheSeed(StepSpec one, StepSpec other) => Assert.Equal(Json.Write(one), Json.Write(other with { Name = one.Name, Seed = one.Seed }));

    [Theory]
    [InlineData(25, true)]
    [InlineData(30, false)]
    public void An_oracle_that_gets_fewer_faces_than_refined_is_known_to_be_short(int heldBackOfSad, bool isShort)
    {
        var plan = new PlanDriver(All, Classes, [100, 160, 40], heldBack: true, heldBackCounts: [500, 500, heldBackOfSad])
        {
            Kept = (_, name, target) => name == "sad" ? 15 : target,
        }.Finish();

        Assert.Equal([60, 0, Math.Min(30, heldBackOfSad)], Step(plan, Names.Classify(Names.Oracle, 0)).Extra!);
        Assert.Equal(isShort, Json.Read<VerdictStep>(plan[Names.Verdict].Settings).OracleIsShort);
    }

    [Fact]
    public void A_journal_that_knows_no_arms_keeps_the_three_it_was_begun_with()
    {
        var now = RefinementRun.Read(Json.Write(new RefinementRun(All, [.. Classes], [1, 2, 3])));
        var then = RefinementRun.Read("""{"Settings":{"Filter":{"Quantile":0.2},"Loop":{"Rounds":3}},"Classes":["a","b"],"TrainCounts":[3,4]}""");

        Assert.Equal(Json.Write(All), Json.Write(now.Settings));
        Assert.Equal([Names.Real, Names.Control, Names.Refined], then.Arms(hasHeldBack: true));
        Assert.Equal(["balanced"], then.ControlRecipes);
        Assert.Equal((1, false, 3, 0.2), (then.Settings.Filter.CrossFit, then.Settings.Loop.Robustness, then.Settings.Loop.Rounds, then.Settings.Filter.Quantile));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void All_arms_are_trained_and_the_oracle_where_faces_were_held_back(bool heldBack)
    {
        var plan = Plan(All, heldBack).Finish();

        string[] arms = heldBack ? Six : Six[..^1];
        var perRound = Enumerable.Range(1, 2).SelectMany(r => new[]
        {
            Names.Gan(r, "all"), Names.Sample(r, "angry"), Names.Sample(r, "sad"), Names.Retrain(r), Names.Validate(r), Names.Unchecked(r, "angry"), Names.Unchecked(r, "sad"),
        });
        string[] expected =
        [
            Names.Baseline, Names.Teacher(0), Names.Teacher(1), Names.Teacher(2), Names.Filter(0), Names.NoFilter, Names.SoftLabels, .. perRound,
            .. new[] { "natural", "balanced", "weighted", "soft" }.Select(r => Names.Tune(Names.Control, r)),
            .. arms.SelectMany(a => new[] { Names.Classify(a, 0), Names.Classify(a, 1) }), Names.TestStep, Names.Verdict,
        ];
        Assert.Equal(expected.Order(StringComparer.Ordinal), plan.Done.Select(d => d.Name).Order(StringComparer.Ordinal));
        Assert.Equal(arms, Json.Read<VerdictStep>(plan[Names.Verdict].Settings).Arms);
        Assert.Equal(
            arms.SelectMany(a => new[] { 0, 1 }.Select(s => (Names.TestFile(a, s), $"{Names.Classify(a, s)}:weights"))).Append((Names.Test, "the test")).Order(),
            plan[Names.TestStep].Inputs.Select(i => (i.Key, i.Value)).Order());
    }

    [Fact]
    public void Unfiltered_sees_as_many_images_of_the_same_generators_as_were_kept_and_none_that_was_looked_at()
    {
        var plan = new PlanDriver(All, Classes, [100, 160, 40], heldBack: true) { Kept = (round, name, target) => name == "angry" && round == 1 ? 0 : target - 7 }.Finish();

        Assert.Equal("none", Json.Read<FilterStep>(plan[Names.NoFilter].Settings).Filter.Rule);
        Assert.DoesNotContain(Names.Unchecked(1, "angry"), plan.State.Steps.Keys);
        foreach (var (round, name) in new[] { (1, "sad"), (2, "angry"), (2, "sad") })
        {
            var (kept, drawn) = (plan.State.Steps[Names.Sample(round, name)], plan[Names.Unchecked(round, name)]);
            var request = PlanDriver.Request(drawn);
            Assert.Equal(($"{Names.NoFilter}:filter", $"{Names.Gan(round, "all")}:generator"), (drawn.Inputs["filter"], drawn.Inputs["generator"]));
            Assert.Equal((name, (int)kept.Figures["kept"], (int)kept.Figures["kept"], 1), (request.Class, request.Target, request.Cap, request.Pool));
            Assert.NotEqual(PlanDriver.Request(kept.Spec).IdPrefix, request.IdPrefix);
        }

        Assert.All([0, 1], seed => Assert.Equal(
            new Dictionary<string, string> { ["kept/001/sad"] = $"{Names.Unchecked(1, "sad")}:kept", ["kept/002/angry"] = $"{Names.Unchecked(2, "angry")}:kept", ["kept/002/sad"] = $"{Names.Unchecked(2, "sad")}:kept" },
            KeptBy(plan[Names.Classify(Names.Unfiltered, seed)])));
        Assert.False(Step(plan, Names.Classify(Names.Unfiltered, 0)).Soft);
    }

    [Fact]
    public void The_oracle_gets_as_many_faces_held_back_as_images_of_each_class_were_kept_in_the_rounds_used()
    {
        var plan = new PlanDriver(All, Classes, [100, 160, 40], heldBack: true)
        {
            Kept = (round, name, target) => target / 2, Gains = round => (round == 1 ? 0.03 : -0.01, 0.005),
        }.Finish();

        var oracle = plan[Names.Classify(Names.Oracle, 0)];
        Assert.Equal([15, 0, 30], Step(plan, oracle.Name).Extra!);
        Assert.Equal([15, 0, 30], Classes.Select(c => plan.State.Steps.TryGetValue(Names.Sample(1, c), out var s) ? (int)s.Figures["kept"] : 0));
        Assert.Equal("the held-back", oracle.Inputs[Names.HeldBack]);
        Assert.Empty(KeptBy(oracle));
        Assert.All(plan.Done.Where(d => d.Name != oracle.Name && d.Name != Names.Classify(Names.Oracle, 1)), d => Assert.DoesNotContain("the held-back", d.Inputs.Values));
        Assert.DoesNotContain(Names.Unchecked(2, "sad"), plan.State.Steps.Keys);
    }

    [Fact]
    public void Fresh_images_reach_what_is_trained_on_kept_ones_and_nothing_else()
    {
        var plan = Plan(All with { Filter = All.Filter with { Pool = 3, Fresh = "on" } }).Finish();

        string[] spare = ["sample/round-1/angry:spare", "sample/round-1/sad:spare", "sample/round-2/angry:spare", "sample/round-2/sad:spare"];
        var fresh = plan.Done.Where(d => d.Inputs.Values.Any(v => v.EndsWith(":spare", StringComparison.Ordinal))).Select(d => d.Name).Order(StringComparer.Ordinal);
        string[] arms = [Names.Refined, Names.RefinedSoft];
        Assert.Equal(arms.SelectMany(a => new[] { Names.Classify(a, 0), Names.Classify(a, 1) }).Concat([Names.Retrain(1), Names.Retrain(2)]).Order(StringComparer.Ordinal), fresh);
        Assert.Equal(spare, plan[Names.Classify(Names.Refined, 0)].Inputs.Where(i => i.Key.StartsWith("spare/", StringComparison.Ordinal)).Select(i => i.Value));
        // In other arms as many different ones take turns: twice as many stand by as were kept here.
        Assert.All(plan.Done.Where(d => d.Name.StartsWith("unfiltered/", StringComparison.Ordinal)), d => Assert.Equal(3 * (int)plan.State.Steps[d.Name.Replace("unfiltered/", "sample/", StringComparison.Ordinal)].Figures["kept"], PlanDriver.Request(d).Target));
        Assert.NotNull(Step(plan, Names.Classify(Names.Unfiltered, 0)).AnEpoch);
        Assert.Equal([60, 0, 120], Step(plan, Names.Classify(Names.Unfiltered, 0)).AnEpoch!);
        Assert.Equal([60, 0, 120], Step(plan, Names.Classify(Names.Oracle, 0)).AnEpoch!);
        Assert.Equal([180, 0, 360], Step(plan, Names.Classify(Names.Oracle, 0)).Extra!);
        Assert.Null(Step(plan, Names.Classify(Names.Refined, 0)).AnEpoch);
        Assert.Equal(spare[..2], plan[Names.Retrain(1)].Inputs.Where(i => i.Key.StartsWith("spare/", StringComparison.Ordinal)).Select(i => i.Value));
    }

    [Theory]
    [InlineData(359, true)]
    [InlineData(360, false)]
    public void An_oracle_with_fewer_faces_than_take_turns_in_refined_is_short(int heldBackOfSad, bool isShort)
    {
        var plan = new PlanDriver(All with { Filter = All.Filter with { Pool = 3, Fresh = "on" } }, Classes, [100, 160, 40], heldBack: true, heldBackCounts: [500, 500, heldBackOfSad]).Finish();

        Assert.Equal(isShort, Json.Read<VerdictStep>(plan[Names.Verdict].Settings).OracleIsShort);
    }

    [Fact]
    public void Without_fresh_images_no_arm_s_step_is_another_one() =>
        Assert.All(Six, arm => Assert.Null(Step(Plan(All with { Filter = All.Filter with { Pool = 3 } }).Finish(), Names.Classify(arm, 0)).AnEpoch));

    [Fact]
    public void What_would_change_nothing_is_refused_in_a_sentence()
    {
        static string Refusal(RefinementSettings settings) => Assert.Throws<BadInputException>(settings.Check).Message;
        var fed = All with { Gan = All.Gan with { Feedback = "0.25", FeedbackStop = 0.1 } };

        Assert.StartsWith("fer.gan.feedback-stop is 0.1, which ends feedback, and fer.gan.feedback is 0", Refusal(fed with { Gan = fed.Gan with { Feedback = "0" } }));
        Assert.StartsWith("fer.gan.feedback-stop is 0.1, which can first change the third round, and fer.loop.rounds is 2", Refusal(fed));
        Assert.StartsWith("fer.filter.near-copy is pixels-and-features and fer.filter.rule is none", Refusal(All with { Filter = All.Filter with { NearCopy = FilterSettings.AndFeatures, Rule = FilterSettings.Everything } }));
        Assert.StartsWith("fer.filter.diversity is all-rounds, which looks at what earlier rounds kept, and fer.loop.rounds is 1", Refusal(With(l => l with { Rounds = 1 }) with { Filter = All.Filter with { Pool = 3, Diversity = FilterSettings.AllRounds } }));
        (fed with { Loop = fed.Loop with { Rounds = 3 } }).Check();
    }

    [Fact]
    public void The_share_of_synthetic_images_is_that_of_arms_which_have_some_at_equal_steps()
    {
        var plan = Plan(With(l => l with { SyntheticShare = 0.25 })).Finish();

        var shares = Six.ToDictionary(a => a, a => Step(plan, Names.Classify(a, 0)));
        Assert.All(shares, s => Assert.Equal(s.Key is Names.Unfiltered or Names.Refined or Names.RefinedSoft ? 0.25 : 0, s.Value.SyntheticShare));
        Assert.Single(shares.Values.Select(s => s.Classifier.Steps).Distinct());
        var none = new PlanDriver(With(l => l with { SyntheticShare = 0.25 }), Classes, [100, 160, 40]) { Kept = (_, _, _) => 0 }.Finish();
        Assert.Equal(0, Step(none, Names.Classify(Names.Refined, 0)).SyntheticShare);
    }

    [Fact]
    public void A_share_of_synthetic_images_and_balanced_classes_contradict_each_other() =>
        Assert.StartsWith("fer.loop.synthetic-share is 0.25 and fer.loop.sampling is balanced", Assert.Throws<BadInputException>(With(l => l with { SyntheticShare = 0.25, Sampling = "balanced" }).Check).Message);

    [Fact]
    public void A_pool_that_is_to_differ_from_earlier_rounds_is_given_what_they_kept_of_its_class()
    {
        var settings = All with { Filter = All.Filter with { Pool = 3, Diversity = FilterSettings.AllRounds } };
        var plan = Plan(settings).Finish();

        string[] Earlier(string step) => [.. plan[step].Inputs.Where(i => i.Key.StartsWith(StepKinds.EarlierRole, StringComparison.Ordinal)).Select(i => i.Value)];
        Assert.Empty(Earlier(Names.Sample(1, "sad")));
        Assert.Equal([$"{Names.Sample(1, "sad")}:kept"], Earlier(Names.Sample(2, "sad")));
        Assert.Empty(Earlier(Names.Unchecked(2, "sad")));
        Assert.StartsWith("fer.filter.diversity is all-rounds", Assert.Throws<BadInputException>((settings.Filter with { Pool = 1 }).Check).Message);
    }

    [Fact]
    public void Near_copies_are_looked_for_in_a_network_of_another_kind_than_the_teachers_trained_on_the_same_real_faces()
    {
        var plan = Plan(All with { Filter = All.Filter with { NearCopy = FilterSettings.AndFeatures } }).Finish();

        var (witness, teacher) = (plan[Names.Witness], plan[Names.Teacher(0)]);
        Assert.Equal(teacher.Inputs, witness.Inputs);
        Assert.Equal(("default", "study"), (Step(plan, teacher.Name).Classifier.Network, Step(plan, witness.Name).Classifier.Network));
        string[] given = [.. plan.Done.Where(d => d.Inputs.ContainsValue($"{Names.Witness}:weights")).Select(d => d.Name).Order(StringComparer.Ordinal)];
        Assert.Equal([Names.Filter(0), Names.Sample(1, "angry"), Names.Sample(1, "sad"), Names.Sample(2, "angry"), Names.Sample(2, "sad")], given);
    }

    [Fact]
    public void Scaled_latents_are_those_of_every_image_that_is_drawn_and_of_no_training()
    {
        var scaled = new PlanDriver(All with { Gan = All.Gan with { Psi = 0.7 } }, Classes, [100, 160, 40], heldBack: true, judgeFold: true).Finish();
        var plain = Plan(All).Finish();

        Assert.Equal(plain[Names.Gan(2, "all")].Settings, scaled[Names.Gan(2, "all")].Settings);
        Assert.All(new[] { Names.Sample(1, "sad"), Names.Unchecked(1, "sad") }, s => Assert.Equal(0.7, PlanDriver.Request(scaled[s]).Psi));
        Assert.Equal(0.7, Json.Read<QualityStep>(scaled[Names.Quality(1)].Settings).Psi);
    }

    [Theory]
    [InlineData("hard", Names.RefinedSoft, false)]
    [InlineData("soft", Names.RefinedHard, true)]
    public void Soft_and_hard_labels_are_learned_from_the_same_kept_images(string labels, string other, bool refinedIsSoft)
    {
        var plan = Plan(With(l => l with { Labels = labels })).Finish();

        for (var seed = 0; seed < 2; seed++)
        {
            var (refined, second) = (plan[Names.Classify(Names.Refined, seed)], plan[Names.Classify(other, seed)]);
            Assert.Equal(refined.Inputs, second.Inputs);
            Assert.Equal(
                new Dictionary<string, string> { ["kept/001/angry"] = "sample/round-1/angry:kept", ["kept/001/sad"] = "sample/round-1/sad:kept", ["kept/002/angry"] = "sample/round-2/angry:kept", ["kept/002/sad"] = "sample/round-2/sad:kept" },
                KeptBy(refined));
            Assert.Equal((refinedIsSoft, !refinedIsSoft), (Step(plan, refined.Name).Soft, Step(plan, second.Name).Soft));
            Assert.Equal(refined.Seed, second.Seed);
        }

        Assert.Equal(refinedIsSoft, Step(plan, Names.Retrain(1)).Soft);
    }

    [Fact]
    public void The_controls_soft_recipe_is_balanced_and_learns_probabilities_of_teachers_that_had_not_seen_the_face()
    {
        var plan = new PlanDriver(All, Classes, [100, 160, 40], heldBack: true) { MacroF1 = spec => spec.Name.EndsWith("/soft", StringComparison.Ordinal) ? 0.6 : 0.5 }.Finish();

        Assert.Equal("soft", plan.State.Decisions[Names.RecipeQuestion].Answer);
        Assert.All([Names.Tune(Names.Control, "soft"), Names.Classify(Names.Control, 0), Names.Classify(Names.Control, 1)], name =>
        {
            Assert.Equal($"{Names.SoftLabels}:soft", plan[name].Inputs[Names.Train]);
            Assert.Equal(("balanced", true), (Step(plan, name).Sampling, Step(plan, name).Soft));
            Assert.Empty(KeptBy(plan[name]));
        });
        Assert.Equal(
            [("teacher-0", "classify/teacher-0:weights"), ("teacher-1", "classify/teacher-1:weights"), ("teacher-2", "classify/teacher-2:weights"), ("train", "the train")],
            plan[Names.SoftLabels].Inputs.Select(i => (i.Key, i.Value)).Order());
    }

    [Theory]
    [InlineData("natural")]
    [InlineData("balanced")]
    [InlineData("weighted")]
    [InlineData("soft")]
    public void The_control_takes_the_recipe_that_is_best_on_validation_B(string best)
    {
        var plan = new PlanDriver(All, Classes, [100, 160, 40], heldBack: true) { MacroF1 = spec => spec.Name == Names.Tune(Names.Control, best) ? 0.51 : 0.5 }.Finish();

        var decision = plan.State.Decisions[Names.RecipeQuestion];
        Assert.Equal(best, decision.Answer);
        Assert.Equal("macro F1 of control on validation B: " + string.Join(", ", new[] { "natural", "balanced", "weighted", "soft" }.Select(r => $"{r} {(r == best ? "51.0" : "50.0")}")), decision.Because);
        foreach (var name in new[] { Names.Classify(Names.Control, 0), Names.Classify(Names.Control, 1) })
        {
            LikeButForTheSeed(plan[Names.Tune(Names.Control, best)], plan[name]);
            Assert.NotEqual(plan[Names.Tune(Names.Control, best)].Seed, plan[name].Seed);
        }
    }

    [Fact]
    public void Where_recipes_or_steps_are_equally_good_the_first_is_taken()
    {
        var plan = Plan(With(l => l with { StepFactors = ["2", "0.5"] })).Finish();

        Assert.Equal("natural", plan.State.Decisions[Names.RecipeQuestion].Answer);
        Assert.All(Six, arm => Assert.Equal("2", plan.State.Decisions[Names.StepsQuestion(arm)].Answer));
    }

    [Fact]
    public void With_one_teacher_the_control_is_the_best_of_three_since_that_one_has_seen_every_face()
    {
        var plan = Plan(All with { Filter = All.Filter with { CrossFit = 1 } }).Finish();

        Assert.Equal(["balanced", "natural", "weighted"], plan.Done.Where(d => d.Name.StartsWith("tune/control/", StringComparison.Ordinal)).Select(d => d.Name.Split('/')[2]).Order());
        Assert.DoesNotContain(plan.Done, d => d.Kind == StepKinds.Soft);
    }

    [Theory]
    [InlineData("natural")]
    [InlineData("balanced")]
    [InlineData("weighted")]
    [InlineData("soft")]
    public void A_recipe_that_was_asked_for_is_not_tried_against_others(string recipe)
    {
        var plan = Plan(With(l => l with { Control = recipe })).Finish();

        Assert.DoesNotContain(plan.Done, d => d.Name.StartsWith("tune/", StringComparison.Ordinal));
        Assert.Equal((recipe == "soft" ? "balanced" : recipe, recipe == "soft"), (Step(plan, Names.Classify(Names.Control, 0)).Sampling, Step(plan, Names.Classify(Names.Control, 0)).Soft));
        Assert.Equal(recipe == "soft", plan.State.Steps.ContainsKey(Names.SoftLabels));
    }

    [Fact]
    public void Each_arm_takes_the_multiple_of_the_steps_that_is_best_for_it()
    {
        string[] best = ["0.5", "1", "2", "0.5", "1", "2"];
        var settings = All with { Classifier = All.Classifier with { Steps = 300 }, Loop = All.Loop with { StepFactors = ["0.5", "1", "2"], Seeds = 1 } };
        var plan = new PlanDriver(settings, Classes, [100, 160, 40], heldBack: true) { MacroF1 = spec => Six.Zip(best, (arm, factor) => Names.Tune(arm, "x" + factor)).Contains(spec.Name) ? 0.51 : 0.5 }.Finish();

        foreach (var (arm, factor) in Six.Zip(best))
        {
            Assert.Equal(factor, plan.State.Decisions[Names.StepsQuestion(arm)].Answer);
            var (chosen, trained) = (plan[Names.Tune(arm, "x" + factor)], plan[Names.Classify(arm, 0)]);
            Assert.Equal((int)(300 * double.Parse(factor)), Step(plan, trained.Name).Classifier.Steps);
            LikeButForTheSeed(chosen, trained);
            Assert.Equal(3, plan.Done.Count(d => d.Name.StartsWith($"tune/{arm}/x", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public void Candidates_have_the_loops_own_seed_and_no_arms()
    {
        var plan = Plan(With(l => l with { StepFactors = ["0.5", "1"] })).Finish();

        var candidates = plan.Done.Where(d => d.Name.StartsWith("tune/", StringComparison.Ordinal)).ToList();
        Assert.Equal(4 + 2 * Six.Length, candidates.Count);
        Assert.All(candidates, c => Assert.Equal(plan[Names.Baseline].Seed, c.Seed));
        Assert.DoesNotContain(plan[Names.Baseline].Seed, Six.SelectMany(a => new[] { plan[Names.Classify(a, 0)].Seed, plan[Names.Classify(a, 1)].Seed }));
    }

    [Fact]
    public void What_the_loop_has_trained_already_is_not_trained_again_as_a_candidate()
    {
        var plan = Plan(With(l => l with { StepFactors = ["1", "2"] })).Finish();

        string Hash(string name) => plan[name].HashUnder(plan.State.Fingerprint);
        Assert.Equal(Hash(Names.Baseline), Hash(Names.Tune(Names.Real, "x1")));
        Assert.Equal(Hash(Names.Baseline), Hash(Names.Tune(Names.Control, "natural")));
        Assert.Equal(Hash(Names.Retrain(2)), Hash(Names.Tune(Names.Refined, "x1")));
        Assert.NotEqual(Hash(Names.Retrain(2)), Hash(Names.Tune(Names.RefinedSoft, "x1")));
    }

    [Fact]
    public void The_real_tail_is_a_share_of_each_arms_own_steps_and_only_where_synthetic_faces_are_seen()
    {
        var settings = All with { Classifier = All.Classifier with { Steps = 1000 }, Loop = All.Loop with { RealTail = 0.3, StepFactors = ["0.5", "1"] } };
        var plan = Plan(settings).Finish();

        Assert.All([Names.Real, Names.Control, Names.Oracle], arm => Assert.Equal(0, Step(plan, Names.Tune(arm, "x1")).RealFrom));
        Assert.All(Six[2..^1], arm => Assert.Equal((350, 700), (Step(plan, Names.Tune(arm, "x0.5")).RealFrom, Step(plan, Names.Tune(arm, "x1")).RealFrom)));
        Assert.Equal(700, Step(plan, Names.Retrain(1)).RealFrom);
        Assert.Equal(0, Step(plan, Names.Baseline).RealFrom);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(2)]
    public void Each_teacher_leaves_out_another_part_and_together_they_fit_the_filter_and_judge_every_image(int crossFit)
    {
        var plan = Plan(All with { Filter = All.Filter with { CrossFit = crossFit } }).Finish();

        var teachers = Enumerable.Range(0, crossFit).Select(Names.Teacher).ToList();
        Assert.Equal(Enumerable.Range(0, crossFit).Select(fold => (crossFit, fold)), teachers.Select(t => (Step(plan, t).Folds, Step(plan, t).Fold)));
        Assert.Equal(crossFit, teachers.Select(t => plan[t].Seed).Distinct().Count());
        Assert.All(teachers, t => Assert.Equal([("train", "the train"), ("validation-b", "the validation-b")], plan[t].Inputs.Select(i => (i.Key, i.Value))));
        var judging = plan.Done.Where(d => d.Kind is StepKinds.Filter or StepKinds.Sample).ToList();
        Assert.Equal(2 + 8, judging.Count);
        Assert.All(judging, d => Assert.Equal(teachers.Select((t, i) => ($"teacher-{i}", $"{t}:weights")), d.Inputs.Where(i => i.Key.StartsWith("teacher", StringComparison.Ordinal)).Select(i => (i.Key, i.Value)).Order()));
    }

    [Theory]
    [InlineData("noise")]
    [InlineData("copies")]
    public void A_placebo_trains_no_generator_and_stands_where_kept_images_would(string kind)
    {
        var plan = Plan(All with { Gan = All.Gan with { WarmUp = "moments" }, Loop = All.Loop with { Placebo = kind } }).Finish();

        Assert.DoesNotContain(plan.Done, d => d.Kind is StepKinds.Gan or StepKinds.WarmUp or StepKinds.Sample);
        var made = plan.Done.Where(d => d.Kind == StepKinds.Placebo).Select(d => (d.Name, Step: Json.Read<PlaceboStep>(d.Settings))).ToList();
        Assert.Equal([Names.Sample(1, "angry"), Names.Sample(1, "sad"), Names.Sample(2, "angry"), Names.Sample(2, "sad")], made.Select(m => m.Name).Order());
        Assert.All(made, m => Assert.Equal((kind, m.Name.Split('/')[2]), (m.Step.Kind, m.Step.Class)));
        Assert.Equal([30, 60, 30, 60], made.OrderBy(m => m.Name).Select(m => m.Step.Count));
        Assert.Equal(4, made.Select(m => m.Step.IdPrefix).Distinct().Count());
        Assert.Equal(4, KeptBy(plan[Names.Classify(Names.Refined, 0)]).Count);
        Assert.Equal(KeptBy(plan[Names.Classify(Names.Refined, 0)]), KeptBy(plan[Names.Classify(Names.Unfiltered, 0)]));
        Assert.Equal([60, 0, 120], Step(plan, Names.Classify(Names.Oracle, 0)).Extra!);
    }

    [Fact]
    public void An_arm_is_trained_as_soon_as_its_images_are_there_while_others_still_wait()
    {
        var real = new[] { Names.Real, Names.Control }.SelectMany(a => new[] { Names.Classify(a, 0), Names.Classify(a, 1) }).ToHashSet();
        var plan = new PlanDriver(All, Classes, [100, 160, 40], heldBack: true) { Choose = ready => ready.OrderBy(r => real.Contains(r.Spec.Name)).ThenByDescending(r => r.Priority).First() };

        plan.Until(Names.Classify(Names.Unfiltered, 0));

        Assert.DoesNotContain(plan.Done, d => real.Contains(d.Name));
    }

    [Fact]
    public void Settings_under_which_no_control_could_ever_be_trained_are_refused()
    {
        var soft = All with { Filter = All.Filter with { CrossFit = 1 }, Loop = All.Loop with { Control = "soft" } };
        Assert.StartsWith("fer.loop.control is soft and fer.filter.cross-fit is 1: ", Assert.Throws<BadInputException>(soft.Check).Message);
        Assert.StartsWith("fer.loop.step-factors is empty: ", Assert.Throws<BadInputException>(With(l => l with { StepFactors = [] }).Check).Message);
        All.Check();
    }
}
