using Fer.Actors.Hosting;
using Fer.Actors.Runs;
using Fer.Actors.Runs.V1;

namespace Fer.Actors.Tests.Runs;

/// <summary>A run that is asked to stop, perhaps more than once.</summary>
public sealed class StoppingTests
{
    private static readonly DateTimeOffset At = DateTimeOffset.UnixEpoch;

    [Theory]
    [InlineData(RunEnd.Paused, RunEnd.Cancelled, true)]
    [InlineData(RunEnd.Restart, RunEnd.Cancelled, true)]
    [InlineData(RunEnd.Restart, RunEnd.Paused, true)]
    [InlineData(RunEnd.Restart, RunEnd.Interrupted, true)]
    [InlineData(RunEnd.Restart, RunEnd.Restart, false)]
    [InlineData(RunEnd.Paused, RunEnd.Restart, false)]
    [InlineData(RunEnd.Interrupted, RunEnd.Paused, false)]
    [InlineData(RunEnd.Cancelled, RunEnd.Paused, false)]
    public void A_cancellation_goes_before_all_and_a_person_before_a_process_that_wants_to_be_replaced(RunEnd first, RunEnd later, bool gives) =>
        Assert.Equal(gives, Stops(first).GivesWayTo(new StopRun(later, "later")));

    [Fact]
    public void What_stops_for_a_person_or_a_fault_is_written_down_and_what_goes_on_elsewhere_is_not()
    {
        Assert.Equal(new RunPaused(At, "fault", "why"), Stops(RunEnd.Paused).LastWord(At));
        Assert.Equal(new RunCancelled(At), Stops(RunEnd.Cancelled).LastWord(At));
        Assert.All([RunEnd.Interrupted, RunEnd.Restart], end => Assert.Null(Stops(end).LastWord(At)));
    }

    private static Stopping Stops(RunEnd end) => new(new StopRun(end, "why"), "fault");
}
