using System.Diagnostics;

namespace Fer.Process.Tests;

/// <summary>The same promise at moments that nobody chose, and where more than one slot and process have a part in it.</summary>
[Collection("kills")]
public sealed class RandomKillTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    [Fact]
    public void Killed_at_random_moments_the_run_ends_with_the_same_bytes()
    {
        using var runs = new KillRuns();
        var (expected, whole) = Undisturbed(runs);
        Kill(runs, expected, whole, kills: 10, seed: 20);
    }

    [Fact]
    public void Killed_while_two_worker_processes_compute_the_run_ends_with_the_same_bytes_as_on_one_slot()
    {
        using var single = new KillRuns();
        var (expected, whole) = Undisturbed(single);
        using var runs = new KillRuns("--set", "devices=[cpu:0, cpu:1]", "--set", "workers=process");
        Kill(runs, expected, whole, kills: 4, seed: 21);
    }

    [Fact]
    public void Worker_processes_end_by_themselves_when_the_process_that_started_them_is_killed()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "looks for processes in /proc");
        using var runs = new KillRuns("--set", "devices=[cpu:0, cpu:1]", "--set", "workers=process");
        using var host = System.Diagnostics.Process.Start(runs.Start("killed"))!;
        Assert.True(SpinWait.SpinUntil(() => runs.CountProcesses() == 3, Patience), "The host and its two workers did not come up.");
        host.Kill();
        Assert.True(SpinWait.SpinUntil(() => runs.CountProcesses() == 0, Patience), "A worker has outlived its host.");
    }

    private static (string Result, TimeSpan Whole) Undisturbed(KillRuns runs)
    {
        var clock = Stopwatch.StartNew();
        return (runs.GoOn("undisturbed"), clock.Elapsed);
    }

    private static void Kill(KillRuns runs, string expected, TimeSpan whole, int kills, int seed)
    {
        var dice = new Random(seed);
        for (var chain = 0; kills > 0; chain++)
        {
            var id = $"killed-{chain}";
            while (kills > 0 && runs.KillAfter(id, whole * dice.NextDouble()))
            {
                kills--;
            }

            runs.GoOn(id, expected);
        }
    }
}
