using System.Collections.Concurrent;
using Fer.Actors.Hosting;
using Fer.Actors.Storage;
using Fer.Actors.Sweeps;
using Fer.Actors.Sweeps.Search;
using Fer.Actors.Sweeps.V1;

namespace Fer.Process.Tests.Hosts;

/// <summary>A sweep that was handed to a cluster.</summary>
internal sealed class TestSweep(TestCluster cluster, string runs, string id, string[] sets)
{
    // The same trial alone is the same for every test.
    private static readonly ConcurrentDictionary<string, Lazy<string>> Alone = new();

    public IReadOnlyList<ISweepEvent> Events => SweepReader.Events(new RunFolder(runs, id) { Store = cluster.Store }, id, cluster.Journal);

    public SweepState State => Events.Aggregate(SweepState.Empty, (s, e) => s.Apply(e));

    /// <summary>Waits until its journal says that.</summary>
    public SweepState Is(Func<SweepState, bool> so, string what) => cluster.Patiently(() => State is var state && so(state) ? state : null, $"the sweep to be {what}; it is {SweepSummary.Of(State)}");

    /// <summary>Any command about it.</summary>
    public string Do(string word, params string[] more)
    {
        var (code, output, error) = cluster.Command(["sweep", word, id, .. more, "--runs", runs]);
        Assert.True(code == 0, $"fer sweep {word} ended with {code}: {output}{error}\n{cluster.Story}");
        return output;
    }

    /// <summary>One that cannot be done.</summary>
    public string Refuses(string word, params string[] more)
    {
        var (code, output, error) = cluster.Command(["sweep", word, id, .. more, "--runs", runs]);
        Assert.True(code == 65, $"fer sweep {word} ended with {code}: {output}{error}\n{cluster.Story}");
        return error;
    }

    public string Do(TrialState trial, string word)
    {
        var (code, output, error) = cluster.Command([word, State.RunIdOf(trial), "--runs", runs]);
        Assert.True(code == 0, $"fer {word} ended with {code}: {output}{error}\n{cluster.Story}");
        return output;
    }

    /// <summary>Waits for the end: every trial over and counted once, every result accepted once, and what completed is what it is alone, byte for byte.</summary>
    public SweepState CompletesAsIfNothingHadHappened()
    {
        var state = CompletesRetried();
        Assert.All(Events.OfType<TrialEnded>().GroupBy(e => e.Trial), g => Assert.Single(g));
        return state;
    }

    /// <summary>The same where a trial that was over was tried again.</summary>
    public SweepState CompletesRetried()
    {
        var state = Is(s => s.IsOver, "over");
        Assert.Equal(SweepStatus.Completed, state.Status);
        Assert.Equal(Enumerable.Range(1, state.Trials.Count), Events.OfType<TrialPlanned>().Select(p => p.Trial));
        Assert.All(Events.OfType<TrialEnded>().GroupBy(e => (e.Trial, e.Attempt)), g => Assert.Single(g));
        Assert.All(state.Trials, t => Assert.True(t.IsOver));
        Assert.Single(Events.OfType<SweepCompleted>());
        foreach (var trial in state.Trials.Where(t => t.Status == TrialStatus.Completed))
        {
            RunResult.AreEqual(OfTrialAlone(trial), RunResult.Of(new RunFolder(runs, state.RunIdOf(trial)) { Store = cluster.Store }, cluster.Journal), state.RunIdOf(trial));
        }

        cluster.Rows.NoneAcceptedTwice();
        return state;
    }

    /// <summary>Device time is what slots were busy for: a try that several trials waited for counts once, as long as whoever waited longest saw.</summary>
    public void CountsEveryTryOnce()
    {
        var state = State;
        var tries = state.Trials.SelectMany(t => RunReader.Read(new RunFolder(runs, state.RunIdOf(t)) { Store = cluster.Store }, cluster.Journal)!.Steps.Values)
            .SelectMany(s => s.Attempts.Where(a => a is { Ended: not null, End: not "left" }).Select(a => (s.Hash, a.Number, (a.Ended!.Value - a.Started).TotalSeconds)))
            .GroupBy(t => (t.Hash, t.Number)).ToList();
        Assert.Contains(tries, t => t.Count() > 1);
        Assert.Equal(tries.Sum(t => t.Max(a => a.TotalSeconds)), state.DeviceSeconds, 0.1);
    }

    /// <summary>Every choice of sampler and pruner follows from what the journal held before it.</summary>
    public void IsDerivedAgainFromItsJournal()
    {
        var state = SweepState.Empty;
        foreach (var e in Events)
        {
            switch (e)
            {
                case TrialPlanned p:
                    Assert.Equal(Samplers.Find(state.Spec!.Sampler).Next(state.Spec.Space, state.Spec.Seed, p.Trial, SweepPlan.Past(state)), p.Values);
                    break;
                case TrialJudged j:
                    var isLast = state.Filled.Length > 0 && state.Active.IsEmpty;
                    var answers = new[] { false, isLast }.Distinct().Select(last => Pruners.Of(state.Spec!.Pruner).Decide(SweepPlan.Past(state), j.Trial, j.Rung, last));
                    Assert.Contains(j.Answer, answers.Select(a => a switch { PruneAnswer.GoOn => "go-on", PruneAnswer.Wait => "wait", _ => "end" }));
                    break;
            }

            state = state.Apply(e);
        }
    }

    private string OfTrialAlone(TrialState trial)
    {
        string[] all = [.. sets, .. trial.Values.Select(v => $"{v.Key}={v.Value}"), "loop.verdict=validation"];
        return Alone.GetOrAdd(string.Join(' ', all), _ => new Lazy<string>(() =>
        {
            var folder = FerProcess.NewRuns();
            try
            {
                var (code, output, error) = FerProcess.Run(["run", SmallRun.Config, "--runs", folder, "--run-id", "alone", .. SmallRun.Sets, .. all.SelectMany(s => new[] { "--set", s })]);
                Assert.True(code == 0, $"The trial alone ended with {code}:\n{output}\n{error}");
                return RunResult.Of(new RunFolder(folder, "alone"), new JournalSettings());
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        })).Value;
    }
}
