using System.Collections.Concurrent;
using System.Text;
using Fer.Actors.Hosting;
using Fer.Actors.Jobs;
using Fer.Actors.Jobs.Levers;
using Fer.Actors.Jobs.Refinement;
using Fer.Actors.Runs;
using Fer.Actors.Runs.V1;
using Fer.Actors.Storage;
using Fer.Actors.Tests.Refinement;
using Fer.Models.Data;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fer.Actors.Tests.Levers;

/// <summary>A real screening in miniature.</summary>
public sealed class LeversRunTests : IDisposable
{
    private static readonly RefinementSettings Tiny = TinyRefinement.Tiny with
    {
        Data = TinyRefinement.Tiny.Data with { Classes = ["happy", "sad"], SketchCount = 80, SketchTestCount = 20 },
        Classifier = TinyRefinement.Tiny.Classifier with { Steps = 6 },
        Loop = TinyRefinement.Tiny.Loop with { Rounds = 1 },
    };

    private readonly string runs = Directory.CreateTempSubdirectory("fer-levers-").FullName;

    [Fact]
    public async Task Stopping_again_and_again_changes_neither_what_a_lever_is_worth_nor_the_recipe()
    {
        var whole = await GoOn("undisturbed", new EngineSettings { CheckpointSteps = 4 }, Never);
        RunOutcome outcome;
        var stops = 0;
        do
        {
            outcome = await GoOn("disturbed", new EngineSettings { CheckpointSteps = 2, Devices = ["cpu:0"] }, seen => seen.Count == 25);
            stops++;
        }
        while (outcome.End == RunEnd.Interrupted);

        Assert.True(whole.End == RunEnd.Completed, whole.Sentence);
        Assert.True(stops > 2);
        Assert.Equal(whole.State.Figures, outcome.State.Figures);
        Assert.Equal(whole.State.Completed(LeverNames.Screen)!.Files, outcome.State.Completed(LeverNames.Screen)!.Files);
        Assert.Equal(whole.State.Steps.Select(s => (s.Key, s.Value.Hash)), outcome.State.Steps.Select(s => (s.Key, s.Value.Hash)));
        Assert.Equal(1, whole.State.Steps.Values.Count(s => s.Spec.Name.EndsWith("loop-2/gan/round-1/all", StringComparison.Ordinal) && s.SharedFrom is null));

        var recipe = Encoding.UTF8.GetString(new ArtifactStore(new RunFolder(runs, "disturbed").Artifacts).Get(outcome.State.Completed(LeverNames.Screen)!.Files[LeverNames.Recipe]));
        Assert.StartsWith("fer.loop.labels = ", Assert.Single(recipe.TrimEnd().Split('\n')));
        Assert.True(JobRegistry.IsPlain(outcome.State.Completed(LeverNames.Screen)!.Spec));
        MadeAgain.WithoutDevice(outcome.State.Completed(LeverNames.Screen)!, new ArtifactStore(new RunFolder(runs, "disturbed").Artifacts));
    }

    [Fact]
    public void The_test_set_is_not_even_among_what_is_frozen()
    {
        var data = DataLoader.Load(Tiny.Data, loops: 3);
        var store = new ArtifactStore(new RunFolder(runs, "frozen").Artifacts);

        var run = LeversInputs.Freeze(Tiny, [new("loop.labels", ["soft"])], data, store);

        Assert.Equal(
            [Names.DataReport, .. new[] { 2, 3 }.SelectMany(loop => new[] { Names.Train, Names.ValidationA, Names.ValidationB }.Select(n => Names.InLoop(loop, n))), Names.Train, Names.ValidationA, Names.ValidationB],
            run.Inputs.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(run.Inputs.Values.Distinct().Order(), store.All().Order());
        Assert.DoesNotContain(new ArtifactStore(new RunFolder(runs, "other").Artifacts).Put(data.Test.ToBytes()), store.All());
    }

    private static bool Never(ConcurrentQueue<IRunEvent> seen) => false;

    private async Task<RunOutcome> GoOn(string id, EngineSettings engine, Func<ConcurrentQueue<IRunEvent>, bool> enough)
    {
        var folder = new RunFolder(runs, id);
        var fresh = RunReader.Read(folder, new JournalSettings()) is null
            ? LeversInputs.Freeze(Tiny, [new("loop.labels", ["soft"])], DataLoader.Load(Tiny.Data, loops: LeversRun.Of(Tiny).Loop.Loops), new ArtifactStore(folder.Artifacts))
            : null;
        using var stop = new CancellationTokenSource();
        var watcher = new Watcher(enough, stop);
        return await RunEngine.RunAsync(new RunRequest(folder, engine, new JournalSettings()) { New = fresh }, watcher, NullLoggerFactory.Instance, stop.Token);
    }

    public void Dispose() => Directory.Delete(runs, recursive: true);

    private sealed class Watcher(Func<ConcurrentQueue<IRunEvent>, bool> enough, CancellationTokenSource stop) : IRunObserver
    {
        private readonly ConcurrentQueue<IRunEvent> seen = [];

        public void OnEvent(IRunEvent e, RunState state)
        {
            seen.Enqueue(e);
            if (enough(seen))
            {
                // Not on this thread: it is the run's own.
                _ = Task.Run(stop.Cancel);
            }
        }

        public void OnLive(LiveStep step)
        {
        }
    }
}
