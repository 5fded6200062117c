using Fer.Actors.Hosting;
using Fer.Actors.Jobs.Refinement;
using Fer.Models.Data;

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

        RunOutcome outcome;
        var stops = 0;
        do
        {
            using var stop = new CancellationTokenSource();
            var running = disturbed.GoOn(stop.Token);
            var before = disturbed.Seen.Count;
            while (!running.IsCompleted && disturbed.Seen.Count < before + 12)
            {
                await Task.WhenAny(running, Task.Delay(5));
            }

            stop.Cancel();
            outcome = await running;
            stops++;
        }
        while (outcome.End == RunEnd.Interrupted);

        Assert.True(stops > 2);
        Assert.Equal(whole.State.Figures, outcome.State.Figures);
        foreach (var (name, step) in whole.State.Steps)
        {
            Assert.Equal((name, step.Hash, string.Join(',', step.Files)), (name, outcome.State.Steps[name].Hash, string.Join(',', outcome.State.Steps[name].Files)));
        }
    }
}
