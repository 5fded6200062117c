using Akka.Event;
using Fer.Actors.Hosting;
using Fer.Actors.Jobs;
using Fer.Actors.Runs;
using Fer.Actors.Storage;

namespace Fer.Actors.Sweeps;

/// <summary>To the coordinator: what a run is taken up with.</summary>
/// <param name="Resume">A person lets it go on.</param>
/// <param name="Instead">The wish that it is to follow instead of going on; null: none.</param>
/// <param name="Trouble">Why it cannot be taken up now; null: it can.</param>
internal sealed record RunReady(LiveRun Live, RunRow? Row, RunFolder? Folder, Fingerprint? Fingerprint, bool Resume, string? Instead, string? Trouble);

/// <summary>A coordinator's dealings with rows and journals of runs, for its actor: reads what a run is taken up with, and writes down how it stands.</summary>
/// <param name="chooseSlot">The kind of slot for a run that keeps to none yet; null: no host is there.</param>
internal sealed class RunHands(CoordinatorSetup setup, long seat, Func<Task<Fingerprint?>> chooseSlot, EventStream events, ILoggingAdapter log)
{
    /// <summary>Journals that are read at once: with all of them at once beats and seats would wait for connections.</summary>
    private static readonly SemaphoreSlim Reading = new(4);

    /// <summary>After a journal's trouble that five tries did not cure.</summary>
    private static readonly TimeSpan TryAgain = TimeSpan.FromSeconds(10);

    public async Task<RunReady> PrepareAsync(LiveRun live, bool resume, string? instead)
    {
        var row = await setup.RunRows.FindAsync(live.Id).ConfigureAwait(false) ?? throw new InvalidOperationException("its row is gone");
        var folder = new RunFolder(setup.Runs, row.Id) { Store = setup.Store };
        Directory.CreateDirectory(folder.Path);
        var before = row.Status == RunRowStatus.Queued && row.Sweep.Length > 0 ? null : await ReadAsync(folder).ConfigureAwait(false);
        _ = JobRegistry.Find(row.Run.Job);
        var fingerprint = before?.Fingerprint ?? await FingerprintAsync(row).ConfigureAwait(false);
        return new RunReady(live, row, folder, fingerprint, resume, instead, fingerprint is null ? "no host is there that could compute it" : null);
    }

    private async Task<Fingerprint?> FingerprintAsync(RunRow row) =>
        (row.Slot ?? await chooseSlot().ConfigureAwait(false)) is { } slot ? FingerprintOf.OnSlots(slot, row.Engine) : null;

    public Task<RunState?> ReadAsync(string id) => ReadAsync(new RunFolder(setup.Runs, id) { Store = setup.Store });

    private async Task<RunState?> ReadAsync(RunFolder folder)
    {
        await Reading.WaitAsync().ConfigureAwait(false);
        try
        {
            return await Task.Run(() => RunReader.Read(folder, setup.Journal)).ConfigureAwait(false);
        }
        finally
        {
            Reading.Release();
        }
    }

    public void Waits(LiveRun row, string trouble) => Logged(setup.RunRows.SayAsync(seat, row.Id, row.Status, $"waits: {trouble.Split('\n')[0]}"));

    public void Fulfil(LiveRun row) => Logged(setup.RunRows.FulfilAsync(seat, row.Id, row.Wish));

    public void GoesOn(LiveRun row, bool wished) => Logged(GoesOnAsync(row, wished));

    // In this order: whoever waits for the wish to be done reads the status next.
    private async Task GoesOnAsync(LiveRun row, bool wished)
    {
        await setup.RunRows.SayAsync(seat, row.Id, RunRowStatus.Running, "").ConfigureAwait(false);
        if (wished)
        {
            await setup.RunRows.FulfilAsync(seat, row.Id, row.Wish).ConfigureAwait(false);
        }
    }

    /// <summary>Takes a while where the run is to be taken up again.</summary>
    public async Task EndAsync(string id, string status, string reason, LiveRun? wish)
    {
        await setup.RunRows.SayAsync(seat, id, status, status is RunRowStatus.Completed ? "" : reason).ConfigureAwait(false);
        if (status != RunRowStatus.Running)
        {
            await setup.Steps.ForgetAsync(seat, id).ConfigureAwait(false);
            if (wish is not null)
            {
                await setup.RunRows.FulfilAsync(seat, id, wish.Wish).ConfigureAwait(false);
            }
        }

        events.Publish(new SayHint(Hints.Runs));
        if (status == RunRowStatus.Running)
        {
            await Task.Delay(TryAgain).ConfigureAwait(false);
        }
    }

    private void Logged(Task task) => task.ContinueWith(t => log.Warning("A row of a run could not be written: {Reason}", t.Exception!.InnerException!.Message), CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
}
