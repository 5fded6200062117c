using System.Collections.Immutable;
using Fer.Actors.Runs;
using Fer.Actors.Runs.V1;
using Fer.Host.Hosting;
using Serilog.Events;

namespace Fer.Host.Tests.Hosting;

public class EventWordsTests
{
    private static readonly DateTimeOffset At = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_sentence_and_its_log_template_say_the_same()
    {
        var e = new StepFailed(At, "gan/round-2/happy", "cuda:1", "non-finite", "critic is NaN at step 7", 1);

        var words = EventWords.Of(e, RunSummaryTests.Begun(RunSummaryTests.Started(), e.Step).Apply(e));

        Assert.Equal("gan/round-2/happy failed on cuda:1 (non-finite): critic is NaN at step 7", words.Sentence);
        Assert.Equal("{Step} failed on {Device} ({Fault}): {Message}", words.Template);
        Assert.Equal((LogEventLevel.Warning, "gan/round-2/happy", "cuda:1"), (words.Level, words.Step, words.Device));
    }

    [Fact]
    public void A_completed_step_tells_its_time_and_figures()
    {
        var state = RunSummaryTests.Begun(RunSummaryTests.Started(), "sample/round-1/sad");
        var e = new StepCompleted(At.AddSeconds(90), "sample/round-1/sad", ImmutableSortedDictionary<string, string>.Empty, ImmutableSortedDictionary<string, double>.Empty.Add("drawn", 120).Add("kept", 30));

        Assert.Equal("sample/round-1/sad is done after 90 s: drawn 120, kept 30", EventWords.Of(e, state.Apply(e)).Sentence);
    }

    [Fact]
    public void Every_kind_of_event_has_words_with_as_many_values_as_holes()
    {
        var state = RunSummaryTests.Begun(RunSummaryTests.Started(), "a");
        var none = ImmutableSortedDictionary<string, string>.Empty;
        var fingerprint = new Fingerprint(none);
        IRunEvent[] events =
        [
            new RunStarted(At, "r", "job", "{}", fingerprint, none, "1"), new RunForked(At, "q", 2, []), new Claimed(At, 1, "h", 1), new Claimed(At, 2, "h", 1), new FingerprintAccepted(At, fingerprint),
            new StepStarted(At, new StepSpec("a", "k", 1, none, "{}", 0), "h", "cpu:0", 1, 0), new StepStarted(At, new StepSpec("a", "k", 1, none, "{}", 0), "h", "cpu:0", 2, 50),
            new StepStarted(At, new StepSpec("a", "k", 1, none, "{}", 0), "h", "cpu:0", 2, 0),
            new StepCheckpointed(At, "a", 1, 2, "h"), new CheckpointDamaged(At, "a", "h", "cut"), new StepAdjusted(At, "a", new(1, 0.5, 1), "loss"), new StepFailed(At, "a", "cpu:0", "io", "m", 1),
            new StepCompleted(At, "a", none, ImmutableSortedDictionary<string, double>.Empty), new StepReopened(At, "a", "h", "it is cut"), new StepShared(At, new StepSpec("b", "k", 1, none, "{}", 0), "h", "a"), new WorkerRestarted(At, "cpu:0", "hung"), new StepLeft(At, "a", "lab/cpu:0", "it fell silent"), new ArtifactsRetired(At, ["h"]), new Decided(At, "q", "a", "b"),
            new RunPaused(At, "user", "asked"), new RunResumed(At), new RunCancelled(At), new RunFailed(At, "why"), new RunCompleted(At, ImmutableSortedDictionary<string, double>.Empty),
        ];
        var kinds = typeof(IRunEvent).Assembly.GetTypes().Where(t => typeof(IRunEvent).IsAssignableFrom(t) && t.IsClass).ToHashSet();

        foreach (var e in events)
        {
            kinds.Remove(e.GetType());
            Assert.DoesNotContain("{", EventWords.Of(e, state).Sentence);
        }

        Assert.Empty(kinds);
    }

    [Theory]
    [InlineData("gan/round-2/happy", "gan", 2, "happy")]
    [InlineData("classify/real/seed-1", "classify", 0, "real")]
    [InlineData("classify/round-3", "classify", 3, null)]
    [InlineData("test", "test", 0, null)]
    public void A_step_s_name_says_where_it_stands(string step, string kind, int round, string? @class) =>
        Assert.Equal(new StepPlace(kind, round, @class), StepPlace.Of(step));
}
