using System.Data.Common;
using System.Globalization;
using Fer.Actors.Sweeps;
using Fer.Actors.Sweeps.V1;
using Fer.Host.Commands;
using Fer.Host.Settings;

namespace Fer.Host.Hosting;

/// <summary>Follows a sweep in a terminal: its events as they come, and its end.</summary>
internal static class SweepWatch
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    /// <summary>Says what happens until it is over, paused, or the watcher stops.</summary>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static async Task<int> UntilOverAsync(CommandContext context, SweepFolder folder, FerSettings settings, CancellationToken stop)
    {
        var console = context.Console;
        var (said, troubled) = (0, false);
        await using var database = await ClusterDatabase.OpenAsync(settings.Journal, settings.Cluster.Store, CancellationToken.None).ConfigureAwait(false);
        var hosts = new HostsWatch(settings, folder.Runs, "sweep", console.Out.WriteLine, isKnown: false);
        var state = SweepState.Empty;
        try
        {
            while (true)
            {
                try
                {
                    // Only what is new: a long sweep's journal is not read again each second.
                    foreach (var e in SweepReader.Events(folder.JournalOf(settings), folder.Id, settings.Journal, said))
                    {
                        state = state.Apply(e);
                        said++;
                        console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{e.At.ToLocalTime():HH:mm:ss} {SweepEventLog.Sentence(e, state)}"));
                    }

                    if (!state.IsOver)
                    {
                        await hosts.LookAsync(database).ConfigureAwait(false);
                    }

                    troubled = false;
                }
                catch (Exception e) when (e is Fer.Models.BadInputException or DbException or TimeoutException)
                {
                    if (!troubled)
                    {
                        console.Error.WriteLine($"The journal does not answer ({e.Message.Split('\n')[0]}); asked again until it does.");
                    }

                    troubled = true;
                }

                if (state.IsOver || state.Status == SweepStatus.Paused)
                {
                    SweepTable.Write(console, folder.Id, state);
                    return state.Status switch { SweepStatus.Completed => state.Best is null ? ExitCode.Failed : ExitCode.Done, SweepStatus.Paused => ExitCode.Paused, _ => ExitCode.Cancelled };
                }

                await Task.Delay(Look, stop).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            console.Error.WriteLine($"No longer watching: the hosts go on with sweep {folder.Id}; fer sweep status {folder.Id} says how it goes, fer sweep cancel {folder.Id} ends it.");
            return ExitCode.RunAgain;
        }
    }
}
