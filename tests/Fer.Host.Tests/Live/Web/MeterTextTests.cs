using System.Diagnostics.Metrics;
using Fer.Host.Live.Web;

namespace Fer.Host.Tests.Live.Web;

public sealed class MeterTextTests : IDisposable
{
    private readonly Meter meter = new($"test-{Guid.NewGuid():N}");
    private readonly MeterText text;

    public MeterTextTests() => text = new MeterText(meter.Name);

    [Fact]
    public void Counters_add_up_by_their_labels()
    {
        var faults = meter.CreateCounter<long>("fer.faults", "{fault}", "Faults of steps,\nby kind.");
        faults.Add(2, new KeyValuePair<string, object?>("fault", "io"));
        faults.Add(3, new KeyValuePair<string, object?>("fault", "io"));
        faults.Add(1, new KeyValuePair<string, object?>("fault", "a \"quoted\"\\\nname"));

        Assert.Equal(
            """
            # HELP fer_faults_total Faults of steps,\nby kind.
            # TYPE fer_faults_total counter
            fer_faults_total{fault="a \"quoted\"\\\nname"} 1
            fer_faults_total{fault="io"} 5

            """, text.Text());
    }

    [Fact]
    public void A_gauge_is_what_it_is_now()
    {
        var busy = 2;
        meter.CreateObservableGauge("fer.slots.busy", () => busy);
        meter.CreateObservableCounter("fer.time", () => 1.5 * busy, "s");

        Assert.Contains("\nfer_slots_busy 2\n", text.Text());
        busy = 1;
        Assert.Contains("\nfer_slots_busy 1\n", text.Text());
        Assert.Contains("\nfer_time_seconds_total 1.5\n", text.Text());
    }

    [Fact]
    public void A_histogram_has_buckets_that_add_up_a_sum_and_a_count()
    {
        var seconds = meter.CreateHistogram<double>("fer.step.duration", "s");
        seconds.Record(0.02);
        seconds.Record(20, new KeyValuePair<string, object?>("kind", "gan"));
        seconds.Record(1e6, new KeyValuePair<string, object?>("kind", "gan"));

        var lines = text.Text().Split('\n');

        Assert.Contains("fer_step_duration_seconds_bucket{le=\"0.01\"} 0", lines);
        Assert.Contains("fer_step_duration_seconds_bucket{le=\"0.025\"} 1", lines);
        Assert.Contains("fer_step_duration_seconds_bucket{kind=\"gan\",le=\"10\"} 0", lines);
        Assert.Contains("fer_step_duration_seconds_bucket{kind=\"gan\",le=\"30\"} 1", lines);
        Assert.Contains("fer_step_duration_seconds_bucket{kind=\"gan\",le=\"7200\"} 1", lines);
        Assert.Contains("fer_step_duration_seconds_bucket{kind=\"gan\",le=\"+Inf\"} 2", lines);
        Assert.Contains("fer_step_duration_seconds_sum{kind=\"gan\"} 1000020", lines);
        Assert.Contains("fer_step_duration_seconds_count{kind=\"gan\"} 2", lines);
        Assert.Single(lines, l => l.StartsWith("# TYPE", StringComparison.Ordinal));
    }

    [Fact]
    public void What_was_never_measured_is_left_out()
    {
        meter.CreateCounter<int>("never");

        Assert.Equal("", text.Text());
    }

    public void Dispose()
    {
        text.Dispose();
        meter.Dispose();
    }
}
