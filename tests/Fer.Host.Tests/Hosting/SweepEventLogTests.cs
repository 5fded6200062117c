using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Fer.Actors.Hosting;
using Fer.Actors.Runs;
using Fer.Actors.Storage;
using Fer.Actors.Sweeps;
using Fer.Actors.Sweeps.Search;
using Fer.Actors.Sweeps.V1;
using Fer.Host.Hosting;
using Serilog;
using Serilog.Core;
using Serilog.Events;

namespace Fer.Host.Tests.Hosting;

public sealed partial class SweepEventLogTests
{
    private static readonly DateTimeOffset At = DateTimeOffset.UnixEpoch;
    private static readonly ImmutableSortedDictionary<string, string> Values = ImmutableSortedDictionary<string, string>.Empty.Add("gan.psi", "0.8");

    private static readonly ISweepEvent[] All =
    [
        new SweepStarted(At, "s", Json.Write(new SweepSpec { Base = "", Objective = "validation.delta", Space = new SearchSpace([]), Data = ImmutableSortedDictionary<string, TrialData>.Empty }), "1"),
        new SweepClaimed(At, 3, "lab", 1), new SweepPinned(At, new Fingerprint(ImmutableSortedDictionary<string, string>.Empty)), new TrialPlanned(At, 1, Values), new TrialReported(At, 1, 2, 0.25),
        new TrialJudged(At, 1, 2, "wait"), new TrialRetried(At, 1, 2, "policy", "its worker was lost", 1), new TriesCounted(At, 1, ImmutableSortedDictionary<string, double>.Empty.Add("ab/1", 1)), new TrialEnded(At, 1, 2, "completed", 0.5, "", 1), new TrialPlanned(At, 2, Values), new TrialEnded(At, 2, 1, "failed", null, "it {broke}", 1),
        new TrialRetried(At, 2, 2, "user", "asked for", 0), new TrialEnded(At, 2, 2, "completed", 0.5, "", 0) { Steps = 9, Reused = 9 }, new SweepPaused(At, "asked for"), new SweepResumed(At), new TrialLetOn(At, 1), new SweepFilled(At, "trials"), new SweepCompleted(At, 1, 0.5), new SweepStalled(At, At), new WebhookTold(At, "s/1", "told", 1, ""), new WebhookTold(At, "s/2", "given-up", 8, "404"), new SweepCancelled(At),
    ];

    [Fact]
    public void Every_kind_of_event_has_words_its_name_and_as_many_values_as_holes()
    {
        var lines = new Lines();
        using var logger = new LoggerConfiguration().MinimumLevel.Verbose().WriteTo.Sink(lines).CreateLogger();
        var log = new SweepEventLog(logger);
        var state = SweepState.Empty;
        foreach (var e in All)
        {
            state = state.Apply(e);
            log.OnEvent(e, state);
            Assert.DoesNotMatch(@"\{[A-Z]", SweepEventLog.Sentence(e, state));
        }

        var kinds = typeof(ISweepEvent).Assembly.GetTypes().Where(t => typeof(ISweepEvent).IsAssignableFrom(t) && t.IsClass).Select(t => t.Name);
        Assert.Empty(kinds.Except(All.Select(e => e.GetType().Name)));
        Assert.Equal(All.Select(e => e.GetType().Name), lines.All.Select(l => Text(l, LogNames.Event)));
        Assert.All(lines.All, l => Assert.All(Hole().Matches(l.MessageTemplate.Text), h => Assert.Contains(h.Groups[1].Value, l.Properties.Keys)));
        var failed = lines.All.Single(l => l.Level == LogEventLevel.Error);
        Assert.Equal(("s-0002", "2", "Trial 2 has failed: \"it {broke}\""), (Text(failed, LogNames.RunId), Text(failed, LogNames.Trial), failed.RenderMessage()));
        Assert.Equal("Trial 2 is \"completed\": \"0.5\"; 9 of 9 steps were there already", lines.All[12].RenderMessage());
        Assert.Equal("s-0001-2", Text(lines.All[8], LogNames.RunId));
    }

    private static string Text(LogEvent line, string property) => line.Properties[property].ToString().Trim('"');

    [GeneratedRegex(@"\{(\w+)\}")]
    private static partial Regex Hole();

    private sealed class Lines : ILogEventSink
    {
        public List<LogEvent> All { get; } = [];

        public void Emit(LogEvent logEvent) => All.Add(logEvent);
    }
}
