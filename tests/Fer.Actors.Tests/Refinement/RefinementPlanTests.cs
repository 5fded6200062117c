using Fer.Actors.Jobs.Refinement;
using Fer.Actors.Runs;
using Fer.Actors.Storage;
using Fer.Models.Evaluation;
using Fer.Models.Training;
using FsCheck;
using FsCheck.Xunit;

namespace Fer.Actors.Tests.Refinement;

public sealed class RefinementPlanTests
{
    private static readonly string[] Classes = ["angry", "happy", "sad"];

    private static readonly string[] Arms = [Names.Real, Names.Control, Names.Refined];

    private static readonly RefinementSettings Three = new()
    {
        Gan = new GanSettings { StepsPerRound = 50 },
        Filter = new FilterSettings { CrossFit = 1 },
        Loop = new LoopSettings { Rounds = 3, Patience = 2, Seeds = 2, Seed = 5, Arms = "main", Control = "balanced" },
    };

    private static PlanDriver Plan(RefinementSettings settings) => new(settings, Classes, [100, 160, 40]);

    [Property(MaxTest = 25)]
    public void In_whatever_order_steps_complete_they_are_the_same_steps(NonEmptyArray<byte> chance)
    {
        var turn = 0;
        var inOrder = Plan(Three).Finish();
        var byChance = new PlanDriver(Three, Classes, [100, 160, 40]) { Choose = ready => ready[chance.Get[turn++ % chance.Get.Length] % ready.Count] }.Finish();

        Assert.Equal(inOrder.Done.Select(Json.Write).Order(), byChance.Done.Select(Json.Write).Order());
        Assert.Equal(inOrder.Result, byChance.Result);
    }

    [Fact]
    public void At_the_start_the_baseline_and_the_generator_are_the_most_urgent_and_both_real_arms_fill_the_other_slots()
    {
        var ready = Plan(Three).Ready();

        Assert.Equal(
            [Names.Classify(Names.Control, 0), Names.Classify(Names.Control, 1), Names.Classify(Names.Real, 0), Names.Classify(Names.Real, 1), Names.Baseline, Names.Gan(1, "all")],
            ready.Keys.Order());
        Assert.Equal([Names.Baseline, Names.Gan(1, "all")], ready.Values.OrderByDescending(r => r.Priority).Take(2).Select(r => r.Spec.Name));
        Assert.Single(ready.Values.Where(r => r.Spec.Name != Names.Baseline && r.Spec.Name != Names.Gan(1, "all")).Select(r => r.Priority).Distinct());
    }

    [Fact]
    public void The_loop_goes_before_what_only_the_end_needs_whenever_both_are_ready()
    {
        var arms = Arms.SelectMany(a => Enumerable.Range(0, 2).Select(s => Names.Classify(a, s))).ToHashSet();

        var done = Plan(Three).Finish().Done.Select(d => d.Name).ToList();

        Assert.True(done.FindIndex(arms.Contains) > done.IndexOf(Names.Validate(3)));
    }

    [Fact]
    public void The_first_filter_is_fitted_to_the_baseline_which_is_the_loops_own_and_no_arms()
    {
        var plan = Plan(Three).Finish();

        Assert.Equal($"{Names.Baseline}:weights", plan[Names.Filter(0)].Inputs["teacher"]);
        Assert.Equal("the validation-a", plan[Names.Filter(0)].Inputs[Names.ValidationA]);
        Assert.Single(plan.Done, d => d.Name == Names.Baseline);
        Assert.Equal($"{Names.Baseline}:predictions", plan[Names.Validate(1)].Inputs["baseline"]);
    }

    [Theory]
    [InlineData("conditional")]
    [InlineData("per-class")]
    public void Nothing_is_drawn_before_its_generator_is_trained_and_the_filter_fitted(string kind)
    {
        var settings = Three with { Gan = Three.Gan with { Kind = kind } };
        var plan = new PlanDriver(settings, Classes, [100, 160, 40]) { Choose = ready => ready[^1] }.Finish();

        var order = plan.Done.Select(d => d.Name).ToList();
        foreach (var sample in plan.Done.Where(d => d.Kind == StepKinds.Sample))
        {
            var gan = Names.Gan(PlanDriver.RoundOf(sample), kind == "conditional" ? "all" : sample.Name.Split('/')[2]);
            Assert.Equal($"{gan}:generator", sample.Inputs["generator"]);
            Assert.Equal($"{Names.Filter(0)}:filter", sample.Inputs["filter"]);
            Assert.True(order.IndexOf(sample.Name) > Math.Max(order.IndexOf(gan), order.IndexOf(Names.Filter(0))));
        }
    }

