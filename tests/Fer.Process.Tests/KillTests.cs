using System.Collections.Concurrent;
using System.Diagnostics;
using Fer.Actors.Hosting;
using Fer.Actors.Storage;

namespace Fer.Process.Tests;

/// <summary>The promise: killed at any point and started again, a run ends with the same bytes.</summary>
[Collection("kills")]
public sealed class KillTests
{
    private const string Undisturbed = "undisturbed";

    private static readonly string[] StepKinds = ["audit", "classifier", "filter", "gan", "quality", "sample", "soft-labels", "test", "validate", "verdict", "warm-up"];

    /// <summary>Those that must save and retire checkpoints in hocon/kill.conf.</summary>
    private static readonly string[] WithEveryWrite = ["classifier", "gan", "sample", "warm-up"];

    private static readonly WriteKind[] WriteKinds = Enum.GetValues<WriteKind>();

    [Fact]
    public void Killed_before_and_after_every_kind_of_write_in_every_kind_of_step_the_run_ends_with_the_same_bytes()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && TracedRun.IsPossible(), "strace is missing, or may not trace here: apt-get install strace");
        var clock = Stopwatch.StartNew();
        using var runs = new KillRuns();
        var writes = Observe(runs);
        var expected = runs.Result(Undisturbed);
        var points = writes.Kinds.SelectMany(k => new[] { (k.StepKind, k.Kind, After: false), (k.StepKind, k.Kind, After: true) }).ToHashSet();

        Assert.Equal(StepKinds, points.Where(p => p.Kind == WriteKind.Journal).Select(p => p.StepKind).Distinct().Order());
        Assert.All(WithEveryWrite, step => Assert.Equal(WriteKinds, points.Where(p => p.StepKind == step).Select(p => p.Kind).Distinct().Order()));
        Assert.InRange(points.Count, 0, 100);

        // Two at a time: a start of the program is the work of one core.
        var chains = WriteKinds.SelectMany(kind => new[] { (Kind: kind, After: false), (Kind: kind, After: true) });
        var killed = new ConcurrentBag<(string StepKind, WriteKind Kind, bool After)>();
        Parallel.ForEach(chains, new ParallelOptions { MaxDegreeOfParallelism = 2 }, at =>
        {
            var chain = new KillChain(runs, writes, at.Kind, at.After);
            foreach (var step in chain.Run())
            {
                killed.Add((step, at.Kind, at.After));
            }

            runs.GoOn(chain.Id, expected);
        });

        TestContext.Current.SendDiagnosticMessage($"{killed.Count} kills at {points.Count} points in {clock.Elapsed.TotalSeconds:0} s:\n{Table([.. killed], points)}");
        Assert.Equal(points.Order(), killed.Order());
    }

    /// <summary>Lets a run go through under strace, which changes nothing, and gives what it wrote.</summary>
    private static LastingWrites Observe(KillRuns runs)
    {
        using var run = TracedRun.Start(new Tracing("fsync,rename,unlink,pwrite64", [], Injection: null), runs.Arguments(Undisturbed));
        var calls = run.Calls().ToList();
        Assert.Equal(0, run.ExitCode);
        var folder = runs.Folder(Undisturbed);
        return LastingWrites.Of(folder, RunReader.Events(folder, new JournalSettings()), calls);
    }

    private static string Table(HashSet<(string StepKind, WriteKind Kind, bool After)> killed, HashSet<(string StepKind, WriteKind Kind, bool After)> points)
    {
        var rows = StepKinds.Select(step => string.Join(" | ", [$"{step,-10}", .. WriteKinds.Select(kind => $"{Cell(step, kind, false),-6} {Cell(step, kind, true),-5}")]));
        return string.Join('\n', [string.Join(" | ", [$"{"",-10}", .. WriteKinds.Select(k => $"{k,-12}")]), .. rows]);

        string Cell(string step, WriteKind kind, bool after) => !points.Contains((step, kind, after)) ? "none" : !killed.Contains((step, kind, after)) ? "MISSED" : after ? "after" : "before";
    }
}
