using Fer.Actors.Jobs.Levers;
using Fer.Actors.Jobs.Refinement;
using Fer.Actors.Runs;
using Fer.Actors.Storage;
using Fer.Models.Evaluation;
using Fer.Models.Training;
using FsCheck;
using FsCheck.Xunit;

namespace Fer.Actors.Tests.Levers;

public sealed class LeversPlanTests
{
    // Everything that a lever may need is there, so that each can be tried.
    private static readonly RefinementSettings Two = new()
    {
        Gan = new GanSettings { StepsPerRound = 50 },
        Filter = new FilterSettings { CrossFit = 2, Pool = 3 },
        Loop = new LoopSettings { Rounds = 2, Seeds = 1, Seed = 5, Control = "soft" },
    };

    private static readonly LeverChoice Labels = new("loop.labels", ["soft"]);
    private static readonly LeverChoice Mixup = new("classifier.mixup", ["0.2"]);
    private static readonly LeverChoice Feedback = new("gan.feedback", ["0.25", "all"]);
    private static readonly LeverChoice Rounds = new("loop.rounds", ["1"]);

    // An end to feedback wants feedback, by which a filter reaches generators, too.
    private static readonly Lever[] Tried = [.. Lever.All.Where(l => l.Key != "gan.feedback-stop")];

    private static readonly Lazy<LeversDriver> All = new(() => new LeversDriver(Two, [.. Tried.Select(l => new LeverChoice(l.Key, [l.Values.First(v => v != l.Get(Two))]))]).Finish());

    [Fact]
    public void Only_the_control_and_refined_are_trained_and_the_control_only_where_a_lever_reaches_it()
    {
        var plan = new LeversDriver(Two, Labels, Mixup).Finish();

        string[] Arms(string variant) => [.. plan.Of(variant).Keys.Where(k => k.StartsWith("classify/", StringComparison.Ordinal) && k.Contains("/seed-", StringComparison.Ordinal)).Select(k => k.Split('/')[1]).Distinct().Order(StringComparer.Ordinal)];
        Assert.Equal([Names.Control, Names.Refined], Arms(LeverNames.Base));
        Assert.Equal([Names.Refined], Arms("loop.labels=soft"));
        Assert.Equal([Names.Control, Names.Refined], Arms("classifier.mixup=0.2"));
    }

    [Fact]
    public void Fewer_loops_than_three_are_three_and_each_is_measured()
    {
        var plan = new LeversDriver(Two, Labels).Finish();

        var screen = plan.State.Steps[LeverNames.Screen].Spec;
        Assert.Equal(3, Json.Read<ScreenStep>(screen.Settings).Loops);
        Assert.Equal(
            ["base/control/seed-0", "base/refined/seed-0", "base/loop-2/control/seed-0", "base/loop-2/refined/seed-0", "base/loop-3/control/seed-0", "base/loop-3/refined/seed-0",
             "loop.labels=soft/refined/seed-0", "loop.labels=soft/loop-2/refined/seed-0", "loop.labels=soft/loop-3/refined/seed-0"],
            screen.Inputs.Keys.OrderBy(k => k.StartsWith("base", StringComparison.Ordinal) ? 0 : 1).ThenBy(k => k.Contains("loop-", StringComparison.Ordinal) ? k.Split("loop-")[1] : "").ThenBy(k => k, StringComparer.Ordinal));
        Assert.All(screen.Inputs.Values, v => Assert.EndsWith(":predictions", v, StringComparison.Ordinal));
    }

    [Fact]
    public void Five_loops_that_were_asked_for_are_five() =>
        Assert.Equal(5, Json.Read<ScreenStep>(new LeversDriver(Two with { Loop = Two.Loop with { Loops = 5 } }, Labels).Finish().State.Steps[LeverNames.Screen].Spec.Settings).Loops);

    [Fact]
    public void No_step_is_given_the_test_set_and_none_of_a_kind_that_reads_it_is_in_the_job()
    {
        Assert.DoesNotContain(Names.Test, All.Value.State.Inputs.Keys);
        Assert.All(All.Value.State.Steps.Values, s => Assert.DoesNotContain(Names.Test, s.Spec.Inputs.Keys));
        Assert.DoesNotContain(LeversJob.Instance.Kinds, k => k.Kind is StepKinds.Test or StepKinds.Verdict);
    }

