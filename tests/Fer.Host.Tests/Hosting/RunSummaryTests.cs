using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Fer.Actors.Jobs.Refinement;
using Fer.Actors.Runs;
using Fer.Actors.Runs.V1;
using Fer.Host.Hosting;

namespace Fer.Host.Tests.Hosting;

public class RunSummaryTests
{
    private static readonly DateTimeOffset At = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Every_key_is_there_before_anything_is_known()
    {
        var json = JsonNode.Parse(RunSummary.ToJson(RunSummary.Of("r", null, held: true)))!.AsObject();

        Assert.Equal(["arms", "final", "kept", "lastEventAt", "reason", "restarts", "round", "runId", "startedAt", "state", "stepsPassedOn"], json.Select(k => k.Key).Order(StringComparer.Ordinal));
        Assert.Equal(["real", "control", "refined", "unfiltered", "refinedHard", "refinedSoft", "oracle"], json["arms"]!.AsObject().Select(k => k.Key));
        Assert.Equal(["accuracy", "macroF1", "auroc"], json["arms"]!["refined"]!.AsObject().Select(k => k.Key));
        Assert.Equal(["vsControl", "classifierSha256", "generatorSha256"], json["final"]!.AsObject().Select(k => k.Key));
        Assert.Equal(["delta", "low", "high", "verdict"], json["final"]!["vsControl"]!.AsObject().Select(k => k.Key));
        Assert.Equal(["total", "byClass"], json["kept"]!.AsObject().Select(k => k.Key));
        Assert.Null(json["arms"]!["real"]!["accuracy"]);
        Assert.Equal("queued", (string?)json["state"]);
    }

    [Theory]
    [InlineData(true, "running")]
    [InlineData(false, "interrupted")]
    public void A_run_that_no_process_holds_is_interrupted(bool held, string state) =>
        Assert.Equal(state, RunSummary.Of("r", Started(), held).State);

    [Fact]
    public void A_paused_run_says_why()
    {
        var summary = RunSummary.Of("r", Started().Apply(new RunPaused(At, "fault", "the disk is full")), held: false);

        Assert.Equal(("paused", "the disk is full"), (summary.State, summary.Reason));
    }

    [Fact]
    public void Kept_images_add_up_over_rounds()
    {
        var state = Done(Done(Done(Started(), Names.Sample(1, "happy"), ("kept", 3)), Names.Sample(2, "happy"), ("kept", 4)), Names.Sample(2, "sad"), ("kept", 5));

        var summary = RunSummary.Of("r", state, held: true);

        Assert.Equal((12, 7, 5, 2), (summary.Kept.Total, summary.Kept.ByClass["happy"], summary.Kept.ByClass["sad"], summary.Round));
    }

    [Fact]
    public void A_figure_that_is_no_number_is_null_in_JSON()
    {
        var state = Done(Started(), Names.Verdict, ("real.accuracy", 0.5), ("real.auroc", double.NaN));

        var arms = JsonNode.Parse(RunSummary.ToJson(RunSummary.Of("r", state, held: true)))!["arms"]!;

        Assert.Equal(0.5, (double?)arms["real"]!["accuracy"]);
        Assert.Null(arms["real"]!["auroc"]);
    }

    [Fact]
    public void The_generators_hash_waits_until_all_of_a_round_are_trained()
    {
        var first = DoneWith(DoneWith(Started(), Names.Gan(1, "happy"), "generator", "aa"), Names.Gan(1, "sad"), "generator", "bb");
        var second = DoneWith(first, Names.Gan(2, "happy"), "generator", "cc");
        var half = Begun(second, Names.Gan(2, "sad"));

        var hash = RunSummary.Of("r", first, held: true).Final.GeneratorSha256;

        Assert.Equal(64, hash!.Length);
        Assert.Equal(hash, RunSummary.Of("r", half, held: true).Final.GeneratorSha256);
        Assert.NotEqual(hash, RunSummary.Of("r", DoneWith(half, Names.Gan(2, "sad"), "generator", "dd"), held: true).Final.GeneratorSha256);
    }

    [Fact]
    public void The_classifier_s_hash_is_that_of_the_refined_arm_s_first_seed() =>
        Assert.Equal("ee", RunSummary.Of("r", DoneWith(Started(), Names.Classify(Names.Refined, 0), "weights", "ee"), held: false).Final.ClassifierSha256);

    [Fact]
    public void Restarts_count_the_processes_after_the_first()
    {
        var state = Started().Apply(new Claimed(At, 2, "host", 2)).Apply(new Claimed(At, 3, "host", 3));

        Assert.Equal(2, RunSummary.Of("r", state, held: true).Restarts);
    }

    internal static RunState Started() => RunState.Empty
        .Apply(new RunStarted(At, "r", Names.Job, "{}", new Fingerprint(ImmutableSortedDictionary<string, string>.Empty), ImmutableSortedDictionary<string, string>.Empty, "1"))
        .Apply(new Claimed(At, 1, "host", 1));

    internal static RunState Begun(RunState state, string step, int second = 0) =>
        state.Apply(new StepStarted(At.AddSeconds(second), new StepSpec(step, "kind", 1, ImmutableSortedDictionary<string, string>.Empty, "{}", 0), "hash", "cpu:0", 1, 0));

    internal static RunState Done(RunState state, string step, params (string Name, double Value)[] figures) => Begun(state, step)
        .Apply(new StepCompleted(At, step, ImmutableSortedDictionary<string, string>.Empty, figures.ToImmutableSortedDictionary(f => f.Name, f => f.Value)));

    internal static RunState Done(RunState state, string step, TimeSpan from, TimeSpan to) => state
        .Apply(new StepStarted(At + from, new StepSpec(step, "kind", 1, ImmutableSortedDictionary<string, string>.Empty, "{}", 0), "hash", "cpu:0", 1, 0))
        .Apply(new StepCompleted(At + to, step, ImmutableSortedDictionary<string, string>.Empty, ImmutableSortedDictionary<string, double>.Empty));

    internal static RunState Done(RunState state, string step, int from, int to) => Begun(state, step, from)
        .Apply(new StepCompleted(At.AddSeconds(to), step, ImmutableSortedDictionary<string, string>.Empty, ImmutableSortedDictionary<string, double>.Empty));

    private static RunState DoneWith(RunState state, string step, string file, string hash) => Begun(state, step)
        .Apply(new StepCompleted(At, step, ImmutableSortedDictionary<string, string>.Empty.Add(file, hash), ImmutableSortedDictionary<string, double>.Empty));
}
