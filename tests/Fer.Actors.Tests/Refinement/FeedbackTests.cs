using Fer.Actors.Jobs.Refinement;
using Fer.Actors.Storage;
using Fer.Models;
using Fer.Models.Data;
using Fer.Models.Evaluation;
using Fer.Models.Training;

namespace Fer.Actors.Tests.Refinement;

public sealed class FeedbackTests
{
    private static readonly RefinementSettings Fed = new()
    {
        Gan = new GanSettings { StepsPerRound = 50, Feedback = "0.25", FeedbackStop = 0.1 },
        Filter = new FilterSettings { CrossFit = 1 },
        Loop = new LoopSettings { Rounds = 4, Patience = 9, Seeds = 1, Seed = 5, Arms = "main", Control = "balanced" },
    };

    private static PlanDriver Plan(RefinementSettings settings, Func<int, double> recall, bool judge = false) => new(settings, ["happy", "sad"], [100, 40], judgeFold: judge) { Variety = recall };

    private static string[] Fedback(PlanDriver plan) => [.. Enumerable.Range(1, 4).Select(r => plan[Names.Gan(r, "all")]).Select(g => Json.Read<GanStep>(g.Settings).Gan.Feedback + (g.Inputs.Keys.Any(k => k.StartsWith("kept/", StringComparison.Ordinal)) ? " fed" : ""))];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Feedback_ends_for_the_rest_when_recall_has_fallen_by_a_tenth_and_the_journal_says_why(bool judge)
    {
        var plan = Plan(Fed, round => round switch { 1 => 0.50, 2 => 0.44, _ => 0.9 }, judge).Finish();

        Assert.Equal(["0", "0.25 fed", "0", "0"], Fedback(plan));
        var decided = plan.State.Decisions[Names.FeedbackQuestion(2)];
        Assert.Equal(("end", "recall 44.0 % after round 2, 50.0 % after the one before; feedback ends when it falls by 10 %"), (decided.Answer, decided.Because));
        Assert.DoesNotContain(Names.FeedbackQuestion(3), plan.State.Decisions.Keys);
        Assert.Equal(judge, plan.State.Steps.ContainsKey(Names.Quality(1)));
        Assert.All([1, 2], r => Assert.DoesNotContain("judge", plan[Names.Variety(r)].Inputs.Keys));
    }

    [Fact]
    public void The_judge_does_not_say_what_a_gan_learns_from()
    {
        var plan = new PlanDriver(Fed, ["happy", "sad"], [100, 40], judgeFold: true) { RecallOf = step => step.Inputs.ContainsKey("judge") ? 1.0 / PlanDriver.RoundOf(step) : 0.5 }.Finish();

        Assert.Equal(["0", "0.25 fed", "0.25 fed", "0.25 fed"], Fedback(plan));
    }

    [Fact]
    public void A_gan_that_no_round_waits_for_is_waited_for_before_feedback_is_decided()
    {
        // The largest class lacks nothing, so nothing is drawn of it.
        var plan = new PlanDriver(Fed with { Gan = Fed.Gan with { Kind = "per-class" } }, ["happy", "sad"], [100, 40])
        {
            Variety = round => round == 1 ? 0.5 : 0.4,
            Choose = ready => ready.OrderBy(r => r.Spec.Kind == StepKinds.Gan && r.Spec.Name.EndsWith("/happy", StringComparison.Ordinal)).ThenByDescending(r => r.Priority).First(),
        }.Finish();

        Assert.Equal("end", plan.State.Decisions[Names.FeedbackQuestion(2)].Answer);
        Assert.All(["happy", "sad"], c => Assert.Contains(plan[Names.Gan(2, c)].Inputs["state"], plan[Names.Variety(1)].Inputs.Values.Select(v => v.Replace(":generator", ":gan", StringComparison.Ordinal))));
        Assert.Equal("0", Json.Read<GanStep>(plan[Names.Gan(3, "sad")].Settings).Gan.Feedback);
    }

    [Fact]
    public void Feedback_goes_on_while_recall_holds_and_ends_by_the_round_before_not_the_first()
    {
        var plan = Plan(Fed, round => round switch { 1 => 0.50, 2 => 0.46, _ => 0.41 }).Finish();

        Assert.Equal(["0", "0.25 fed", "0.25 fed", "0"], Fedback(plan));
        Assert.Equal(("go-on", "end"), (plan.State.Decisions[Names.FeedbackQuestion(2)].Answer, plan.State.Decisions[Names.FeedbackQuestion(3)].Answer));
    }

    [Fact]
    public void Without_feedback_or_an_end_to_it_nothing_is_measured_for_it()
    {
        var never = Plan(Fed with { Gan = Fed.Gan with { FeedbackStop = 0 } }, _ => 0).Finish();
        var none = Plan(Fed with { Gan = Fed.Gan with { Feedback = "0" } }, _ => 0).Finish();

        Assert.Equal(["0", "0.25 fed", "0.25 fed", "0.25 fed"], Fedback(never));
        Assert.All([never, none], plan => Assert.DoesNotContain(plan.Done, d => d.Kind == StepKinds.Quality));
        Assert.All([never, none], plan => Assert.DoesNotContain(plan.State.Decisions.Keys, k => k.StartsWith("feedback/", StringComparison.Ordinal)));
    }

    [Fact]
    public void Faces_held_back_count_only_where_a_run_compares_with_them()
    {
        var all = DataLoader.Load(new DataSettings { Classes = ["happy", "sad"], ImageSize = 16, SketchCount = 280, SketchTestCount = 70, Fraction = 0.5 });
        var data = all with { Loops = [all.Loops[0] with { ValidationA = all.ValidationA.Select([0]), ValidationB = all.ValidationB.Select([0]) }] };

        RefinementInputs.CheckFeedback(Fed with { Loop = Fed.Loop with { Arms = "all" } }, data);
        Assert.StartsWith("fer.gan.feedback-stop: generated images could be compared with", Assert.Throws<BadInputException>(() => RefinementInputs.CheckFeedback(Fed, data)).Message);
    }

    [Fact]
    public void What_may_end_feedback_is_not_part_of_the_training_it_ends()
    {
        var (may, never) = (Plan(Fed, _ => 0.5).Finish(), Plan(Fed with { Gan = Fed.Gan with { FeedbackStop = 0 } }, _ => 0.5).Finish());

        Assert.All(Enumerable.Range(1, 4), r => Assert.Equal(Json.Write(never[Names.Gan(r, "all")]), Json.Write(may[Names.Gan(r, "all")])));
    }
}
