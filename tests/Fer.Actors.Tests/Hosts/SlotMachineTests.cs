using System.Collections.Immutable;
using Fer.Actors.Devices;
using Fer.Actors.Hosts;
using Fer.Actors.Runs;
using Fer.Actors.Sweeps;
using Fer.Models.Training;

namespace Fer.Actors.Tests.Hosts;

/// <summary>One slot, step by step; schedules by chance are in <see cref="Sweeps.ScheduleTests"/>.</summary>
public sealed class SlotMachineTests
{
    private readonly List<SlotEffect> done = [];
    private SlotMachine slot = new();

    [Fact]
    public void A_slot_claims_computes_writes_and_is_free_again_only_when_its_last_word_is_accepted()
    {
        Do(s => s.Look());
        Do(s => s.Claimed(Step(1)));
        Do(s => s.Opened(0));
        Do(s => s.Written(true));
        Do(s => s.Done(Made()));
        Assert.Equal(SlotPhase.Ending, slot.Phase);
        Do(s => s.Written(true));

        Assert.Equal(SlotPhase.Free, slot.Phase);
        Assert.Equal([typeof(SlotEffect.Claim), typeof(SlotEffect.Start), typeof(SlotEffect.Write), typeof(SlotEffect.Write)], done.Select(e => e.GetType()));
    }

    [Fact]
    public void With_the_store_away_it_computes_on_and_says_what_matters_when_it_is_back()
    {
        Begin();
        Do(s => s.Saved(Checkpoint(3)));
        Do(s => s.Written(null));
        Do(s => s.Saved(Checkpoint(6)));
        Do(s => s.Written(null));
        Do(s => s.Saved(Checkpoint(9)));
        Assert.Equal(SlotPhase.Carrying, slot.Phase);
        done.Clear();

        Do(s => s.Written(null));
        Do(s => s.Heard(Held.Kept));

        Assert.Equal([6, 9], Assert.IsType<RowWrite.Saved>(Assert.IsType<SlotEffect.Write>(Assert.Single(done)).What).Checkpoints.Select(c => c.Position));
    }

    [Fact]
    public void After_a_gap_it_says_nothing_before_it_has_heard_that_the_step_is_its_own()
    {
        Begin();
        slot = slot.Gap();
        Do(s => s.Done(Made()));
        Assert.Empty(done);

        Do(s => s.Heard(Held.Kept));

        Assert.IsType<RowWrite.Done>(Assert.IsType<SlotEffect.Write>(Assert.Single(done)).What);
    }

    [Fact]
    public void A_step_that_was_taken_is_dropped_without_a_word()
    {
        Begin();
        slot = slot.Gap();
        Do(s => s.Heard(Held.Taken));

        Assert.Equal(new SlotEffect.Stop(slot.Order, Save: false), Assert.Single(done));
        Do(s => s.Done(Made()));
        Assert.Equal((SlotPhase.Free, 1), (slot.Phase, done.Count));
    }

    [Fact]
    public void A_refused_write_means_the_same()
    {
        Begin();
        Do(s => s.Saved(Checkpoint(3)));
        Do(s => s.Written(false));

        Assert.Equal(SlotPhase.Dropping, slot.Phase);
    }

    [Fact]
    public void What_nobody_wants_any_more_is_saved_and_given_back()
    {
        Begin();
        Do(s => s.Heard(Held.Unwanted));
        Assert.Equal(new SlotEffect.Stop(slot.Order, Save: true), Assert.Single(done));
        Do(s => s.Saved(Checkpoint(4)));
        Do(s => s.Stopped());
        Do(s => s.Written(true));
        Do(s => s.Written(true));

        Assert.Equal([typeof(RowWrite.Saved), typeof(RowWrite.Released)], done.OfType<SlotEffect.Write>().Select(w => w.What.GetType()));
        Assert.Equal(SlotPhase.Free, slot.Phase);
    }

    [Fact]
    public void A_closed_slot_claims_nothing_and_gives_back_what_a_claim_under_way_still_brings()
    {
        Do(s => s.Look());
        Do(s => s.Close());
        done.Clear();
        Do(s => s.Claimed(Step(1)));
        Assert.IsType<RowWrite.Released>(Assert.IsType<SlotEffect.Write>(Assert.Single(done)).What);
        Do(s => s.Written(true));
        Do(s => s.Look());

        Assert.Equal((SlotPhase.Free, 1), (slot.Phase, done.Count));
        slot = slot.Reopen();
        Do(s => s.Look());
        Assert.Equal(SlotPhase.Claiming, slot.Phase);
    }

    [Fact]
    public void A_beat_that_the_store_answered_after_the_last_word_does_not_take_the_result_away()
    {
        Begin();
        Do(s => s.Done(Made()));
        Do(s => s.Heard(Held.Taken));
        Assert.Equal(SlotPhase.Ending, slot.Phase);
        Do(s => s.Written(true));

        Assert.Equal(SlotPhase.Free, slot.Phase);
    }

    private void Begin()
    {
        Do(s => s.Look());
        Do(s => s.Claimed(Step(1)));
        Do(s => s.Opened(0));
        Do(s => s.Written(true));
        done.Clear();
    }

    private void Do(Func<SlotMachine, (SlotMachine Next, ImmutableArray<SlotEffect> Do)> turn)
    {
        (slot, var effects) = turn(slot);
        done.AddRange(effects);
    }

    private static ClaimedStep Step(long token) =>
        new(new RowSpec("hash", new StepSpec("gan/round-1/all", "chain", 1, ImmutableSortedDictionary<string, string>.Empty, "{}", 1), "here", "fp32", TimeSpan.Zero, 0), token, [], Adjustments.None);

    private static CheckpointRef Checkpoint(long position) => new(position, 10, $"artifact-{position}");

    private WorkDone Made() => new(slot.Order, ImmutableSortedDictionary<string, string>.Empty.Add("out", "x"), ImmutableSortedDictionary<string, double>.Empty);
}
