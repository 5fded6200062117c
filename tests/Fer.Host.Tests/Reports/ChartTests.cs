using System.Globalization;
using Fer.Host.Reports;
using Fer.Host.Reports.Charts;
using Fer.Host.Tests.Hosting;
using FsCheck;
using FsCheck.Xunit;

namespace Fer.Host.Tests.Reports;

public class ChartTests
{
    [Property(MaxTest = 50)]
    public bool Thinning_keeps_every_spike_and_the_order(NormalFloat[] values)
    {
        var points = values.Select((v, i) => ((double)i, v.Get)).ToArray();
        var scale = new Scale(0, Math.Max(1, points.Length - 1), 0, 10);
        var kept = Thinning.ByColumn(points, scale);
        return points.Length == 0
            ? kept.Count == 0
            : kept.Count <= 11 * 4
                && kept.Min(p => p.Y).Equals(points.Min(p => p.Get)) && kept.Max(p => p.Y).Equals(points.Max(p => p.Get))
                && kept.Zip(kept.Skip(1)).All(p => p.Item1.X < p.Item2.X);
    }

    [Fact]
    public void What_is_not_finite_is_left_out_of_a_line()
    {
        var chart = new LineChart("loss", "steps", [new LineSeries("critic", 1, [(1, 1), (2, double.NaN), (3, double.PositiveInfinity), (4, 2)])]).Draw();
        Assert.DoesNotContain("NaN", chart.ToString());
        Assert.Equal(2, chart.Descendants("circle").Count());
    }

    [Fact]
    public void Ticks_of_a_wide_interval_do_not_run_into_each_other()
    {
        var chart = new DotChart("differences", "points", [new DotRow("refined − control", 1) { Mean = 0.004, Interval = (-1.022, 1.031), Label = "+0.4" }]) { Differences = true }.Draw();
        var ticks = chart.Descendants("text").Where(t => t.Attribute("class")?.Value == "tick").SkipLast(1).Select(t => (At: double.Parse(t.Attribute("x")!.Value, CultureInfo.InvariantCulture), Half: Svg.TextWidth(t.Value) / 2)).ToArray();
        Assert.True(ticks.Length > 2);
        Assert.All(ticks.Zip(ticks.Skip(1)), p => Assert.True(p.Item1.At + p.Item1.Half < p.Item2.At - p.Item2.Half));
    }

    [Property(MaxTest = 100)]
    public bool Ticks_are_few_and_within_the_scale(NormalFloat low, PositiveInt width)
    {
        var start = Math.Clamp(low.Get, -1e6, 1e6);
        var scale = new Scale(start, start + width.Get / 7.0, 0, 100);
        var ticks = scale.Ticks(5);
        return ticks.Count is >= 1 and <= 12 && ticks.All(t => t >= scale.Low - 1e-6 && t <= scale.High + 1e-6);
    }

    [Fact]
    public void Labels_have_the_decimals_that_their_steps_need()
    {
        var scale = new Scale(-0.04, 0.12, 0, 100);
        Assert.Equal(["−0.04", "−0.02", "0.00", "0.02", "0.04", "0.06", "0.08", "0.10", "0.12"], scale.Ticks(8).Select(t => scale.Label(t, 8)));
        Assert.Equal(["0", "1,000", "2,000"], new Scale(0, 2400, 0, 1).Ticks(2).Select(t => new Scale(0, 2400, 0, 1).Label(t, 2)));
    }

    [Theory]
    [InlineData(0.4)]
    [InlineData(3)]
    [InlineData(47)]
    [InlineData(541)]
    [InlineData(5 * 3600)]
    [InlineData(3 * 86400 + 7)]
    [InlineData(200 * 86400)]
    public void A_runs_timeline_tells_its_time_whether_it_took_seconds_or_days(double seconds)
    {
        var chart = Timeline.Of(RunSummaryTests.Done(RunSummaryTests.Started(), "baseline", TimeSpan.Zero, TimeSpan.FromSeconds(seconds)))!.Chart;

        var labels = Labels(chart);
        Assert.InRange(labels.Length, seconds < 1 ? 3 : 4, 10);
        Assert.Equal("0", labels[0].Text);
        Assert.Equal(labels.Select(l => l.Text).Distinct(), labels.Select(l => l.Text));
        Assert.All(labels.Zip(labels.Skip(1)), p => Assert.True(p.Item1.To < p.Item2.From, $"{p.Item1} and {p.Item2} run into each other"));
        Assert.Equal(chart.Ticks.Count + 1, chart.Draw().Descendants("line").Count());
        Assert.Contains("time since 2026-01-31 12:00:00 UTC", chart.Draw().Value);
    }

    [Fact]
    public void After_a_pause_over_night_the_timeline_goes_on_in_the_days_time_and_no_label_runs_into_another()
    {
        var hour = TimeSpan.FromHours(1);
        var state = RunSummaryTests.Started();
        foreach (var night in Enumerable.Range(0, 4))
        {
            state = RunSummaryTests.Done(state, $"gan/round-{night + 1}/all", night * 24 * hour, (night * 24 + 3) * hour);
        }

        var chart = Timeline.Of(state)!.Chart;

        var labels = Labels(chart);
        Assert.Equal(3, labels.Count(l => l.Text == "21 h idle"));
        Assert.Contains(labels, l => l.Text.StartsWith("3 d", StringComparison.Ordinal));
        Assert.All(labels.Zip(labels.Skip(1)), p => Assert.True(p.Item1.To < p.Item2.From, $"{p.Item1} and {p.Item2} run into each other"));
        Assert.True(chart.Ticks.Zip(chart.Ticks.Skip(1)).All(p => p.Item1.At < p.Item2.At));
    }

    [Fact]
    public void A_moment_between_two_steps_is_no_idle_time()
    {
        var state = RunSummaryTests.Done(RunSummaryTests.Started(), "a", TimeSpan.Zero, TimeSpan.FromSeconds(1));

        Assert.Empty(Timeline.Of(RunSummaryTests.Done(state, "b", TimeSpan.FromSeconds(2.5), TimeSpan.FromSeconds(4)))!.Chart.Breaks);
        Assert.Equal("50 s idle", Assert.Single(Timeline.Of(RunSummaryTests.Done(state, "b", TimeSpan.FromSeconds(51), TimeSpan.FromSeconds(54)))!.Chart.Breaks).Label);
    }

    /// <summary>What stands below the axis, from left to right, with its ends.</summary>
    private static (string Text, double From, double To)[] Labels(GanttChart chart)
    {
        var texts = chart.Draw().Descendants("text").Where(t => t.Attribute("text-anchor")?.Value == "middle").ToList();
        return [.. texts.Select(t => (t.Value, At: double.Parse(t.Attribute("x")!.Value, CultureInfo.InvariantCulture), Half: Svg.TextWidth(t.Value) / 2)).Select(t => (t.Value, t.At - t.Half, t.At + t.Half)).OrderBy(t => t.Item2)];
    }
}
