using Fer.Actors.Jobs.Refinement;
using Fer.Actors.Storage;
using Fer.Models.Evaluation;
using Fer.Models.Training;
using FsCheck;
using FsCheck.Xunit;

namespace Fer.Actors.Tests.Refinement;

public sealed class AllocationTests
{
    private static readonly RefinementSettings Needy = new()
    {
        Gan = new GanSettings { StepsPerRound = 50 },
        Filter = new FilterSettings { CrossFit = 1, Allocate = FilterSettings.ByNeed },
        Loop = new LoopSettings { Rounds = 2, Patience = 2, Seeds = 1, Seed = 5, Arms = "all", Control = "balanced" },
    };

    [Fact]
    public void Who_is_found_least_gets_most() => Assert.Equal([60, 30, 10], Allocation.ByNeed(100, [0.4, 0.7, 0.9]));

    [Fact]
    public void An_unknown_share_is_the_mean_one_and_where_nothing_is_wrong_all_get_alike()
    {
        Assert.Equal([30, 10, 20], Allocation.ByNeed(60, [0.4, 0.8, double.NaN]));
        Assert.Equal([3, 2, 2], Allocation.ByNeed(7, [1, 1, 1]));
        Assert.Equal([1, 1], Allocation.ByNeed(2, [double.NaN, double.NaN]));
    }

    [Property(MaxTest = 100)]
    public void It_is_always_as_many_in_all(NonNegativeInt images, NonEmptyArray<byte> recalls) =>
        Assert.Equal(images.Get, Allocation.ByNeed(images.Get, [.. recalls.Get.Select(r => r / 255.0)]).Sum());

    [Fact]
    public void By_need_each_round_spreads_what_is_due_by_what_the_round_before_gets_wrong()
    {
        // To balance 100, 160, 40 it takes 180 images, 90 a round.
        var plan = new PlanDriver(Needy, ["angry", "happy", "sad"], [100, 160, 40], heldBack: true)
        {
            Recall = (round, name) => (round, name) switch { (0, "angry") => 0.4, (0, "happy") => 0.7, (0, _) => 0.9, (_, "happy") => 0, _ => 1 },
            Kept = (round, name, target) => name == "sad" ? 0 : target,
        }.Finish();

        Assert.Equal([54, 27, 9], plan.Classes.Select(c => PlanDriver.Request(plan[Names.Sample(1, c)]).Target));
        Assert.Equal(99, PlanDriver.Request(plan[Names.Sample(2, "happy")]).Target);
        Assert.DoesNotContain(Names.Sample(2, "sad"), plan.State.Steps.Keys);
        Assert.Equal($"{Names.Baseline}:predictions", plan[Names.Recalls(0)].Inputs["predictions"]);
        Assert.Equal($"{Names.Retrain(1)}:predictions", plan[Names.Recalls(1)].Inputs["predictions"]);
        Assert.Equal([54, 126, 0], Json.Read<ClassifierStep>(plan[Names.Classify(Names.Oracle, 0)].Settings).Extra!);
    }

    [Fact]
    public void Any_class_may_need_all_of_them()
    {
        Assert.Equal([180, 180, 180], Needy.Filter.Most([100, 160, 40]));
        Assert.Equal([60, 0, 120], (Needy.Filter with { Allocate = "balance" }).Most([100, 160, 40]));
        Assert.Equal(180, new RefinementRun(Needy, ["angry", "happy", "sad"], [100, 160, 40]).TotalOf(1));
    }

    [Fact]
    public void Nobody_asks_who_is_found_unless_images_go_by_it() => Assert.DoesNotContain(
        new PlanDriver(Needy with { Filter = Needy.Filter with { Allocate = "balance" } }, ["angry", "happy", "sad"], [100, 160, 40]).Finish().Done, d => d.Kind == StepKinds.Recalls);
}
