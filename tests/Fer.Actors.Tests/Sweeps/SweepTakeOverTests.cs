using System.Collections.Immutable;
using Fer.Actors.Storage;
using Fer.Actors.Sweeps;
using Fer.Actors.Sweeps.V1;

namespace Fer.Actors.Tests.Sweeps;

/// <summary>What a coordinator does first with a sweep whose journal it has read.</summary>
public sealed class SweepTakeOverTests : ISweepHook
{
    private static readonly DateTimeOffset At = DateTimeOffset.UnixEpoch;

    private bool hears;

    [Fact]
    public void A_new_sweep_is_started_as_it_was_submitted_and_claimed()
    {
        var state = SweepTakeOver.Of(SweepState.Empty, Setup(seat: 3), At)!.Value.Aggregate(SweepState.Empty, (s, e) => s.Apply(e));

        Assert.Equal(("s", SweepStatus.Running, 3L), (state.SweepId, state.Status, Assert.Single(state.Claims).Number));
        Assert.Equal(SweepPlay.Spec.Objective, state.Spec!.Objective);
    }

    [Fact]
    public void One_that_was_begun_is_claimed_unless_a_later_coordinator_has_it()
    {
        var state = SweepState.Empty.Apply(new SweepStarted(At, "s", Json.Write(SweepPlay.Spec), "1")).Apply(new SweepClaimed(At, 7, "attic", 1));

        Assert.Null(SweepTakeOver.Of(state, Setup(seat: 6), At));
        Assert.All([7L, 8L], seat => Assert.Equal(seat, Assert.IsType<SweepClaimed>(Assert.Single(SweepTakeOver.Of(state, Setup(seat), At)!.Value)).Number));
    }

    [Fact]
    public void Whether_somebody_is_to_be_told_of_it_is_written_with_the_claim()
    {
        Assert.False(SweepTakeOver.Of(SweepState.Empty, Setup(1), At)!.Value.OfType<SweepClaimed>().Single().IsHeard);

        hears = true;
        Assert.True(SweepTakeOver.Of(SweepState.Empty, Setup(1), At)!.Value.OfType<SweepClaimed>().Single().IsHeard);
    }

    public bool Hears(SweepSpec spec) => hears;

    public Task<HookAnswer> TellAsync(SweepState state, HookMessage message, bool once) => throw new InvalidOperationException();

    private SweepSetup Setup(long seat) => new(
        new SweepRow("s", Json.Write(SweepPlay.Spec), "queued", "", new SweepSummary(), At, ""), SweepPlay.Spec, seat, null!, null!, (_, _) => throw new InvalidOperationException(), _ => throw new InvalidOperationException(), () => throw new InvalidOperationException(), null!, this, "1", TimeProvider.System);
}
