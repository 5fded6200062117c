using System.Collections.Concurrent;
using Fer.Actors.Hosting;
using Fer.Actors.Runs.V1;
using Fer.Actors.Storage;
using Fer.Host.Hosting;
using Fer.Host.Settings;
using Microsoft.Extensions.Logging;

namespace Fer.Host.Tests.Hosting;

public sealed class RunLogsTests : IDisposable
{
    private static readonly DateTimeOffset At = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);
    private readonly RunFolder folder = new(Directory.CreateTempSubdirectory("fer-logs-").FullName, "logged");

    public void Dispose() => Directory.Delete(folder.Runs, recursive: true);

    [Fact]
    public void Each_entry_about_a_step_says_run_host_round_class_and_device()
    {
        Log(new FerSettings(), null);

        var text = File.ReadAllText(Directory.EnumerateFiles(folder.Logs).Single());

        Assert.Contains("gan/round-2/happy failed on cpu:1 (io): no room", text);
        foreach (var property in new[] { "\"RunId\": \"logged\"", $"\"Host\": \"{Environment.MachineName}\"", "\"Round\": 2", "\"Class\": \"happy\"" })
        {
            Assert.Contains(property, text.Replace("\":\"", "\": \"").Replace("\":2", "\": 2"));
        }
    }

    [Fact]
    public void A_step_is_said_to_move_once_for_each_start()
    {
        var state = RunSummaryTests.Begun(RunSummaryTests.Started(), "gan/round-2/happy");
        var spec = state.Steps["gan/round-2/happy"].Spec;
        using (var logs = RunLogs.Start(folder, new FerSettings(), null))
        {
            logs.OnEvent(new StepStarted(At, spec, "", "cpu:1", 1, 0), state);
            logs.OnLive(new LiveStep(spec.Name, "cpu:1", 1, 90, "steps", new Dictionary<string, double>()));
            logs.OnLive(new LiveStep(spec.Name, "cpu:1", 7, 90, "steps", new Dictionary<string, double>()));
            logs.OnEvent(new StepStarted(At, spec, "", "cpu:0", 2, 40), state);
            logs.OnLive(new LiveStep(spec.Name, "cpu:0", 41, 90, "steps", new Dictionary<string, double>()));
        }

        var moves = File.ReadAllLines(Directory.EnumerateFiles(folder.Logs).Single()).Where(l => l.Contains(" moves: ", StringComparison.Ordinal)).ToList();
        Assert.Collection(moves, l => Assert.Contains("gan/round-2/happy moves: 1 of 90 steps", l), l => Assert.Contains("gan/round-2/happy moves: 41 of 90 steps", l));
        Assert.Contains("cpu:0", moves[1]);
    }

    [Fact]
    public void Each_entry_says_by_name_what_happened_and_a_step_that_moves_says_so_again()
    {
        var state = RunSummaryTests.Begun(RunSummaryTests.Started(), "gan/round-2/happy");
        var step = state.Steps["gan/round-2/happy"].Spec;
        var clock = new StoodClock();
        var lines = new List<(string, DateTimeOffset)>();
        using (var logger = new Serilog.LoggerConfiguration().WriteTo.Sink(new Names(n => lines.Add((n, clock.Now)))).CreateLogger())
        {
            var log = new RunEventLog(logger, clock);
            log.OnEvent(new StepStarted(At, step, "", "cpu:1", 1, 0), state);
            for (var position = 1; position <= 12; position++, clock.Now += TimeSpan.FromMinutes(1))
            {
                log.OnLive(new LiveStep(step.Name, "cpu:1", position, 90, "steps", new Dictionary<string, double>()));
            }

            log.OnEvent(new RunCompleted(At, System.Collections.Immutable.ImmutableSortedDictionary<string, double>.Empty), state);
        }

        Assert.Equal(["StepStarted", "StepMoved", "StepMoved", "StepMoved", "RunCompleted"], lines.Select(l => l.Item1));
        Assert.Equal([0, 5, 10], lines.Where(l => l.Item1 == "StepMoved").Select(l => (l.Item2 - At).TotalMinutes));
    }

    [Fact]
    public void Who_watches_gets_warnings_of_the_engine_but_not_the_events_that_the_view_shows_itself()
    {
        var said = new ConcurrentQueue<string>();

        Log(new FerSettings(), said.Enqueue);

        Assert.Equal(["Warning: slot cpu:1 hangs"], said);
    }

    [Fact]
    public async Task While_Seq_is_away_it_is_said_once_and_nothing_is_lost()
    {
        var said = new ConcurrentQueue<string>();
        var port = FakeSeq.FreePort();
        var settings = new FerSettings { Seq = new SeqSettings { Url = $"http://127.0.0.1:{port}", ApiKey = "key" } };

        Log(settings, said.Enqueue);
        Log(settings, said.Enqueue);

        Assert.All(said.Where(s => s.StartsWith("Seq", StringComparison.Ordinal)), s => Assert.Contains("does not take the log", s));
        Assert.InRange(said.Count(s => s.StartsWith("Seq", StringComparison.Ordinal)), 1, 2);

        using var seq = new FakeSeq(port);
        using (RunLogs.Start(folder, settings, null))
        {
            await seq.Got(entries: 6).WaitAsync(TimeSpan.FromSeconds(30));
        }

        var failed = seq.Entries.First(e => ((string?)e["@mt"])!.StartsWith("{Step} failed", StringComparison.Ordinal));
        Assert.Equal(("logged", "happy", "cpu:1", 2, Environment.MachineName), ((string?)failed["RunId"], (string?)failed["Class"], (string?)failed["Device"], (int?)failed["Round"], (string?)failed["Host"]));
        Assert.Equal("key", seq.ApiKey);
    }

    private void Log(FerSettings settings, Action<string>? say)
    {
        using var logs = RunLogs.Start(folder, settings, say);
        var failed = new StepFailed(At, "gan/round-2/happy", "cpu:1", "io", "no room", 1);
        logs.OnEvent(failed, RunSummaryTests.Begun(RunSummaryTests.Started(), failed.Step).Apply(failed));
        var engine = logs.Factory.CreateLogger("Fer.Actors");
        engine.LogInformation("{Count} files are removed", 3);
        engine.LogWarning("slot {Device} hangs", "cpu:1");
    }

    private sealed class StoodClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = At;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }

    private sealed class Names(Action<string> said) : Serilog.Core.ILogEventSink
    {
        public void Emit(Serilog.Events.LogEvent logEvent) => said((string)((Serilog.Events.ScalarValue)logEvent.Properties["Event"]).Value!);
    }
}
