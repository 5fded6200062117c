using Fer.Actors.Hosting;
using Fer.Actors.Jobs.Refinement;
using Fer.Actors.Runs;
using Fer.Actors.Runs.V1;
using Fer.Actors.Storage;
using Fer.Host.Commands;

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

    private async Task Refused(string from, string sentence, params string[] more)
    {
        var (code, _, error) = await Fer.Run(new NoEngine(), ["fork", from, "--runs", runs, .. more]);

        Assert.Equal((ExitCode.BadInput, sentence), (code, error.TrimEnd()));
    }

    private Task<(int Code, string Output, string Error)> Fork(string from, params string[] more) => Fer.Run(["fork", from, "--runs", runs, .. more]);

    private RunState State(string id) => RunReader.Read(new RunFolder(runs, id), new JournalSettings())!;

    private static string Files(StepState step) => string.Join(' ', step.Files.Select(f => $"{f.Key}={f.Value}"));
}
