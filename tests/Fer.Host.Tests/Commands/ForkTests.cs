using Fer.Actors.Hosting;
using Fer.Actors.Jobs.Refinement;
using Fer.Actors.Runs;
using Fer.Actors.Runs.V1;
using Fer.Actors.Storage;
using Fer.Host.Commands;
using Fer.Host.Hosting;
using Fer.Host.Settings;
using Microsoft.Extensions.Logging;

namespace Fer.Host.Tests.Commands;

/// <summary><c>fer fork</c>: a run that goes on from a round of another.</summary>
public sealed class ForkTests : IDisposable
{
    private readonly string runs = Directory.CreateTempSubdirectory("fer-fork-").FullName;

    public void Dispose() => Directory.Delete(runs, recursive: true);

    [Fact]
    public async Task A_fork_without_changes_comes_to_the_same_and_one_with_changes_goes_its_own_way_from_there()
    {
        Assert.Equal(ExitCode.Done, (await Fer.Run(TinyRun.Start(runs, "first", "loop.rounds=2", "loop.patience=9"))).Code);

        var (code, output, error) = await Fork("first@1", "--run-id", "same");
        Assert.True(code == ExitCode.Done, error);
        Assert.Contains("steps of first up to round 1 are taken over", output);
        var (first, same) = (State("first"), State("same"));
        Assert.Equal(first.Figures, same.Figures);
        Assert.Equal(first.Steps.Select(s => (s.Key, Files(s.Value))), same.Steps.Select(s => (s.Key, Files(s.Value))));
        Assert.Equal(("first@1", ""), (same.ForkedFrom, first.ForkedFrom));
        var computed = RunReader.Events(new RunFolder(runs, "same"), new JournalSettings()).OfType<StepStarted>().Select(s => s.Spec.Name).ToList();
        Assert.DoesNotContain(computed, s => s.Contains("round-1/", StringComparison.Ordinal) && !s.StartsWith("filter", StringComparison.Ordinal));
        Assert.Contains(Names.Gan(2, "all"), computed);

        Assert.Equal(ExitCode.Done, (await Fork("first@1", "--run-id", "other", "--set", "gan.critic-learning-rate=0.002")).Code);
        var other = State("other");
        Assert.Equal(Files(first.Steps[Names.Gan(1, "all")]), Files(other.Steps[Names.Gan(1, "all")]));
        Assert.NotEqual(Files(first.Steps[Names.Gan(2, "all")]), Files(other.Steps[Names.Gan(2, "all")]));
        foreach (var word in new[] { "verify", "status", "report" })
        {
            var looked = await Fer.Run(word, "other", "--runs", runs);
            Assert.True(looked.Code == ExitCode.Done, $"{word}: {looked.Error}");
        }

        Assert.Equal(ExitCode.Done, (await Fer.Run("export", "same", "--to", Path.Combine(runs, "out"), "--runs", runs)).Code);
        Assert.Contains("goes on from round 1 of first", File.ReadAllText(new RunFolder(runs, "other").Report));

        await Refused("first@3", "Run 'first' has no complete round 3: expected 1 to 2.");
        await Refused("first", "'first' names no round of a run: expected RUN@ROUND, such as demo@1.");
        await Refused("fist@1", $"There is no run 'fist' in {runs}; did you mean first?");
        var (waits, _, alone) = await Fork("first@1", "--wait");
        Assert.True(waits != ExitCode.Done && alone.Contains("--wait is about hosts: expected --submit, too.", StringComparison.Ordinal), alone);
        await Refused("first@1", "There is a run 'same' already: choose another --run-id.", "--run-id", "same");
        await Refused("first@1", "fer.gan.width decides what is taken over from 'first' and cannot change now: expected settings of what comes after, such as gan.psi, gan.critic-learning-rate, filter.quantile, loop.rounds or loop.labels.", "--set", "gan.width=16");
    }

    [Fact]
    public async Task A_fork_without_an_id_has_a_short_one_and_the_same_command_goes_on_with_it()
    {
        Assert.Equal(ExitCode.Done, (await Fer.Run(TinyRun.Start(runs, "first"))).Code);

        var (stopped, _, _) = await Fer.Run(new StoppingEngine(), ["fork", "first@1", "--runs", runs, "--set", "gan.psi=0.8"]);
        var id = Assert.Single(RunReader.RunIds(runs), r => r != "first");
        Assert.Equal(ExitCode.RunAgain, stopped);
        Assert.Matches("^first-r1-[0-9a-f]{6}$", id);

        var (code, output, error) = await Fork("first@1", "--set", "gan.psi=0.8");
        Assert.True(code == ExitCode.Done, error);
        Assert.Contains($"Run {id} in ", output);
        var (shown, table, _) = await Fork("first@1", "--set", "gan.psi=0.8");
        Assert.Equal(ExitCode.Done, shown);
        Assert.Contains("macro F1", table);
        await Refused("first@1", $"There is a run '{id}' already: choose another --run-id.", "--set", "gan.psi=0.8", "--run-id", id);

        // Of a fork of it, too, and one with other settings is another.
        Assert.Equal(ExitCode.RunAgain, (await Fer.Run(new StoppingEngine(), ["fork", $"{id}@1", "--runs", runs])).Code);
        Assert.Equal(ExitCode.RunAgain, (await Fer.Run(new StoppingEngine(), ["fork", "first@1", "--runs", runs])).Code);
        var all = RunReader.RunIds(runs).ToList();
        Assert.Equal(4, all.Count);
        Assert.All(all.Where(r => r != "first"), r => Assert.Matches("^first-r1-[0-9a-f]{6}$", r));
    }

    [Theory]
    [InlineData("demo", "demo-r2-")]
    [InlineData("demo-r1-0a1b2c", "demo-r2-")]
    [InlineData("demo-r1", "demo-r1-r2-")]
    [InlineData("fer2013-tenth-20260131-154500", "fer2013-tenth-r2-")]
    [InlineData("search-20260131-154500-0007-r1-0a1b2c", "search-0007-r2-")]
    [InlineData("a-search-of-very-many-settings-of-the-gan-0007", "a-search-of-very--f-the-gan-0007-r2-")]
    public void The_id_of_a_fork_names_the_first_run_and_the_round_and_stays_short(string parent, string begins)
    {
        var settings = FerConfig.Load(null, [], new System.Collections.Hashtable());

        var id = ForkId.Of(parent, 2, settings);

        Assert.Equal(begins.Length + 6, id.Length);
        Assert.StartsWith(begins, id);
        Assert.Equal(id, ForkId.Of(parent, 2, settings));
        Assert.NotEqual(id, ForkId.Of(parent, 2, settings with { Job = settings.Job with { Gan = settings.Job.Gan with { Psi = 0.5 } } }));
        Assert.NotEqual(id[^6..], ForkId.Of(parent + "x", 2, settings)[^6..]);
        Assert.Equal(id, new RunFolder(runs, id).RunId);
    }

    private async Task Refused(string from, string sentence, params string[] more)
    {
        var (code, _, error) = await Fer.Run(new NoEngine(), ["fork", from, "--runs", runs, .. more]);

        Assert.Equal((ExitCode.BadInput, sentence), (code, error.TrimEnd()));
    }

    private Task<(int Code, string Output, string Error)> Fork(string from, params string[] more) => Fer.Run(["fork", from, "--runs", runs, .. more]);

    private RunState State(string id) => RunReader.Read(new RunFolder(runs, id), new JournalSettings())!;

    private static string Files(StepState step) => string.Join(' ', step.Files.Select(f => $"{f.Key}={f.Value}"));
}