    [Fact]
    public void One_conditional_generator_learns_all_classes_and_goes_on_where_the_round_before_left_it()
    {
        var plan = Plan(Three).Finish();

        Assert.DoesNotContain("state", plan[Names.Gan(1, "all")].Inputs.Keys);
        Assert.Equal($"{Names.Gan(1, "all")}:gan", plan[Names.Gan(2, "all")].Inputs["state"]);
        Assert.Equal([(null, 0), (null, 50), (null, 100)], Enumerable.Range(1, 3).Select(r => Json.Read<GanStep>(plan[Names.Gan(r, "all")].Settings)).Select(g => (g.OnlyClass, g.StartStep)));
        Assert.Single(Enumerable.Range(1, 3).Select(r => plan[Names.Gan(r, "all")].Seed).Distinct());
    }

    [Fact]
    public void Generators_for_one_class_each_learn_theirs_from_seeds_of_their_own()
    {
        var plan = Plan(Three with { Gan = Three.Gan with { Kind = "per-class" } }).Finish();

        Assert.Equal([0, 1, 2], Classes.Select(c => Json.Read<GanStep>(plan[Names.Gan(1, c)].Settings).OnlyClass!.Value));
        Assert.Equal(3, Classes.Select(c => plan[Names.Gan(1, c)].Seed).Distinct().Count());
        Assert.Equal($"{Names.Gan(1, "sad")}:gan", plan[Names.Gan(2, "sad")].Inputs["state"]);
    }

    [Fact]
    public void A_warm_up_comes_before_the_first_round_only()
    {
        var plan = new PlanDriver(Three with { Gan = Three.Gan with { WarmUp = "perceptual" } }, Classes, [100, 160, 40], warmUpWeights: true);

        Assert.DoesNotContain(Names.Gan(1, "all"), plan.Ready().Keys);
        plan.Finish();

        Assert.Equal($"{Names.WarmUp("all")}:gan", plan[Names.Gan(1, "all")].Inputs["state"]);
        Assert.Equal("the warm-up-weights", plan[Names.WarmUp("all")].Inputs["weights"]);
        Assert.Equal(plan[Names.Gan(1, "all")].Seed, plan[Names.WarmUp("all")].Seed);
        Assert.Single(plan.Done, d => d.Kind == StepKinds.WarmUp);
    }

    [Fact]
    public void A_class_gets_what_it_lacks_to_the_largest_class_a_share_each_round()
    {
        var plan = Plan(Three).Finish();

        Assert.Equal([20, 20, 20], Enumerable.Range(1, 3).Select(r => PlanDriver.Request(plan[Names.Sample(r, "angry")]).Target));
        Assert.Equal([40, 40, 40], Enumerable.Range(1, 3).Select(r => PlanDriver.Request(plan[Names.Sample(r, "sad")]).Target));
        Assert.DoesNotContain(plan.Done, d => d.Name.EndsWith("/happy", StringComparison.Ordinal));
    }

    [Fact]
    public void What_a_round_could_not_keep_is_asked_for_again_in_the_next()
    {
        var plan = new PlanDriver(Three, Classes, [100, 160, 40]) { Kept = (round, _, target) => round == 1 ? target / 4 : target }.Finish();

        Assert.Equal([40, 70, 40], Enumerable.Range(1, 3).Select(r => PlanDriver.Request(plan[Names.Sample(r, "sad")]).Target));
    }

