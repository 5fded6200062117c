using Fer.Actors.Runs.V1;

namespace Fer.Process.Tests.Hosts;

/// <summary>One host without any server: the same commands, the same results.</summary>
[Collection("hosts")]
public sealed class LoneHostTests
{
    private const int BadInput = 65;

    [Fact]
    public void What_is_handed_over_before_a_host_is_up_ends_as_fer_run_does_and_a_run_of_equal_steps_computes_none()
    {
        using var lone = new LoneHost();
        Assert.Contains("There are no hosts", lone.Command(0, "hosts"));
        Assert.Contains($"No host is there now: it waits in {lone.Store} until one is", lone.Submit("first"));
        Assert.Contains("Run first: queued", lone.Command(0, "status", "first"));

        var host = lone.Start();

        lone.CompletesAsIfNothingHadHappened("first");
        Assert.Contains("Run first: completed", lone.Command(0, "status", "first"));
        Assert.Contains("all as their hashes say", lone.Command(0, "verify", "first"));
        var before = host.Now;
        var said = lone.Submit("second", "--wait");
        Assert.Contains("Run second is handed over to the one host that is there", said);
        Assert.Contains("Report: ", said);
        lone.CompletesAsIfNothingHadHappened("second");
        Assert.Equal(before, host.Now);
    }

    [Fact]
    public void A_host_that_is_killed_and_started_again_goes_on_from_what_was_saved()
    {
        using var lone = new LoneHost();
        var first = lone.Start();
        first.Says("coordinates");
        lone.Submit("run");
        lone.IsInTheMiddle("run");

        first.Kill();
        Assert.Contains("no host has answered yet", lone.Command(0, "pause", "run"));
        lone.Command(0, "resume", "run");
        lone.Start();

        lone.CompletesAsIfNothingHadHappened("run");
        Assert.True(lone.Events("run").OfType<StepStarted>().Last(s => s.Spec.Name == SmallRun.Long).From > 0);
        Assert.Equal(2, lone.Events("run").OfType<Claimed>().Select(c => c.Number).Distinct().Count());
    }

    [Fact]
    public void A_run_is_paused_resumed_and_cancelled_from_another_process_and_a_second_host_is_refused()
    {
        using var lone = new LoneHost();
        var host = lone.Start();
        host.Says("coordinates");
        lone.Submit("run");
        lone.IsInTheMiddle("run");

        var second = lone.Start();
        Assert.Equal(BadInput, second.ExitCode());
        Assert.Equal($"fer.journal.provider is sqlite, and another fer host works in {lone.Store} already: a second host needs postgres there (docs/cluster.md).", second.Said);

        Assert.Contains("Run 'run' is paused.", lone.Command(0, "pause", "run"));
        Assert.IsType<RunPaused>(lone.Events("run")[^1]);
        Assert.Contains("Run 'run' is running.", lone.Command(0, "resume", "run"));
        Assert.Contains("Run 'run' is cancelled.", lone.Command(0, "cancel", "run"));
        Assert.IsType<RunCancelled>(lone.Events("run")[^1]);

        Assert.Contains("takes nothing new", lone.Command(0, "host", "drain", host.Name));
        host.Says("drains: takes nothing new");
        host.Terminate();
        Assert.Equal(0, host.ExitCode());
        Assert.Contains(host.Name, lone.Command(0, "hosts"));
    }
}
