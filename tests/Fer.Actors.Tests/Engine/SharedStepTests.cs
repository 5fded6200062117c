using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Akka.Actor;
using Fer.Actors.Devices;
using Fer.Actors.Hosting;
using Fer.Actors.Jobs;
using Fer.Actors.Runs;
using Fer.Actors.Runs.V1;
using Fer.Actors.Storage;
using Fer.Models.Training;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fer.Actors.Tests.Engine;

/// <summary>Steps with equal hashes give equal bytes, so one is enough.</summary>
public sealed class SharedStepTests : IRunObserver, IDisposable
{
    private readonly string runs = Directory.CreateTempSubdirectory("fer-shared-").FullName;
    private int computed;

    [Fact]
    public async Task Of_three_steps_that_ask_for_the_same_one_is_computed_and_all_have_its_files()
    {
        var outcome = await Run(ready: ["first", "second", "third"], then: []);

        Assert.Equal(RunEnd.Completed, outcome.End);
        Assert.Equal(1, computed);
        Assert.Single(outcome.State.Steps.Values.Select(s => s.Files["made"]).Distinct());
        var own = Assert.Single(outcome.State.Steps.Values, s => s.SharedFrom is null).Spec.Name;
        Assert.Equal(2, outcome.State.Steps.Values.Count(s => s.SharedFrom == own));
        Assert.Equal(["first", "second", "third"], outcome.State.Order.Order());
    }

    [Fact]
    public async Task A_later_step_that_asks_for_what_is_there_is_not_computed_again_after_a_restart_either()
    {
        var outcome = await Run(ready: ["first"], then: ["second"]);

        var again = RunReader.Read(new RunFolder(runs, "twins"), new JournalSettings())!;
        Assert.Equal(1, computed);
        Assert.Equal("first", again.Steps["second"].SharedFrom);
        Assert.Equal(outcome.State.Steps["first"].Files, again.Steps["second"].Files);
        Assert.Equal(outcome.State.Steps["first"].Figures, again.Steps["second"].Figures);
    }

    private Task<RunOutcome> Run(string[] ready, string[] then)
    {
        var name = $"twins-{Guid.NewGuid():N}";
        JobRegistry.Add(new TwinJob(name, ready, then, () => Interlocked.Increment(ref computed)));
        var request = new RunRequest(new RunFolder(runs, "twins"), new EngineSettings { Devices = ["cpu:0", "cpu:1"] }, new JournalSettings())
        {
            New = new NewRun(name, "{}", ImmutableSortedDictionary<string, string>.Empty),
        };
        return RunEngine.RunAsync(request, this, NullLoggerFactory.Instance, TestContext.Current.CancellationToken);
    }

    void IRunObserver.OnEvent(IRunEvent e, RunState state)
    {
    }

    void IRunObserver.OnLive(LiveStep step)
    {
    }

    public void Dispose() => Directory.Delete(runs, recursive: true);

    /// <summary>Steps under several names that all ask for the same; some become ready only when the others are done.</summary>
    private sealed class TwinJob(string name, string[] first, string[] then, Action compute) : IJob
    {
        public string Name => name;

        public IReadOnlyList<StepKind> Kinds { get; } =
        [
            new StepKind(name, 1, _ => new ImmediateWork(() =>
            {
                compute();
                return WorkResult.Of([("made", SHA256.HashData(Encoding.UTF8.GetBytes("made")))], [("figure", 0.5)]);
            })),
        ];

        public IReadOnlyDictionary<string, Func<StepOwnerSetup, Props>> Owners { get; } =
            new Dictionary<string, Func<StepOwnerSetup, Props>> { ["twins"] = setup => Props.Create(() => new Owner(setup)) };

        public string OwnerOf(string kind) => "twins";

        public PlanAnswer Next(RunState state)
        {
            var open = first.Where(n => state.Completed(n) is null).ToArray();
            open = open.Length > 0 ? open : [.. then.Where(n => state.Completed(n) is null)];
            return new PlanAnswer([.. open.Select((n, i) => new PlannedStep(new StepSpec(n, name, 1, ImmutableSortedDictionary<string, string>.Empty, "{}", 7), i))], [],
                open.Length == 0 ? ImmutableSortedDictionary<string, double>.Empty : null);
        }

        private sealed class Owner(StepOwnerSetup setup) : StepOwner(setup)
        {
            protected override string Describe(StepSpec step) => step.Name;
        }
    }
}