    [Fact]
    public void A_number_asked_for_is_kept_of_every_class()
    {
        var plan = Plan(Three with { Filter = Three.Filter with { Target = "10", MaxDrawsPerKept = 7 } }).Finish();

        Assert.All(Classes, c => Assert.Equal(10, Enumerable.Range(1, 3).Sum(r => PlanDriver.Request(plan[Names.Sample(r, c)]).Target)));
        Assert.All(plan.Done.Where(d => d.Kind == StepKinds.Sample).Select(PlanDriver.Request), r => Assert.Equal(7 * r.Target, r.Cap));
    }

    [Fact]
    public void A_cap_beyond_counting_is_the_largest_there_is()
    {
        var plan = new PlanDriver(Three with { Filter = Three.Filter with { Target = "90000", MaxDrawsPerKept = 100_000 } }, Classes, [1, 1, 1]).Finish();

        Assert.All(plan.Done.Where(d => d.Kind == StepKinds.Sample).Select(PlanDriver.Request), r => Assert.Equal(int.MaxValue, r.Cap));
    }

    [Fact]
    public void Images_of_different_rounds_and_classes_cannot_share_an_id()
    {
        var prefixes = Plan(Three with { Filter = Three.Filter with { Target = "9" } }).Finish().Done.Where(d => d.Kind == StepKinds.Sample).Select(d => PlanDriver.Request(d).IdPrefix).ToList();

        Assert.Equal(9, prefixes.Distinct().Count());
        Assert.DoesNotContain(prefixes, p => prefixes.Any(q => q != p && q.StartsWith(p, StringComparison.Ordinal)));
    }

    [Fact]
    public void A_round_is_retrained_with_all_that_was_kept_so_far()
    {
        var plan = Plan(Three).Finish();

        Assert.Equal(["kept/001/angry", "kept/001/sad", "kept/002/angry", "kept/002/sad"], KeptBy(plan[Names.Retrain(2)]));
        Assert.Equal($"{Names.Sample(2, "sad")}:kept", plan[Names.Retrain(2)].Inputs["kept/002/sad"]);
    }

    [Fact]
    public void A_class_of_which_nothing_was_kept_adds_nothing()
    {
        var plan = new PlanDriver(Three, Classes, [100, 160, 40]) { Kept = (_, c, target) => c == "sad" ? 0 : target }.Finish();

        Assert.Equal(["kept/001/angry"], KeptBy(plan[Names.Retrain(1)]));
    }

    [Theory]
    [InlineData("0", false)]
    [InlineData("0.25", true)]
    [InlineData("all", true)]
    public void Kept_images_go_back_to_the_generator_where_that_is_asked_for(string feedback, bool expected)
    {
        var plan = Plan(Three with { Gan = Three.Gan with { Feedback = feedback } }).Finish();

        Assert.Empty(KeptBy(plan[Names.Gan(1, "all")]));
        Assert.Equal(expected ? ["kept/001/angry", "kept/001/sad"] : [], KeptBy(plan[Names.Gan(2, "all")]));
    }

    [Fact]
    public void A_generator_of_one_class_gets_back_that_class_only()
    {
        var plan = Plan(Three with { Gan = Three.Gan with { Kind = "per-class", Feedback = "all" } }).Finish();

        Assert.Equal(["kept/001/sad", "kept/002/sad"], KeptBy(plan[Names.Gan(3, "sad")]));
    }

    [Fact]
    public void The_latest_classifier_teaches_where_that_is_asked_for()
    {
        var plan = Plan(Three with { Filter = Three.Filter with { Teacher = "latest" } }).Finish();

        Assert.Equal($"{Names.Retrain(1)}:weights", plan[Names.Filter(1)].Inputs["teacher"]);
        Assert.Equal($"{Names.Filter(1)}:filter", plan[Names.Sample(2, "sad")].Inputs["filter"]);
        Assert.Equal($"{Names.Retrain(1)}:weights", plan[Names.Sample(2, "sad")].Inputs["teacher"]);
    }

    [Fact]
    public void Else_the_teacher_never_saw_a_generated_image()
    {
        var plan = Plan(Three).Finish();

        Assert.All(plan.Done.Where(d => d.Kind == StepKinds.Sample), d => Assert.Equal($"{Names.Baseline}:weights", d.Inputs["teacher"]));
        Assert.Single(plan.Done, d => d.Kind == StepKinds.Filter);
    }

