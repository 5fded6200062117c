using Fer.Actors.Runs;
using Fer.Actors.Runs.V1;
using Fer.Models.Training;
using FsCheck;
using FsCheck.Xunit;

namespace Fer.Actors.Tests.Runs;

public sealed class StepPolicyTests
{
    private static readonly StepPolicy Policy = new(MaxRollbacks: 3, RollbackUnits: 50, MaxRetries: 2, RetryDelay: TimeSpan.FromSeconds(1));

    private static readonly StepState Fresh = new(SupervisedRun.Spec("left"), "hash", StepStatus.Failed);

    [Property(MaxTest = 100)]
    public bool A_step_goes_back_to_a_multiple_of_the_units_and_never_beyond_where_it_failed(PositiveInt units, NonNegativeInt position, byte cutsBefore)
    {
        var policy = Policy with { RollbackUnits = units.Get, MaxRollbacks = 1000 };

        var change = policy.Change(WithCuts(cutsBefore % 20), "non-finite", position.Get)!;

        return change.From % units.Get == 0 && change.From >= 0 && change.From <= position.Get && change is { LearningRateFactor: 0.5, MicroBatchFactor: 1 };
    }

    [Theory]
    [InlineData(0, 200)]
    [InlineData(1, 150)]
    [InlineData(2, 100)]
    public void Each_time_the_step_goes_one_multiple_further_back(int cutsBefore, long expected) =>
        Assert.Equal(expected, Policy.Change(WithCuts(cutsBefore), "non-finite", 249)!.From);

    [Property(MaxTest = 100)]
    public bool The_rate_is_lowered_a_bounded_number_of_times(PositiveInt position, byte rollbacks)
    {
        var policy = Policy with { MaxRollbacks = rollbacks % 10 };
        var step = Fresh;
        var cuts = 0;
        while (policy.Change(step, "non-finite", position.Get) is { } change && cuts <= 100)
        {
            step = Adjusted(step, change);
            cuts++;
        }

        return cuts == rollbacks % 10;
    }

    [Property(MaxTest = 50)]
    public bool Where_memory_ran_out_batches_are_cut_from_that_very_place_on(NonNegativeInt position) =>
        Policy.Change(Fresh, "out-of-memory", position.Get) == new Adjustment(position.Get, 1, 2);

    [Theory]
    [InlineData("io")]
    [InlineData("worker-lost")]
    [InlineData("bad-input")]
    [InlineData("error")]
    public void Other_faults_change_nothing_about_a_step(string fault) => Assert.Null(Policy.Change(Fresh, fault, 120));

    [Fact]
    public void A_step_without_faults_goes_on_at_once()
    {
        Assert.Equal((TimeSpan.Zero, null), Policy.Next(null));
        Assert.Equal((TimeSpan.Zero, null), Policy.Next(Fresh));
    }

    [Fact]
    public void Passing_trouble_is_waited_out_longer_each_time_and_not_for_ever()
    {
        Assert.Equal((TimeSpan.FromSeconds(1), null), Policy.Next(WithFaults(("io", 1))));
        Assert.Equal((TimeSpan.FromSeconds(2), null), Policy.Next(WithFaults(("io", 1), ("worker-lost", 1))));
        Assert.Equal("it failed 3 times without coming forward", Policy.Next(WithFaults(("io", 3))).GiveUp);
    }

    [Fact]
    public void What_was_given_wrong_is_not_tried_again() => Assert.NotNull(Policy.Next(WithFaults(("bad-input", 1))).GiveUp);

    [Fact]
    public void A_loss_that_exploded_is_tried_again_exactly_as_often_as_its_rate_was_lowered()
    {
        Assert.Null(Policy.Next(Adjusted(WithFaults(("non-finite", 1)), new Adjustment(50, 0.5, 1))).GiveUp);
        Assert.Contains("even after 1 lower learning rates", Policy.Next(Adjusted(WithFaults(("non-finite", 2)), new Adjustment(50, 0.5, 1))).GiveUp);
    }

    [Fact]
    public void What_is_changed_is_said_with_its_fault()
    {
        var change = Assert.IsType<StepAdjusted>(Assert.Single(Policy.Changes(Fresh, "left", "non-finite", 120, DateTimeOffset.UnixEpoch)));

        Assert.Equal(new StepAdjusted(DateTimeOffset.UnixEpoch, "left", new Adjustment(100, 0.5, 1), "non-finite"), change);
        Assert.Empty(Policy.Changes(Fresh, "left", "io", 120, DateTimeOffset.UnixEpoch));
    }

    private static StepState WithFaults(params (string Fault, int Count)[] faults) => Fresh with { Faults = Fresh.Faults.AddRange(faults.Select(f => KeyValuePair.Create(f.Fault, f.Count))) };

    private static StepState WithCuts(int cuts) => Enumerable.Range(0, cuts).Aggregate(Fresh, (s, _) => Adjusted(s, new Adjustment(50, 0.5, 1)));

    private static StepState Adjusted(StepState step, Adjustment change) => step with { Adjustments = new Adjustments(step.Adjustments.Items.Add(change)) };
}
