using Fer.Actors.Storage;
using Fer.Actors.Tests.Engine;
using Fer.Models;

namespace Fer.Actors.Tests.Storage;

public sealed class RunLockTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly RunFolder run;

    public RunLockTests() => run = new RunFolder(folder.Path, "mine");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_run_is_held_until_it_is_let_go()
    {
        using (RunLock.Take(run))
        {
            Assert.True(RunLock.IsHeld(run));
            Assert.Contains("Run 'mine' is in use by another process", Assert.Throws<BadInputException>(() => RunLock.Take(run)).Message);
        }

        Assert.False(RunLock.IsHeld(run));
        RunLock.Take(run).Dispose();
    }

    [Fact]
    public void A_run_that_never_was_is_not_held() => Assert.False(RunLock.IsHeld(run));

    [Fact]
    public void Runs_in_one_folder_are_held_apart()
    {
        using var mine = RunLock.Take(run);
        using var other = RunLock.Take(new RunFolder(folder.Path, "other"));
    }

    [Fact]
    public async Task Asking_whether_a_run_is_held_takes_it_from_nobody()
    {
        using var stop = new CancellationTokenSource();
        var asking = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                RunLock.IsHeld(run);
            }
        });

        for (var i = 0; i < 20; i++)
        {
            RunLock.Take(run).Dispose();
        }

        stop.Cancel();
        await asking;
    }

    [Fact]
    public void The_lock_of_a_process_goes_with_it_however_it_ends()
    {
        using var holder = BesideJob.Start(null, "hold", folder.Path, "mine");
        Assert.Equal("held", holder.StandardOutput.ReadLine());
        Assert.True(RunLock.IsHeld(run));
        Assert.Throws<BadInputException>(() => RunLock.Take(run));
        Assert.Contains($"process {holder.Id}", Shared(run.Lock));

        holder.Kill();
        holder.WaitForExit();

        Assert.False(RunLock.IsHeld(run));
        RunLock.Take(run).Dispose();
    }

    [Fact]
    public void A_folder_that_cannot_be_made_is_named()
    {
        File.WriteAllText(folder.File("file"), "");

        var refused = Assert.Throws<BadInputException>(() => RunLock.Take(new RunFolder(folder.File("file"), "mine")));

        Assert.Contains(folder.File("file", "mine"), refused.Message);
    }

    // As a person would look at it: .NET would respect the lock.
    private static string Shared(string path)
    {
        using var cat = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("cat", path) { RedirectStandardOutput = true })!;
        return cat.StandardOutput.ReadToEnd();
    }
}
