using Fer.Actors.Hosting;
using Fer.Actors.Jobs;
using Fer.Actors.Jobs.Refinement;
using Fer.Actors.Runs;
using Fer.Models.Data;
using Fer.Models.Evaluation;
using Fer.Models.Generators;
using Fer.Models.Training;

namespace Fer.Actors.Tests.Refinement;

public sealed class RefinementRunTests
{
    [Fact]
    public async Task The_whole_loop_runs_and_tests_every_arm_once()
    {
        using var run = new TinyRefinement();

        var outcome = await run.GoOn();

        Assert.True(outcome.Sentence == "completed", outcome.Sentence);
        Assert.Equal(RunEnd.Completed, outcome.End);
        foreach (var arm in new[] { Names.Real, Names.Control, Names.Refined })
        {
            Assert.InRange(outcome.State.Figures[$"{arm}.accuracy"], 0, 1);
            Assert.InRange(outcome.State.Figures[$"{arm}.macroF1"], 0, 1);
        }

        Assert.True(outcome.State.Decisions.ContainsKey(Names.VerdictQuestion));
        Assert.Single(outcome.State.Steps.Keys, s => s == Names.TestStep);
        var kept = ImageSet.Read(run.Store.Get(outcome.State.Steps[Names.Sample(1, "happy")].Files["kept"]), "kept");
        Assert.All(kept.Rows, r => Assert.NotNull(r.Recipe));

        // What the plan is tried on elsewhere is what real steps make.
        Assert.All(outcome.State.Steps.Values, step =>
        {
            var (files, figures) = PlanDriver.Made(step.Spec);
            Assert.Empty(files.Except(step.Files.Keys));
            Assert.Empty(figures.Where(f => !f.StartsWith("rejected.", StringComparison.Ordinal)).Except(step.Figures.Keys));
        });
    }

    [Fact]
    public async Task Stopping_again_and_again_changes_no_byte_of_the_result()
    {
        using var undisturbed = new TinyRefinement();
        using var disturbed = new TinyRefinement { Engine = new EngineSettings { CheckpointSteps = 2, Devices = ["cpu:0"] } };

        var whole = await undisturbed.GoOn();
        var (outcome, stops) = await Stopped(disturbed, afterEvents: 12);

        Assert.True(stops > 2);
        Same(whole, outcome);
    }

    [Fact]
    public async Task Every_arm_of_two_loops_is_trained_and_tested_and_stopping_changes_no_byte()
    {
        var settings = TinyRefinement.Tiny with
        {
            Data = TinyRefinement.Tiny.Data with { Fraction = 0.7, JudgeFraction = 0.1, SketchCount = 240 },
            Classifier = TinyRefinement.Tiny.Classifier with { Steps = 8, Mixup = 0.2 },
            Filter = TinyRefinement.Tiny.Filter with { CrossFit = 2 },
            Loop = TinyRefinement.Tiny.Loop with { Loops = 2, Rounds = 1, Arms = "all", Control = "best", RealTail = 0.25 },
        };
        using var undisturbed = new TinyRefinement(settings);
        using var disturbed = new TinyRefinement(settings) { Engine = new EngineSettings { CheckpointSteps = 2, Devices = ["cpu:0"] } };

        var whole = await undisturbed.GoOn();
        var (outcome, stops) = await Stopped(disturbed, afterEvents: 60);

        Assert.True(whole.Sentence == "completed", whole.Sentence);
        var figures = whole.State.Figures;
        Assert.Equal(2, figures["loops"]);
        Assert.All([Names.Real, Names.Control, Names.Unfiltered, Names.Refined, Names.RefinedSoft, Names.Oracle], arm => Assert.InRange(figures[$"{arm}.macroF1"], 0, 1));
        Assert.All(["vsControl", "vsReal", "vsUnfiltered", "softVsHard", "room"], c => Assert.Equal((figures[$"{c}.loop-1"] + figures[$"{c}.loop-2"]) / 2, figures[$"{c}.delta"], 12));
        Assert.True(stops > 1);
        Same(whole, outcome);

        // What the plan is tried on elsewhere is what real steps make.
        Assert.All(whole.State.Steps.Values, step => Assert.Empty(PlanDriver.Made(step.Spec).Files.Except(step.Files.Keys)));
        // As many unfiltered images of each class as kept ones, which have the teachers' probabilities.
        var sampled = whole.State.Steps.Values.Where(s => s.Spec.Name.Contains("sample/", StringComparison.Ordinal)).ToList();
        Assert.Equal(6, sampled.Count);
        Assert.Contains(sampled, s => s.Figures["kept"] > 0);
        foreach (var sample in sampled)
        {
            var rows = ImageSet.Read(undisturbed.Store.Get(sample.Files["kept"]), "kept").Rows;
            Assert.All(rows, r => Assert.Equal(3, r.Facts!.Posterior!.Length));
            var beside = whole.State.Steps.GetValueOrDefault(sample.Spec.Name.Replace("sample/", "unfiltered/", StringComparison.Ordinal));
            Assert.Equal((rows.Length, rows.Length), ((int)sample.Figures["kept"], (int)(beside?.Figures["kept"] ?? 0)));
        }
    }

