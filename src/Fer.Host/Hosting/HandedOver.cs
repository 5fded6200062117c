using System.Data.Common;
using Fer.Actors.Hosting;
using Fer.Actors.Runs;
using Fer.Actors.Storage;
using Fer.Actors.Sweeps;
using Fer.Models;

namespace Fer.Host.Hosting;

/// <summary>A run that hosts compute, seen from a command line: this folder holds only what finds it again.</summary>
internal sealed class HandedOver(RunFolder folder, JournalSettings journal)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(500);

    /// <summary>A word of how it goes every ten seconds: the journal is read whole for it.</summary>
    private const int LooksPerWord = 20;

    /// <summary>Leaves a wish in the database, for whoever coordinates. It is done when one does.</summary>
    /// <returns>One sentence about it.</returns>
    public async Task<string> WishAsync(string wish, CancellationToken stop)
    {
        await using var database = await FindAsync(stop).ConfigureAwait(false);
        var rows = new RunRows(database);
        var row = await rows.FindAsync(folder.RunId).ConfigureAwait(false) ?? throw new BadInputException($"The hosts' database knows no run '{folder.RunId}'.");
        if (!await rows.WishAsync(folder.RunId, wish).ConfigureAwait(false))
        {
            throw new BadInputException($"Run '{folder.RunId}' is over: it is {row.Status}.");
        }

        for (var looks = 0; looks < 40; looks++)
        {
            row = (await rows.FindAsync(folder.RunId).ConfigureAwait(false))!;
            if (row.Wish.Length == 0)
            {
                return $"Run '{folder.RunId}' is {row.Status}.";
            }

            if (SingleHost.Is(journal) && !SingleHost.IsUp(folder.Store!))
            {
                break;
            }

            await Task.Delay(Look, stop).ConfigureAwait(false);
        }

        return $"Run '{folder.RunId}' is {row.Status}; no host has answered yet, and the wish to {wish} it waits in the database.";
    }

    /// <summary>Waits until a run is over or paused.</summary>
    /// <param name="say">Given a sentence when its state changes.</param>
    public async Task<RunRow> UntilOverAsync(Action<string> say, HostsWatch hosts, CancellationToken stop)
    {
        await using var database = await FindAsync(stop).ConfigureAwait(false);
        var rows = new RunRows(database);
        var (said, troubled) = ("", false);
        for (var looks = 1; ; looks++)
        {
            try
            {
                var row = await rows.FindAsync(folder.RunId).ConfigureAwait(false) ?? throw new BadInputException($"The hosts' database knows no run '{folder.RunId}'.");
                if (row.Status != said)
                {
                    said = row.Status;
                    say($"Run {folder.RunId} is {row.Status}.");
                }

                if (RunRowStatus.IsOver(row.Status) || (row.Status == RunRowStatus.Paused && row.Wish.Length == 0))
                {
                    return row;
                }

                await hosts.LookAsync(database).ConfigureAwait(false);
                if (looks % LooksPerWord == 0 && Progress() is { } progress && progress != told)
                {
                    say(told = progress);
                }

                troubled = false;
            }
            catch (Exception e) when (e is DbException or TimeoutException)
            {
                if (!troubled)
                {
                    say($"The database does not answer ({e.Message.Split('\n')[0]}); asked again until it does.");
                }

                troubled = true;
            }

            await Task.Delay(Look, stop).ConfigureAwait(false);
        }
    }

    private async Task<DbDataSource> FindAsync(CancellationToken stop) =>
        await ClusterDatabase.FindAsync(journal, folder.Store!, stop).ConfigureAwait(false) ?? throw new BadInputException($"Run '{folder.RunId}' was handed to the host of {folder.Store}, and {SingleHost.Rows(folder.Store!)} is missing: put the store back.");

    private string told = "";

    private string? Progress()
    {
        if (Fer.Actors.Storage.RunReader.Read(folder, journal) is not { } state)
        {
            return null;
        }

        var steps = Foreseen.Steps(state.Job, state.Settings, state.Inputs);
        var running = state.Order.Select(n => state.Steps[n]).Where(s => s is { Status: StepStatus.Started, Attempts: [.., { Ended: null }] }).Select(s => $"{s.Spec.Name} on {s.Attempts[^1].Device}");
        return FormattableString.Invariant($"  {steps.Count(s => state.Completed(s) is not null)} of at most {steps.Count} steps are done; ") + string.Join(", ", running.DefaultIfEmpty("none runs"));
    }

    /// <summary>How such a run has ended, in the words of a run of this machine.</summary>
    public static RunEnd EndOf(RunRow row) => row.Status switch
    {
        RunRowStatus.Completed => RunEnd.Completed,
        RunRowStatus.Cancelled => RunEnd.Cancelled,
        RunRowStatus.Failed => RunEnd.Failed,
        _ => RunEnd.Paused,
    };
}
