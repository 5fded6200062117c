using System.Collections.Immutable;
using Fer.Actors.Storage;
using Fer.Actors.Sweeps;
using Fer.Actors.Sweeps.Search;
using Fer.Actors.Sweeps.V1;
using Fer.Host.Hosting;

namespace Fer.Host.Tests.Hosting;

public sealed class SweepHookTests : IDisposable
{
    private static readonly DateTimeOffset At = DateTimeOffset.UnixEpoch;

    private readonly Receiver receiver = new();

    public void Dispose() => receiver.Dispose();

    [Fact]
    public async Task The_end_a_failure_and_a_standstill_are_told_again_until_somebody_takes_them()
    {
        var hook = new SweepHook(_ => { }, TimeSpan.FromMilliseconds(1));
        var state = Begun(receiver.Address).Apply(new TrialPlanned(At, 1, ImmutableSortedDictionary<string, string>.Empty));
        state = state.Apply(new TrialEnded(At, 1, 1, "failed", null, "it broke", 0)).Apply(new SweepStalled(At, At)).Apply(new SweepCompleted(At, null, null));

        var (failed, stalled, done) = (state.Untold[0], state.Untold[1], state.Untold[2]);
        var telling = hook.TellAsync(state, failed);
        var body = await receiver.NextAsync(503);
        Assert.Equal(("s", "s/1", "failed", 1, "it broke"), ((string)body["sweep"]!, (string)body["id"]!, (string)body["what"]!, (int)body["trial"]!, (string)body["reason"]!));
        Assert.Equal("s/1", (string)(await receiver.NextAsync(200))["id"]!);
        Assert.Equal(new HookAnswer(2, null), await telling);

        telling = hook.TellAsync(state, stalled);
        Assert.Equal("stalled", (string)(await receiver.NextAsync(200))["what"]!);
        Assert.Equal(new HookAnswer(1, null), await telling);

        _ = hook.TellAsync(state, done);
        var last = await receiver.NextAsync(200);
        Assert.Equal(("done", "completed", 1), ((string)last["what"]!, (string)last["reason"]!, (int)last["summary"]!["failed"]!));
    }

    [Fact]
    public async Task An_address_that_does_not_answer_is_a_sentence_and_is_given_up_after_as_many_tries()
    {
        var said = new List<string>();
        var hook = new SweepHook(said.Add, TimeSpan.FromMilliseconds(1));
        receiver.Stop();
        var state = Begun(receiver.Address).Apply(new SweepCancelled(At));

        var answer = await hook.TellAsync(state, state.Untold[0]);

        Assert.Equal(SweepHook.Tries, answer.Tries);
        Assert.Equal(1, (await new SweepHook(_ => { }, TimeSpan.FromMilliseconds(1)).TellAsync(state, state.Untold[0], once: true)).Tries);
        Assert.Equal($"The webhook {receiver.Address} was not told: {answer.Reason}", Assert.Single(said));
    }

    [Theory]
    [InlineData("no address")]
    [InlineData("ftp://somewhere/")]
    public async Task An_address_that_is_none_is_given_up_and_breaks_nothing(string wrong)
    {
        var state = Begun(wrong).Apply(new SweepCancelled(At));

        Assert.NotNull((await new SweepHook(_ => { }, TimeSpan.FromMilliseconds(1)).TellAsync(state, state.Untold[0])).Reason);
    }

    [Fact]
    public void Nobody_hears_of_a_sweep_without_an_address() => Assert.False(new SweepHook(_ => { }, TimeSpan.Zero).Hears(Begun("").Spec!));

    private static SweepState Begun(string webhook) => SweepState.Empty.Apply(new SweepStarted(
        At, "s", Json.Write(new SweepSpec { Base = "", Objective = "validation.delta", Space = new SearchSpace([]), Webhook = webhook, Data = ImmutableSortedDictionary<string, TrialData>.Empty }), "1")).Apply(new SweepClaimed(At, 1, "lab", 1) { IsHeard = true });
}
