using System.Collections.Immutable;
using Akka.Actor;
using Fer.Actors.Hosting;
using Fer.Actors.Runs;
using Fer.Actors.Runs.V1;
using Fer.Actors.Storage;

namespace Fer.Actors.Tests.Runs;

/// <summary>What a process does first with a run whose journal it has read.</summary>
public sealed class TakeOverTests
{
    private static readonly DateTimeOffset At = DateTimeOffset.UnixEpoch;
    private static readonly Fingerprint Here = new(ImmutableSortedDictionary<string, string>.Empty.Add("torch", "2.10"));

    [Fact]
    public void A_new_run_is_started_and_claimed() =>
        Assert.Equal([typeof(RunStarted), typeof(Claimed)], Types(TakeOver.Of(RunState.Empty, Setup(r => r with { New = new NewRun("job", "{}", ImmutableSortedDictionary<string, string>.Empty) }), At)));

    [Fact]
    public void A_run_that_is_not_there_is_left_alone() =>
        Assert.Equal((RunEnd.Failed, "There is no run 'x'."), End(TakeOver.Of(RunState.Empty, Setup(r => r), At)));

    [Fact]
    public void A_run_that_is_over_is_left_as_it_is() =>
        Assert.Equal((RunEnd.Cancelled, ""), End(TakeOver.Of(Begun().Apply(new RunCancelled(At)), Setup(r => r), At)));

    [Fact]
    public void On_one_machine_a_paused_run_goes_on_when_its_process_is_started() =>
        Assert.Equal([typeof(Claimed), typeof(RunResumed)], Types(TakeOver.Of(Paused(), Setup(r => r), At)));

    [Fact]
    public void Of_hosts_runs_what_is_paused_stays_paused_until_a_person_lets_it_go_on()
    {
        Assert.Equal((RunEnd.Paused, "the disk is full"), End(TakeOver.Of(Paused(), Setup(r => r with { Seat = 3 }), At)));
        Assert.Equal([typeof(Claimed), typeof(RunResumed)], Types(TakeOver.Of(Paused(), Setup(r => r with { Seat = 3, Resume = true }), At)));
    }

    [Fact]
    public void A_coordinator_with_an_older_number_may_not_even_claim()
    {
        var state = Begun().Apply(new Claimed(At, 7, "attic", 1));

        Assert.Equal((RunEnd.Interrupted, "coordinator 7 on attic has the run now"), End(TakeOver.Of(state, Setup(r => r with { Seat = 6 }), At)));
        Assert.Equal(7, Assert.IsType<Claimed>(Assert.Single(TakeOver.Of(state, Setup(r => r with { Seat = 7 }), At).Events)).Number);
    }

    [Fact]
    public void Another_fingerprint_that_was_accepted_is_written_down()
    {
        var other = Begun() with { Fingerprint = new Fingerprint(ImmutableSortedDictionary<string, string>.Empty.Add("torch", "2.9")) };

        Assert.Equal([typeof(Claimed), typeof(FingerprintAccepted)], Types(TakeOver.Of(other, Setup(r => r), At)));
        Assert.Equal([typeof(Claimed)], Types(TakeOver.Of(other, Setup(r => r with { Instead = WishFile.Cancel }), At)));
    }

    private static RunState Begun() => RunState.Empty.Apply(new RunStarted(At, "x", "job", "{}", Here, ImmutableSortedDictionary<string, string>.Empty, "1")).Apply(new Claimed(At, 1, "lab", 1));

    private static RunState Paused() => Begun().Apply(new RunPaused(At, "fault", "the disk is full"));

    private static RunSetup Setup(Func<RunRequest, RunRequest> with) =>
        new(with(new RunRequest(new RunFolder("runs", "x"), new EngineSettings(), new JournalSettings())), Here, "fp32", "1", ActorRefs.Nobody, null!, TimeProvider.System);

    private static IEnumerable<Type> Types(TakeOver first) => first.Events.Select(e => e.GetType());

    private static (RunEnd?, string) End(TakeOver first) => (first.End, first.Sentence);
}
