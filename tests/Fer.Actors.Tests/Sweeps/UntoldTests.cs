using System.Collections.Immutable;
using Fer.Actors.Storage;
using Fer.Actors.Sweeps;
using Fer.Actors.Sweeps.V1;

namespace Fer.Actors.Tests.Sweeps;

/// <summary>What a webhook is yet to be told is a function of the journal, so that whichever coordinator reads it tells the same under the same ids.</summary>
public sealed class UntoldTests
{
    private static readonly DateTimeOffset At = DateTimeOffset.UnixEpoch;

    [Fact]
    public void Failures_standstill_and_the_end_are_to_be_told_until_the_journal_says_that_they_were()
    {
        var state = Begun().Apply(new TrialEnded(At, 1, 1, "failed", null, "broke", 0)).Apply(new SweepStalled(At, At)).Apply(new SweepCompleted(At, null, null));
        Assert.Equal(
            [new HookMessage("s/1", "failed", 1, "broke"), new HookMessage("s/2", "stalled", null, "no trial has come forward since 1970-01-01T00:00:00.0000000+00:00"), new HookMessage("s/3", "done", null, "completed")],
            state.Untold);

        state = state.Apply(new WebhookTold(At, "s/1", "told", 2, "")).Apply(new WebhookTold(At, "s/2", "given-up", 8, "404"));

        Assert.Equal(["s/3"], state.Untold.Select(m => m.Id));
    }

    [Fact]
    public void A_trial_that_completed_or_was_cancelled_is_nothing_to_tell_and_no_number_is_used_twice()
    {
        var state = Begun().Apply(new TrialEnded(At, 1, 1, "cancelled", null, "", 0)).Apply(new SweepCancelled(At)).Apply(new WebhookTold(At, "s/1", "told", 1, ""));
        Assert.Empty(state.Untold);

        Assert.Equal("s/2", state.Apply(new SweepStalled(At, At)).Untold[0].Id);
    }

    [Fact]
    public void That_it_stands_and_that_somebody_knows_of_it_is_no_move()
    {
        var state = Begun();

        Assert.Equal(At, state.Apply(new SweepStalled(At.AddHours(1), At)).Apply(new WebhookTold(At.AddHours(2), "s/1", "told", 1, "")).LastEventAt);
    }

    [Fact]
    public void What_was_before_anybody_listened_is_told_nobody_and_is_numbered_all_the_same()
    {
        // As journals of before said it: those have been told, or there was no address.
        var before = Begun(isHeard: false).Apply(new TrialEnded(At, 1, 1, "failed", null, "broke", 0)).Apply(new SweepStalled(At, At));
        Assert.Empty(before.Untold);

        var heard = before.Apply(new SweepClaimed(At, 2, "lab", 1) { IsHeard = true }).Apply(new SweepStalled(At, At));
        Assert.Equal(["s/3"], heard.Untold.Select(m => m.Id));

        // A host that knows no address takes nothing back.
        Assert.Equal(["s/3", "s/4"], heard.Apply(new SweepClaimed(At, 3, "attic", 1)).Apply(new SweepCancelled(At)).Untold.Select(m => m.Id));
    }

    private static SweepState Begun(bool isHeard = true) => SweepState.Empty.Apply(new SweepStarted(At, "s", Json.Write(SweepPlay.Spec), "1")).Apply(new SweepClaimed(At, 1, "lab", 1) { IsHeard = isHeard }).Apply(new TrialPlanned(At, 1, ImmutableSortedDictionary<string, string>.Empty));
}
