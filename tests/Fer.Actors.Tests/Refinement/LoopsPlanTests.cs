using Fer.Actors.Jobs.Refinement;
using Fer.Actors.Runs;
using Fer.Actors.Storage;
using Fer.Models.Evaluation;
using Fer.Models.Randomness;
using Fer.Models.Training;
using FsCheck;
using FsCheck.Xunit;

namespace Fer.Actors.Tests.Refinement;

/// <summary>Several loops in one run: everything again, with nothing in common but the test set.</summary>
public sealed class LoopsPlanTests
{
    private static readonly string[] Classes = ["angry", "happy", "sad"];

    private static readonly RefinementSettings Two = new()
    {
        Gan = new GanSettings { StepsPerRound = 50, WarmUp = "moments" },
        Filter = new FilterSettings { CrossFit = 3 },
        Loop = new LoopSettings { Loops = 2, Rounds = 2, Patience = 2, Seeds = 1, Seed = 5, Arms = "all", Control = "best", StepFactors = ["0.5", "1", "2"] },
    };

    private static RefinementSettings Loops(int loops) => Two with { Loop = Two.Loop with { Loops = loops, StepFactors = ["1"], Seeds = 2 } };

    private static PlanDriver Plan(RefinementSettings settings, bool judgeFold = false) => new(settings, Classes, [100, 160, 40], heldBack: true, judgeFold: judgeFold) { MacroF1 = ByChance };

    // Any classifier may be the best, and always the same one.
    private static double ByChance(StepSpec spec) => Address.Of(8).At(spec.Name).Uniform();

    private static int LoopOf(string name) => name.StartsWith("loop-", StringComparison.Ordinal) ? int.Parse(name.Split('/')[0]["loop-".Length..]) : 1;

    private static string InFirst(string name) => LoopOf(name) == 1 ? name : name[(name.IndexOf('/') + 1)..];

