using Fer.Actors.Hosting;

namespace Fer.Actors.Tests.Hosting;

public class TrainingPaceTests
{
    private readonly Clock clock = new();

    [Fact]
    public void Images_are_counted_by_the_second_from_one_look_to_the_next()
    {
        var pace = new TrainingPace(clock);

        Assert.Equal([null, 32, 64], new[] { Look(pace, 640, 0), Look(pace, 704, 2), Look(pace, 768, 1) });
    }

    [Fact]
    public void A_step_that_went_back_or_began_anew_has_no_rate_until_it_is_looked_at_again()
    {
        var pace = new TrainingPace(clock);
        Look(pace, 640, 1);

        Assert.Equal([null, 64], new[] { Look(pace, 320, 1), Look(pace, 384, 1) });
        pace.Forget("gan");
        Assert.Null(Look(pace, 640, 60));
    }

    [Fact]
    public void A_step_that_trains_nothing_has_none()
    {
        var pace = new TrainingPace(clock);

        Assert.Null(pace.Look(new LiveStep("filter", "cpu:0", 1, 2, "batches", new Dictionary<string, double> { ["faces"] = 3 })));
    }

    private double? Look(TrainingPace pace, double images, int secondsLater)
    {
        clock.Seconds += secondsLater;
        return pace.Look(new LiveStep("gan", "cpu:0", 1, 2, "steps", new Dictionary<string, double> { ["images"] = images }));
    }

    private sealed class Clock : TimeProvider
    {
        public long Seconds { get; set; } = 100;

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => Seconds;
    }
}
