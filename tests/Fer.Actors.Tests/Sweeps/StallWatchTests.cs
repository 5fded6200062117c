using System.Collections.Immutable;
using Fer.Actors.Storage;
using Fer.Actors.Sweeps;
using Fer.Actors.Sweeps.V1;

namespace Fer.Actors.Tests.Sweeps;

public sealed class StallWatchTests
{
    private static readonly DateTimeOffset At = DateTimeOffset.UnixEpoch;
    private static readonly TimeSpan After = TimeSpan.FromMinutes(30);

    private readonly StallWatch watch = new(After);

    public StallWatchTests() => watch.Moved(At);

    [Fact]
    public void A_sweep_that_stands_still_too_long_is_said_to_once_and_again_after_it_has_moved()
    {
        Assert.Null(watch.Look(Running(), At + After));

        var late = At + After + TimeSpan.FromSeconds(1);
        Assert.Equal(new SweepStalled(late, At), watch.Look(Running(), late));
        Assert.Null(watch.Look(Running(), late + After));

        watch.Moved(late);
        Assert.Null(watch.Look(Running(), late + After));
        Assert.Equal(late, watch.Look(Running(), late + (2 * After))!.Since);
    }

    [Fact]
    public void One_that_is_paused_or_has_nothing_to_run_may_stand() =>
        Assert.All([Running().Apply(new SweepPaused(At, "")), Started(), Running().Apply(new SweepCancelled(At))], state => Assert.Null(watch.Look(state, At + (2 * After))));

    private static SweepState Started() => SweepState.Empty.Apply(new SweepStarted(At, "s", Json.Write(SweepPlay.Spec), "1"));

    private static SweepState Running() => Started().Apply(new TrialPlanned(At, 1, ImmutableSortedDictionary<string, string>.Empty));
}
