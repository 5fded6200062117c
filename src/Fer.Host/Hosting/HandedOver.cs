using Fer.Actors.Hosting;
using Fer.Actors.Runs;
using Fer.Actors.Storage;
using Fer.Actors.Sweeps;
using Fer.Models;
using Npgsql;

namespace Fer.Host.Hosting;

/// <summary>A run that hosts compute, seen from a command line: this folder holds only what finds it again.</summary>
internal sealed class HandedOver(RunFolder folder, JournalSettings journal)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(500);

    /// <summary>Leaves a wish in the database, for whoever coordinates. It is done when one does.</summary>
    /// <returns>One sentence about it.</returns>
    public async Task<string> WishAsync(string wish, CancellationToken stop)
    {
        await using var database = await ClusterDatabase.OpenAsync(journal, stop).ConfigureAwait(false);
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

            await Task.Delay(Look, stop).ConfigureAwait(false);
        }

        return $"Run '{folder.RunId}' is {row.Status}; no host has answered yet, and the wish to {wish} it waits in the database.";
    }

    /// <summary>Waits until a run is over or paused.</summary>
    /// <param name="say">Given a sentence when its state changes.</param>
    public async Task<RunRow> UntilOverAsync(Action<string> say, CancellationToken stop)
    {
        await using var database = await ClusterDatabase.OpenAsync(journal, stop).ConfigureAwait(false);
        var rows = new RunRows(database);
        var (said, troubled) = ("", false);
        while (true)
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

                troubled = false;
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException)
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

    /// <summary>How such a run has ended, in the words of a run of this machine.</summary>
    public static RunEnd EndOf(RunRow row) => row.Status switch
    {
        RunRowStatus.Completed => RunEnd.Completed,
        RunRowStatus.Cancelled => RunEnd.Cancelled,
        RunRowStatus.Failed => RunEnd.Failed,
        _ => RunEnd.Paused,
    };
}