    [Theory]
    [InlineData(1, new[] { 0.005 }, 1)]
    [InlineData(2, new[] { 0.005, 0.005 }, 2)]
    [InlineData(2, new[] { 0.005, 0.02, 0.005, 0.005 }, 4)]
    [InlineData(2, new[] { 0.02, 0.02, 0.02, 0.02, 0.02 }, 5)]
    [InlineData(3, new[] { -0.1, -0.1, -0.1 }, 3)]
    public void The_loop_ends_after_so_many_rounds_in_a_row_under_one_standard_error(int patience, double[] gains, int expectedRounds)
    {
        var settings = Three with { Loop = Three.Loop with { Rounds = 5, Patience = patience } };
        var plan = new PlanDriver(settings, Classes, [100, 160, 40]) { Gains = round => (gains[round - 1], 0.01) }.Finish();

        Assert.Equal(expectedRounds, plan.Done.Count(d => d.Kind == StepKinds.Validate));
        Assert.Equal("stop", plan.State.Decisions[Names.RoundQuestion(expectedRounds)].Answer);
        Assert.All(Enumerable.Range(1, expectedRounds - 1), r => Assert.Equal("continue", plan.State.Decisions[Names.RoundQuestion(r)].Answer));
    }

    [Theory]
    [InlineData(2, 2, "; 0 rounds in a row under one standard error; all 2 rounds of loop.rounds are done")]
    [InlineData(1, 2, "; 0 rounds in a row under one standard error; the one round of loop.rounds is done")]
    [InlineData(9, 3, "; 2 rounds in a row under one standard error, and loop.patience is 2")]
    public void The_reason_for_the_last_round_names_the_limit_that_was_reached(int rounds, int goodUntil, string reason)
    {
        var settings = Three with { Loop = Three.Loop with { Rounds = rounds, Patience = 2 } };
        var plan = new PlanDriver(settings, Classes, [100, 160, 40]) { Gains = round => (round <= goodUntil ? 0.02 : 0.001, 0.01) }.Finish();

        var last = plan.State.Decisions.Values.Last(d => d.Answer == "stop");

        Assert.StartsWith($"round {plan.Done.Count(d => d.Kind == StepKinds.Validate)} gains ", last.Because);
        Assert.EndsWith(reason, last.Because);
        Assert.DoesNotContain(plan.State.Decisions.Values, d => d.Answer == "continue" && d.Because.Contains("loop.", StringComparison.Ordinal));
    }

    [Fact]
    public void The_refined_arm_uses_what_was_kept_up_to_the_best_round()
    {
        var plan = new PlanDriver(Three, Classes, [100, 160, 40]) { Gains = round => (round == 2 ? 0.03 : -0.01, 0.005) }.Finish();

        Assert.All([0, 1], seed => Assert.Equal(["kept/001/angry", "kept/001/sad", "kept/002/angry", "kept/002/sad"], KeptBy(plan[Names.Classify(Names.Refined, seed)])));
        Assert.Equal($"{Names.Retrain(2)}:predictions", plan[Names.Validate(3)].Inputs["best"]);
        Assert.Equal("2", plan.State.Decisions["rounds-used"].Answer);
    }

    [Fact]
    public void Where_no_round_was_better_the_refined_arm_uses_all_of_them()
    {
        var plan = new PlanDriver(Three, Classes, [100, 160, 40]) { Gains = _ => (-0.02, 0.01) }.Finish();

        Assert.Equal("2", plan.State.Decisions["rounds-used"].Answer);
        Assert.Equal(4, KeptBy(plan[Names.Classify(Names.Refined, 1)]).Count());
        Assert.Equal($"{Names.Baseline}:predictions", plan[Names.Validate(2)].Inputs["best"]);
    }

    [Fact]
    public void The_test_set_is_read_by_one_step_after_every_arm_and_by_nothing_else()
    {
        var plan = new PlanDriver(Three, Classes, [100, 160, 40]) { Choose = ready => ready[^1] }.Finish();

        var test = Assert.Single(plan.Done, d => d.Inputs.ContainsValue("the test"));
        Assert.Equal(Names.TestStep, test.Name);
        Assert.Equal(plan.Done.Count - 2, plan.Done.IndexOf(test));
        Assert.Equal(Arms.SelectMany(a => new[] { 0, 1 }.Select(s => (Names.TestFile(a, s), $"{Names.Classify(a, s)}:weights"))).Append((Names.Test, "the test")).Order(), test.Inputs.Select(i => (i.Key, i.Value)).Order());
    }