    [Fact]
    public async Task A_placebo_runs_through_without_a_generator()
    {
        using var run = new TinyRefinement(TinyRefinement.Tiny with { Loop = TinyRefinement.Tiny.Loop with { Placebo = "copies" } });

        var outcome = await run.GoOn();

        Assert.True(outcome.Sentence == "completed", outcome.Sentence);
        Assert.DoesNotContain(outcome.State.Steps.Values, s => s.Spec.Kind == StepKinds.Gan);
        var kept = new[] { 1, 2 }.SelectMany(round => ImageSet.Read(run.Store.Get(outcome.State.Steps[Names.Sample(round, "sad")].Files["kept"]), "kept").Rows).ToList();
        Assert.Equal((6, 6), (kept.Count, kept.Select(r => r.Id).Distinct().Count()));
    }

    [Theory]
    [InlineData("off", new[] { StepKinds.Recalls, StepKinds.Validate, StepKinds.Verdict })]
    [InlineData("noise", new[] { StepKinds.Placebo, StepKinds.Validate, StepKinds.Verdict })]
    public async Task Plain_steps_made_again_without_a_device_have_the_same_bytes(string placebo, string[] kinds)
    {
        var tiny = TinyRefinement.Tiny;
        var filter = placebo == "off" ? tiny.Filter with { Allocate = FilterSettings.ByNeed } : tiny.Filter;
        using var run = new TinyRefinement(tiny with { Loop = tiny.Loop with { Placebo = placebo }, Filter = filter });
        var outcome = await run.GoOn();
        Assert.True(outcome.Sentence == "completed", outcome.Sentence);

        var plain = outcome.State.Steps.Values.Where(s => JobRegistry.IsPlain(s.Spec)).ToList();
        Assert.Equal(kinds, plain.Select(s => s.Spec.Kind).Distinct().Order());
        Assert.All(plain, step => MadeAgain.WithoutDevice(step, run.Store));
    }

