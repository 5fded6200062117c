using Fer.Actors.Hosting;
using Fer.Actors.Jobs.Refinement;
using Fer.Actors.Runs;
using Fer.Host.Hosting;
using Fer.Host.Live;
using Fer.Host.Tests.Hosting;
using FsCheck.Xunit;

namespace Fer.Host.Tests.Live;

public class LiveTests
{
    [Fact]
    public void A_rate_is_taken_over_the_last_half_minute()
    {
        var meter = new RateMeter();
        for (var second = 0; second <= 100; second++)
        {
            meter.Add(TimeSpan.FromSeconds(second), second < 60 ? second : 60 + (second - 60) * 5);
        }

        Assert.Equal(5, meter.PerSecond!.Value, 6);
    }

    [Fact]
    public void A_step_that_goes_back_starts_its_rate_anew()
    {
        var meter = new RateMeter();
        meter.Add(TimeSpan.FromSeconds(0), 0);
        meter.Add(TimeSpan.FromSeconds(10), 100);
        meter.Add(TimeSpan.FromSeconds(11), 50);

        Assert.Null(meter.PerSecond);
    }

    [Fact]
    public void What_is_to_come_is_estimated_by_what_was_done_of_its_kind()
    {
        var state = RunSummaryTests.Done(RunSummaryTests.Done(RunSummaryTests.Started(), "gan/round-1/all", 0, 100), "classify/round-1", 100, 120);

        var forecast = new Forecast(["gan/round-1/all", "classify/round-1", "gan/round-2/all", "classify/round-2"], slots: 1);

        Assert.Equal("2 min 0 s", forecast.Left(View(state)));
        Assert.Equal("at least 2 min 0 s", new Forecast(["gan/round-2/all", "classify/round-2", "test"], slots: 1).Left(View(state)));
        Assert.Equal("1 min 40 s", new Forecast(["gan/round-2/all", "classify/round-2"], slots: 4).Left(View(state)));
        Assert.Null(new Forecast(["gan/round-1/all"], slots: 1).Left(View(state)));
    }

    [Fact]
    public void A_running_step_counts_by_its_own_rate()
    {
        var row = new StepRow("gan/round-1/all", "cpu:0", 25, 100, "steps", 2.5, new Dictionary<string, double>());

        Assert.Equal("30 s", new Forecast(["gan/round-1/all"], slots: 2).Left(View(RunSummaryTests.Started(), row)));
    }

    [Fact]
    public void After_the_loop_has_stopped_its_later_rounds_are_not_expected()
    {
        var state = RunSummaryTests.Done(RunSummaryTests.Started(), "gan/round-1/all", 0, 100)
            .Apply(new Fer.Actors.Runs.V1.Decided(DateTimeOffset.UnixEpoch, Names.RoundQuestion(1), "stop", "no gain"));

        Assert.Null(new Forecast(["gan/round-1/all", "gan/round-2/all"], slots: 1).Left(View(state)));
    }

    [Fact]
    public void A_progress_line_has_step_device_place_rate_time_left_and_losses()
    {
        var row = new StepRow("gan/round-1/happy", "cpu:1", 250, 1000, "steps", 12.5, new Dictionary<string, double> { ["critic"] = -0.03214, ["generator"] = 1.5 });

        Assert.Equal("gan/round-1/happy on cpu:1: 250 of 1000 steps, 12.5 a second, 1 min 0 s left; critic -0.032, generator 1.5", PlainView.Line(row));
    }

    [Fact]
    public void The_terminal_shows_run_round_and_each_slot()
    {
        using var text = new StringWriter();
        var view = new TerminalView(FerConsole.Plain(text), new RunProgress(TimeProvider.System), new Forecast([], 1), "my-run");
        var state = RunSummaryTests.Begun(RunSummaryTests.Started(), Names.Gan(2, "all"));

        FerConsole.Plain(text).Write(view.Draw(View(state, new StepRow("gan/round-2/all", "cpu:0", 50, 100, "steps", 2, new Dictionary<string, double> { ["critic"] = 0.5 }))));

        var drawn = text.ToString();
        foreach (var part in new[] { "my-run", "round 2", "cpu:0", "gan/round-2/all", "50 %", "2 steps/s", "25 s", "critic 0.5", "Ctrl-C saves and stops" })
        {
            Assert.Contains(part, drawn);
        }
    }

    [Fact]
    public void Events_and_rates_arrive_from_any_thread()
    {
        var progress = new RunProgress(TimeProvider.System);

        Parallel.For(0, 200, i => progress.OnLive(new LiveStep($"s{i % 4}", "cpu:0", i, 200, "steps", new Dictionary<string, double>())));

        Assert.Equal(4, progress.Look().Steps.Count);
    }

    [Property]
    public bool Any_time_is_shown_in_a_few_letters(int seconds) => Words.Time(TimeSpan.FromSeconds(Math.Abs((long)seconds))).Length is > 2 and < 16;

    private static ProgressView View(RunState state, params StepRow[] steps) => new(state, steps, TimeSpan.FromSeconds(5));
}