    [Fact]
    public void A_variant_costs_what_its_lever_changes_and_no_more()
    {
        foreach (var lever in Tried)
        {
            var steps = All.Value.Of(LeverNames.Variant(lever.Key, lever.Values.First(v => v != lever.Get(Two))));
            var computed = steps.Where(s => s.Value.SharedFrom is null).Select(s => s.Value.Spec).ToList();

            // Its refined arm is another one in every loop: else the lever would move nothing.
            Assert.Equal(3, computed.Count(s => s.Name.Contains("/classify/refined/seed-", StringComparison.Ordinal)));
            Assert.All(computed, s => Assert.True(First(s) >= lever.Reach, $"{s.Name} is computed once more."));
            Assert.Equal(lever.OnControl, computed.Exists(s => s.Name.Contains("/classify/control/", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public void Before_anything_is_kept_no_feedback_changes_the_generator()
    {
        var plan = new LeversDriver(Two, Feedback).Finish();

        Assert.All(Feedback.Values, v => Assert.NotNull(plan.Of($"gan.feedback={v}")[Names.Gan(1, "all")].SharedFrom));
        Assert.All(Feedback.Values, v => Assert.Null(plan.Of($"gan.feedback={v}")[Names.Gan(2, "all")].SharedFrom));
    }

    [Fact]
    public void An_end_to_feedback_changes_the_generator_from_the_round_after_it_on()
    {
        // Recall halves from the first round to the second.
        var plan = new LeversDriver(Two with { Gan = Two.Gan with { Feedback = "all" }, Loop = Two.Loop with { Rounds = 3 } }, new LeverChoice("gan.feedback-stop", ["0.1"])).Finish();

        var variant = plan.Of("gan.feedback-stop=0.1");
        Assert.All([1, 2], round => Assert.NotNull(variant[Names.Gan(round, "all")].SharedFrom));
        Assert.Null(variant[Names.Gan(3, "all")].SharedFrom);
        Assert.Equal("needs gan.feedback other than 0", Lever.Find("gan.feedback-stop")!.Problem(Two, "0.1"));
    }

    [Fact]
    public void One_round_has_as_many_generator_steps_as_two_had()
    {
        var plan = new LeversDriver(Two, Rounds).Finish();

        long Steps(string variant) => plan.Of(variant).Where(s => s.Key.StartsWith("gan/", StringComparison.Ordinal)).Sum(s => Json.Read<GanStep>(s.Value.Spec.Settings).Gan.StepsPerRound);
        Assert.Equal(100, Steps(LeverNames.Base));
        Assert.Equal(100, Steps("loop.rounds=1"));
    }

    [Fact]
    public void Classifiers_of_equal_loop_and_number_start_alike_in_every_variant()
    {
        foreach (var (name, step) in All.Value.Of(LeverNames.Base).Where(s => s.Key.Contains("/seed-", StringComparison.Ordinal)))
        {
            var others = All.Value.State.Steps.Where(s => s.Key.EndsWith("/" + name, StringComparison.Ordinal) && StepPlaceIs(s.Key, name)).Select(s => s.Value.Spec.Seed);
            Assert.Equal([step.Spec.Seed], others.Distinct());
        }
    }

    [Fact]
    public void Validation_faces_reach_no_generator() =>
        Assert.All(All.Value.Computed.Where(s => s.Kind is StepKinds.Gan or StepKinds.WarmUp or StepKinds.Sample), s => Assert.DoesNotContain(s.Inputs.Values, v => v.Contains("validation", StringComparison.Ordinal)));

    [Property(MaxTest = 4)]
    public void In_whatever_order_steps_complete_they_are_the_same_steps(NonEmptyArray<byte> chance)
    {
        var turn = 0;
        var inOrder = new LeversDriver(Two, Labels, Mixup).Finish();
        var byChance = new LeversDriver(Two, Labels, Mixup) { Choose = ready => ready[chance.Get[turn++ % chance.Get.Length] % ready.Count] }.Finish();

        Assert.Equal(Hashes(inOrder), Hashes(byChance));
        Assert.Equal(inOrder.Computed.Select(s => s.HashUnder(inOrder.State.Fingerprint)).Order(), byChance.Computed.Select(s => s.HashUnder(byChance.State.Fingerprint)).Order());
    }

    [Fact]
    public void Every_step_goes_to_an_owner_that_the_job_has()
    {
        Assert.All(All.Value.Computed, s => Assert.Contains(LeversJob.Instance.OwnerOf(s.Kind), LeversJob.Instance.Owners.Keys));
        Assert.All(All.Value.Computed, s => Assert.Contains(LeversJob.Instance.Kinds, k => k.Kind == s.Kind && k.Version == s.Version));
    }

    private static IEnumerable<string> Hashes(LeversDriver plan) => plan.State.Steps.Values.Select(s => $"{s.Spec.Name} {s.Hash}");

    // The first loop's names have no loop in them: classify/refined/seed-0 also ends those of the second.
    private static bool StepPlaceIs(string step, string name) => step.Split('/', 3)[2] == name;

    /// <summary>The reach of the levers that may make a step another one.</summary>
    private static LeverReach First(StepSpec spec) => spec switch
    {
        { Kind: StepKinds.Gan or StepKinds.WarmUp or StepKinds.Quality } => LeverReach.Generator,
        { Kind: StepKinds.Filter or StepKinds.Sample } => LeverReach.Filter,
        { Kind: StepKinds.Classifier } when spec.Name.EndsWith(Names.Witness, StringComparison.Ordinal) => LeverReach.Filter,
        { Kind: StepKinds.Soft } => LeverReach.Everything,
        { Kind: StepKinds.Classifier } when !spec.Inputs.Keys.Any(k => k.StartsWith("kept/", StringComparison.Ordinal)) => LeverReach.Everything,
        _ => LeverReach.Retraining,
    };
}