    [Property(MaxTest = 5)]
    public void In_whatever_order_steps_of_all_arms_and_loops_complete_they_are_the_same_steps(NonEmptyArray<byte> chance)
    {
        var turn = 0;
        var inOrder = Plan(Two, judgeFold: true).Finish();
        var byChance = new PlanDriver(Two, Classes, [100, 160, 40], heldBack: true, judgeFold: true)
        {
            MacroF1 = ByChance, Choose = ready => ready[chance.Get[turn++ % chance.Get.Length] % ready.Count],
        }.Finish();

        Assert.Equal(inOrder.Done.Select(Json.Write).Order(), byChance.Done.Select(Json.Write).Order());
        Assert.Equal(inOrder.State.Decisions.Select(d => (d.Key, d.Value.Answer)), byChance.State.Decisions.Select(d => (d.Key, d.Value.Answer)));
        Assert.Equal(inOrder.Result, byChance.Result);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Every_loop_has_the_same_steps_with_other_inputs_other_seeds_and_other_names_of_images(int loops)
    {
        var plan = Plan(Loops(loops)).Finish();

        var byLoop = plan.Done.Where(d => d.Name is not (Names.TestStep or Names.Verdict)).GroupBy(d => LoopOf(d.Name)).OrderBy(g => g.Key).Select(g => g.ToList()).ToList();
        Assert.Equal(loops, byLoop.Count);
        Assert.All(byLoop, l => Assert.Equal(byLoop[0].Select(d => d.Name).Order(StringComparer.Ordinal), l.Select(d => InFirst(d.Name)).Order(StringComparer.Ordinal)));
        Distinct(byLoop, l => l.SelectMany(d => d.Inputs.Values));
        Distinct(byLoop, l => l.Select(d => (object)d.Seed));
        Distinct(byLoop, l => l.Where(d => d.Kind == StepKinds.Sample).Select(d => PlanDriver.Request(d).IdPrefix));
        Assert.All(byLoop, l => Assert.Equal(8, l.Where(d => d.Kind == StepKinds.Sample).Select(d => PlanDriver.Request(d).IdPrefix).Distinct().Count()));
        foreach (var (loop, number) in byLoop.Skip(1).Select((l, i) => (l, i + 2)))
        {
            Assert.All(loop.SelectMany(d => d.Inputs), i => Assert.True(i.Value.StartsWith($"loop-{number}/", StringComparison.Ordinal) || i.Value.StartsWith($"the loop-{number}/", StringComparison.Ordinal), i.Value));
        }

        static void Distinct(List<List<StepSpec>> loops, Func<List<StepSpec>, IEnumerable<object>> of)
        {
            var sets = loops.Select(l => of(l).ToHashSet()).ToList();
            Assert.Equal(sets.Sum(s => s.Count), sets.SelectMany(s => s).Distinct().Count());
        }
    }

    [Fact]
    public void The_first_of_several_loops_is_the_run_with_one_loop()
    {
        var (one, three) = (Plan(Loops(1)).Finish(), Plan(Loops(3)).Finish());

        Assert.All(one.Done.Where(d => d.Name is not (Names.TestStep or Names.Verdict)), d => Assert.Equal(Json.Write(d), Json.Write(three[d.Name])));
    }

    [Fact]
    public void The_test_set_is_read_once_after_all_loops_with_the_weights_of_all_of_them()
    {
        var plan = new PlanDriver(Loops(2), Classes, [100, 160, 40], heldBack: true) { MacroF1 = ByChance, Choose = ready => ready[^1] }.Finish();

        var test = Assert.Single(plan.Done, d => d.Inputs.ContainsValue("the test"));
        Assert.Equal(plan.Done.Count - 2, plan.Done.IndexOf(test));
        string[] arms = [Names.Real, Names.Control, Names.Unfiltered, Names.Refined, Names.RefinedSoft, Names.Oracle];
        Assert.Equal(
            from loop in new[] { 1, 2 } from arm in arms from seed in new[] { 0, 1 } orderby Names.InLoop(loop, Names.TestFile(arm, seed)) select (Names.InLoop(loop, Names.TestFile(arm, seed)), $"{Names.InLoop(loop, Names.Classify(arm, seed))}:weights"),
            test.Inputs.Where(i => i.Key != Names.Test).Select(i => (i.Key, i.Value)).Order());
        var verdict = Json.Read<VerdictStep>(plan[Names.Verdict].Settings);
        Assert.Equal((2, 2), (verdict.Loops, verdict.Seeds));
        Assert.Equal(arms, verdict.Arms);
        Assert.Equal(test.Inputs.Keys.Where(k => k != Names.Test), plan[Names.Verdict].Inputs.Keys);
    }

    [Fact]
    public void One_judge_and_one_auditor_measure_every_loop_on_faces_that_nothing_else_has_seen()
    {
        var plan = Plan(Loops(2), judgeFold: true).Finish();

        string[] judges = [Names.Auditor, Names.Judge];
        Assert.Equal(judges, plan.Done.Where(d => d.Inputs.ContainsValue($"the {Names.JudgeFaces}")).Select(d => d.Name).Order(StringComparer.Ordinal));
        Assert.NotEqual(plan[Names.Judge].Seed, plan[Names.Auditor].Seed);
        var measuring = plan.Done.Where(d => judges.Any(j => d.Inputs.ContainsValue($"{j}:weights"))).ToList();
        Assert.Equal(
            new[] { 1, 2 }.SelectMany(l => new[] { Names.Quality(1), Names.Quality(2), Names.Audit }.Select(n => Names.InLoop(l, n))).Order(StringComparer.Ordinal),
            measuring.Select(d => d.Name).Order(StringComparer.Ordinal));
        Assert.DoesNotContain(plan.Done, d => measuring.Any(m => d.Inputs.Values.Any(v => v.StartsWith($"{m.Name}:", StringComparison.Ordinal))));
        Assert.All(measuring, d => Assert.All(d.Inputs.Where(i => i.Key.StartsWith("held-out/", StringComparison.Ordinal)), i => Assert.Equal($"the {Names.InLoop(LoopOf(d.Name), Names.HeldBack)}", i.Value)));
        Assert.True(plan.Done.FindIndex(d => d.Name == Names.TestStep) > measuring.Max(plan.Done.IndexOf));
    }

    [Fact]
    public void Loops_choose_their_rounds_recipes_and_steps_each_for_itself()
    {
        var plan = new PlanDriver(Two, Classes, [100, 160, 40], heldBack: true)
        {
            MacroF1 = spec => spec.Name is "tune/control/weighted" or "loop-2/tune/control/balanced" or "tune/oracle/x2" or "loop-2/tune/oracle/x1" ? 0.6 : 0.5,
        }.Finish();

        Assert.Equal(("weighted", "balanced"), (plan.State.Decisions[Names.RecipeQuestion].Answer, plan.State.Decisions[Names.InLoop(2, Names.RecipeQuestion)].Answer));
        Assert.Equal(("2", "1"), (plan.State.Decisions[Names.StepsQuestion(Names.Oracle)].Answer, plan.State.Decisions[Names.InLoop(2, Names.StepsQuestion(Names.Oracle))].Answer));
        Assert.All([Names.RoundQuestion(1), Names.RoundQuestion(2), Names.RoundsUsed], q => Assert.Contains(Names.InLoop(2, q), plan.State.Decisions.Keys));
    }

    [Fact]
    public void Of_steps_that_are_ready_those_of_earlier_loops_go_first()
    {
        var done = Plan(Loops(3)).Finish().Done.Where(d => d.Name is not (Names.TestStep or Names.Verdict)).Select(d => LoopOf(d.Name)).ToList();

        Assert.Equal(done.Order(), done);
    }

    [Fact]
    public void Classifiers_of_equal_number_start_alike_in_every_arm_of_a_loop_and_unlike_those_of_another()
    {
        var plan = Plan(Loops(2)).Finish();

        foreach (var loop in new[] { 1, 2 })
        {
            Assert.All([0, 1], seed => Assert.Single(Json.Read<VerdictStep>(plan[Names.Verdict].Settings).Arms.Select(a => plan[Names.InLoop(loop, Names.Classify(a, seed))].Seed).Distinct()));
        }

        Assert.Equal(4, new[] { 1, 2 }.SelectMany(l => new[] { 0, 1 }.Select(s => plan[Names.InLoop(l, Names.Classify(Names.Real, s))].Seed)).Distinct().Count());
    }
}