    [Fact]
    public async Task With_every_later_lever_moved_stopping_changes_no_byte_and_images_are_drawn_again()
    {
        var tiny = TinyRefinement.Tiny;
        var settings = tiny with
        {
            Data = tiny.Data with { Classes = ["happy", "sad"], SketchCount = 240 },
            Gan = tiny.Gan with { Instances = 0.75, Psi = 0.7, Feedback = "all", FeedbackStop = 0.1 },
            Filter = tiny.Filter with { Pool = 2, Fresh = "on", Diversity = FilterSettings.AllRounds, Allocate = FilterSettings.ByNeed, NearCopy = FilterSettings.AndFeatures, Rule = FilterSettings.RightClass },
            Loop = tiny.Loop with { Rounds = 3, Patience = 3, SyntheticShare = 0.5 },
        };
        using var undisturbed = new TinyRefinement(settings);
        using var disturbed = new TinyRefinement(settings) { Engine = new EngineSettings { CheckpointSteps = 2, Devices = ["cpu:0"] } };

        var whole = await undisturbed.GoOn();
        var (outcome, stops) = await Stopped(disturbed, afterEvents: 20);

        Assert.True(whole.Sentence == "completed", whole.Sentence);
        Assert.True(stops > 2);
        Same(whole, outcome);
        Assert.True(whole.State.Decisions[Names.FeedbackQuestion(2)].Answer is "end" or "go-on");
        Assert.All(whole.State.Steps.Values, step => Assert.Empty(PlanDriver.Made(step.Spec).Files.Except(step.Files.Keys)));
        var samples = whole.State.Steps.Values.Where(s => s.Spec.Kind == StepKinds.Sample).ToList();
        Assert.All(Enumerable.Range(1, 3), r => Assert.Equal(4 * r, samples.Where(s => PlanDriver.RoundOf(s.Spec) <= r).Sum(s => PlanDriver.Request(s.Spec).Target) - Lacking(samples, r - 1)));
        var drawn = samples.SelectMany(s => new[] { "kept", "spare" }.SelectMany(f => ImageSet.Read(undisturbed.Store.Get(s.Files[f]), f) is var set ? Enumerable.Range(0, set.Count).Select(i => (Row: set.Rows[i], Pixels: set.Image(i).ToArray())) : [])).ToList();
        Assert.NotEmpty(drawn);
        Assert.All(drawn.Take(3), d => Assert.Equal(d.Pixels, Sampler.Redraw(undisturbed.Store.Get(d.Row.Recipe!.Generator), d.Row.Recipe, Compute.Cpu)));
        Assert.All(drawn, d => Assert.NotNull(d.Row.Facts!.FeatureDistance));

        // What a round did not get is due in the next.
        static int Lacking(IEnumerable<StepState> samples, int rounds) => samples.Where(s => PlanDriver.RoundOf(s.Spec) <= rounds).Sum(s => PlanDriver.Request(s.Spec).Target - (int)s.Figures["kept"]);
    }

    [Fact]
    public async Task Noise_in_the_place_of_kept_faces_is_not_called_better_and_many_more_real_faces_are()
    {
        var tiny = TinyRefinement.Tiny;
        using var run = new TinyRefinement(tiny with
        {
            // Some dozen faces of each class to train on, and 180 more for the oracle; in fewer steps it has not yet learned from so many.
            Data = tiny.Data with { SketchCount = 1000, SketchTestCount = 450, Fraction = 0.05 },
            Classifier = tiny.Classifier with { Steps = 400, BatchSize = 32, LearningRate = 0.002 },
            Filter = tiny.Filter with { Target = "180" },
            Loop = tiny.Loop with { Rounds = 1, Arms = "all", Placebo = "noise", Robustness = false },
        });

        var outcome = await run.GoOn();

        Assert.True(outcome.Sentence == "completed", outcome.Sentence);
        var figures = outcome.State.Figures;
        string Said(string of) => $"{of}: {Comparisons.WordOf(figures[$"{of}.verdict"])}, {figures[$"{of}.delta"]} ({figures[$"{of}.low"]} to {figures[$"{of}.high"]})";
        Assert.True(Comparisons.WordOf(figures["vsControl.verdict"]) != TwoArms.Better, Said("vsControl"));
        Assert.True(Comparisons.WordOf(figures["room.verdict"]) == TwoArms.Better, Said("room") + "; " + Said("vsControl"));
    }

    /// <summary>Runs to the end, stopped each time so many events have been seen since the last stop.</summary>
    private static async Task<(RunOutcome Outcome, int Stops)> Stopped(TinyRefinement run, int afterEvents)
    {
        RunOutcome outcome;
        var stops = 0;
        do
        {
            using var stop = new CancellationTokenSource();
            var before = run.Seen.Count;
            var running = run.GoOn(stop.Token);
            while (!running.IsCompleted && run.Seen.Count < before + afterEvents)
            {
                await Task.WhenAny(running, Task.Delay(5));
            }

            stop.Cancel();
            outcome = await running;
            stops++;
        }
        while (outcome.End == RunEnd.Interrupted);

        return (outcome, stops);
    }

    private static void Same(RunOutcome whole, RunOutcome outcome)
    {
        Assert.Equal(whole.State.Figures, outcome.State.Figures);
        Assert.Equal(whole.State.Steps.Keys, outcome.State.Steps.Keys);
        foreach (var (name, step) in whole.State.Steps)
        {
            Assert.Equal((name, step.Hash, string.Join(',', step.Files)), (name, outcome.State.Steps[name].Hash, string.Join(',', outcome.State.Steps[name].Files)));
        }
    }
}
