using System.Collections.Immutable;
using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit;
using Fer.Actors.Storage;
using Fer.Actors.Sweeps;
using Fer.Actors.Sweeps.V1;

namespace Fer.Actors.Tests.Sweeps;

public sealed class SweepTellerTests : TestKit, ISweepHook
{
    private static readonly DateTimeOffset At = DateTimeOffset.UnixEpoch;

    private readonly List<(string What, bool Once)> told = [];
    private readonly TestClock clock = new();
    private bool knows = true;
    private bool answers;

    [Fact]
    public void Where_nothing_answers_what_is_queued_is_tried_once_each_until_something_does_and_the_end_is_given_its_time()
    {
        var state = Begun();
        for (var trial = 1; trial <= 4; trial++)
        {
            state = state.Apply(new TrialPlanned(At, trial, ImmutableSortedDictionary<string, string>.Empty)).Apply(new TrialEnded(At, trial, 1, "failed", null, "broke", 0));
        }

        state = state.Apply(new SweepCompleted(At, null, null));
        var teller = new SweepTeller(Setup(), TestActor);

        state = TellOne(teller, TellOne(teller, state));
        answers = true;
        state = TellOne(teller, TellOne(teller, state));
        Assert.Equal(new[] { ("failed", false), ("failed", true), ("failed", true), ("failed", false) }, told);

        answers = false;
        state = TellOne(teller, state);
        Assert.Equal(("done", false), told[^1]);
        Assert.False(SweepTeller.Owes(state));

        // Though nobody answered the one before.
        teller.Tell(Begun().Apply(new SweepCancelled(At)));
        Assert.Equal(("done", false), told[^1]);
    }

    [Fact]
    public void A_host_that_knows_no_address_owes_what_is_untold_until_a_day_after_the_end()
    {
        knows = false;
        var teller = new SweepTeller(Setup(), TestActor);
        var state = Begun().Apply(new SweepCancelled(At));

        teller.Tell(state);

        Assert.Empty(told);
        Assert.True(SweepTeller.Owes(state));
        Assert.Null(teller.GivesUp(state));
        clock.Now += TimeSpan.FromHours(25);
        Assert.False(SweepTeller.Owes(state.Apply(teller.GivesUp(state)!)));
    }

    public bool Hears(SweepSpec spec) => knows;

    public Task<HookAnswer> TellAsync(SweepState state, HookMessage message, bool once)
    {
        told.Add((message.What, once));
        return Task.FromResult(new HookAnswer(once ? 1 : 8, answers ? null : "refused"));
    }

    private SweepState TellOne(SweepTeller teller, SweepState state)
    {
        teller.Tell(state);
        return state.Apply(teller.OnAnswered(ExpectMsg<HookAnswered>()));
    }

    private SweepSetup Setup() => new(
        new SweepRow("s", "", "running", "", new SweepSummary(), At, ""), SweepPlay.Spec, 1, null!, null!, (_, _) => throw new InvalidOperationException(), _ => throw new InvalidOperationException(), () => throw new InvalidOperationException(), null!, this, "1", clock);

    private static SweepState Begun() => SweepState.Empty.Apply(new SweepStarted(At, "s", Json.Write(SweepPlay.Spec), "1")).Apply(new SweepClaimed(At, 1, "lab", 1) { IsHeard = true });

    private sealed class TestClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = At;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