    [Fact]
    public void Validation_faces_reach_no_generator_and_the_test_faces_nobody()
    {
        var plan = Plan(Three with { Gan = Three.Gan with { WarmUp = "moments", Feedback = "all" } }).Finish();

        Assert.All(plan.Done.Where(d => d.Kind is StepKinds.Gan or StepKinds.WarmUp or StepKinds.Sample), d => Assert.DoesNotContain(d.Inputs.Values, v => v is "the validation-a" or "the validation-b" or "the test"));
    }

    [Fact]
    public void Classifiers_of_equal_number_start_alike_in_every_arm_and_like_none_that_chose_rounds_or_images()
    {
        var plan = Plan(Three).Finish();

        Assert.All([0, 1], seed => Assert.Single(Arms.Select(a => plan[Names.Classify(a, seed)].Seed).Distinct()));
        Assert.NotEqual(plan[Names.Classify(Names.Real, 0)].Seed, plan[Names.Classify(Names.Real, 1)].Seed);
        var arms = Arms.SelectMany(a => new[] { 0, 1 }.Select(s => plan[Names.Classify(a, s)].Seed));
        Assert.All([Names.Baseline, Names.Retrain(1), Names.Retrain(2)], name => Assert.DoesNotContain(plan[name].Seed, arms));
        Assert.Single(new[] { Names.Baseline, Names.Retrain(1), Names.Retrain(2) }.Select(n => plan[n].Seed).Distinct());
    }

    [Fact]
    public void Only_the_control_is_balanced_and_only_by_drawing_real_faces_more_often()
    {
        var plan = Plan(Three).Finish();

        Assert.Equal("balanced", Json.Read<ClassifierStep>(plan[Names.Classify(Names.Control, 0)].Settings).Sampling);
        Assert.Empty(KeptBy(plan[Names.Classify(Names.Control, 0)]));
        Assert.All([Names.Real, Names.Refined], arm => Assert.Equal("natural", Json.Read<ClassifierStep>(plan[Names.Classify(arm, 0)].Settings).Sampling));
    }

    [Fact]
    public void Another_seed_changes_every_step_that_draws_and_nothing_else()
    {
        var one = Plan(Three).Finish();
        var other = Plan(Three with { Loop = Three.Loop with { Seed = 6 } }).Finish();

        Assert.Equal(one.Done.Select(d => d.Name), other.Done.Select(d => d.Name));
        Assert.All(one.Done.Where(d => d.Kind != StepKinds.Test), d => Assert.NotEqual(d.Seed, other[d.Name].Seed));
    }

    [Fact]
    public void The_result_is_the_verdicts_figures_and_its_word_is_a_decision_with_its_reason()
    {
        var plan = Plan(Three).Finish();

        Assert.Equal(0.031, plan.Result!["vsControl.delta"]);
        Assert.Equal(TwoArms.Undecided, plan.State.Decisions[Names.VerdictQuestion].Answer);
        Assert.Equal("macro F1 of refined minus control is +3.1 points, 95 % interval -0.4 to +6.6", plan.State.Decisions[Names.VerdictQuestion].Because);
    }

    [Fact]
    public void Every_step_goes_to_an_owner_that_the_job_has()
    {
        var plan = Plan(Three with { Gan = Three.Gan with { WarmUp = "moments" } }).Finish();

        Assert.All(plan.Done, d => Assert.Contains(RefinementJob.Instance.OwnerOf(d.Kind), RefinementJob.Instance.Owners.Keys));
        Assert.All(plan.Done, d => Assert.Contains(RefinementJob.Instance.Kinds, k => k.Kind == d.Kind && k.Version == d.Version));
    }

    private static IEnumerable<string> KeptBy(StepSpec spec) => spec.Inputs.Keys.Where(k => k.StartsWith("kept/", StringComparison.Ordinal)).Order(StringComparer.Ordinal);
}
