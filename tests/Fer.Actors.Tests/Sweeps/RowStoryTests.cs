using System.Collections.Immutable;
using Fer.Actors.Devices;
using Fer.Actors.Runs;
using Fer.Actors.Sweeps;
using Fer.Models.Training;

namespace Fer.Actors.Tests.Sweeps;

/// <summary>What an owner is told of its step's row. Some of it once went wrong in a schedule by chance: here it is by name.</summary>
public sealed class RowStoryTests
{
    [Fact]
    public void A_row_that_runs_is_told_from_its_place_to_its_result_each_thing_once()
    {
        var (story, first) = new RowStory(Place()).Read(Row(RowState.Running, 1) with { From = 0 });
        (story, var second) = story.Read(Row(RowState.Running, 1) with { From = 0, Checkpoints = [Checkpoint(3)] });
        (story, var third) = story.Read(Row(RowState.Done, 1) with { From = 0 });

        Assert.Equal([typeof(Placed), typeof(WorkOpened), typeof(WorkMoved)], Types(first));
        Assert.Equal([typeof(WorkSaved), typeof(WorkMoved)], Types(second));
        Assert.Equal([typeof(WorkDone)], Types(third));
        Assert.True(story.IsOver);
        Assert.Empty(story.Read(Row(RowState.Done, 1)).Said);
    }

    [Fact]
    public void What_was_done_before_it_was_wanted_was_done_nowhere_and_what_is_done_since_then_on_its_slot_however_soon()
    {
        var (_, there) = new RowStory(Place()).Read(Row(RowState.Done, 1) with { From = 0, WasThere = true });
        var (_, since) = new RowStory(Place()).Read(Row(RowState.Done, 1) with { From = 0 });
        var (_, runs) = new RowStory(Place()).Read(Row(RowState.Running, 1) with { From = 0, WasThere = true });

        Assert.Equal([typeof(Placed), typeof(WorkOpened), typeof(WorkDone)], Types(there));
        Assert.Equal([Attempt.Nowhere, "lab/cpu:0", "lab/cpu:0"], new[] { there, since, runs }.Select(said => Assert.IsType<Placed>(said[0]).Device));
    }

    [Fact]
    public void What_the_row_knows_of_earlier_tries_is_not_told_before_the_step_has_begun()
    {
        var earlier = Row(RowState.Running, 2) with { Checkpoints = [Checkpoint(3)], Damaged = [new DamagedCheckpoint("h", "cut")], Adjustments = Halved() };

        var (story, before) = new RowStory(Place()).Read(earlier);
        var (_, after) = story.Read(earlier with { From = 3 });

        Assert.Equal([typeof(Placed)], Types(before));
        Assert.Equal([typeof(WorkOpened), typeof(WorkAdjusted), typeof(WorkDamaged), typeof(WorkSaved), typeof(WorkMoved)], Types(after));
    }

    [Fact]
    public void A_try_that_another_took_over_is_left_with_what_it_saved_and_is_not_begun_again()
    {
        var (story, _) = new RowStory(Place()).Read(Row(RowState.Running, 1) with { From = 0 });

        (story, var said) = story.Read(Row(RowState.Running, 2) with { Checkpoints = [Checkpoint(6)] });

        Assert.Equal([typeof(WorkSaved), typeof(WorkLeft)], Types(said));
        Assert.Equal("lab/cpu:0", Assert.IsType<WorkLeft>(said[^1]).Device);
        Assert.True(story.IsOver);
    }

    [Fact]
    public void A_try_that_began_before_this_coordinator_goes_on_under_its_number()
    {
        var (_, same) = new RowStory(Place() with { BegunTry = 4, BegunOn = "attic/cpu:1" }).Read(Row(RowState.Running, 4) with { From = 0 });
        var (_, other) = new RowStory(Place() with { BegunTry = 4, BegunOn = "attic/cpu:1" }).Read(Row(RowState.Open, 4));

        Assert.Equal(4, Assert.IsType<Placed>(same[0]).Try);
        Assert.Equal("attic/cpu:1", Assert.IsType<WorkLeft>(other[^1]).Device);
    }

    [Theory]
    [InlineData(RowState.Failed)]
    [InlineData(RowState.Done)]
    public void An_end_that_the_journal_holds_is_not_told_again(RowState state) =>
        Assert.Empty(new RowStory(Place() with { FoldedTry = 3 }).Read(Row(state, 3) with { Fault = new RowFault("io", "m", 1, null) }).Said);

    [Fact]
    public void What_another_run_changed_about_the_step_is_told_once_and_only_what_is_new()
    {
        var known = Place();
        known = known with { Order = known.Order with { Adjustments = Halved() } };
        var twice = new Adjustments([.. Halved().Items, new Adjustment(5, 0.5, 1)]);

        var (story, said) = new RowStory(known).Read(Row(RowState.Running, 2) with { From = 0, Adjustments = twice });

        Assert.Equal(5, Assert.Single(said.OfType<WorkAdjusted>().Single().Adjustments).From);
        Assert.Empty(story.Read(Row(RowState.Running, 2) with { From = 0, Adjustments = twice }).Said.OfType<WorkAdjusted>());
    }

    [Fact]
    public void A_try_that_failed_while_it_was_opened_has_begun_where_it_failed()
    {
        var (_, said) = new RowStory(Place()).Read(Row(RowState.Failed, 1) with { Fault = new RowFault("damaged-input", "cut", 0, "h") });

        Assert.Equal([typeof(Placed), typeof(WorkOpened), typeof(WorkFault)], Types(said));
    }

    private static IEnumerable<Type> Types(ImmutableArray<IWorkerNews> said) => said.Select(s => s.GetType());

    private static Adjustments Halved() => new([new Adjustment(0, 0.5, 1)]);

    private static CheckpointRef Checkpoint(long position) => new(position, 10, $"artifact-{position}");

    private static Place Place() => new(
        new StepOrder("1.o.1", "one", new StepSpec("gan/round-1/all", "chain", 1, ImmutableSortedDictionary<string, string>.Empty, "{}", 1), "", [], Adjustments.None, "fp32", TimeSpan.Zero, 0), 0, null!) { Hash = "hash" };

    private static SeenStep Row(RowState state, long token) => new(
        "one", "hash", state, token, "lab", "cpu:0", null, 0, 10, "links", [], [], Adjustments.None, ImmutableSortedDictionary<string, string>.Empty, ImmutableSortedDictionary<string, double>.Empty, null);
}
