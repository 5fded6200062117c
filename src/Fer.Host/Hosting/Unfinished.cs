using System.Text.RegularExpressions;
using Fer.Actors.Jobs.Levers;
using Fer.Actors.Runs;
using Fer.Actors.Storage;
using Fer.Host.Settings;
using Fer.Models;
using RunReader = Fer.Actors.Storage.RunReader;

namespace Fer.Host.Hosting;

/// <summary>
/// Finds the run that a command goes on with which was given no id: the newest that the very same command began, that is not over, that nobody
/// has paused, and that no process has in hand. Without it "run the same command again" would begin anew each time.
/// </summary>
internal static partial class Unfinished
{
    /// <param name="fresh">The id that a new run would have: the configuration's name and the time.</param>
    /// <param name="byHosts">Of those that were handed to hosts, which have it in hand, instead of those that are computed here.</param>
    /// <returns>Its id; <paramref name="fresh"/> where there is none.</returns>
    public static string Or(string fresh, string runs, string config, FerSettings settings, IReadOnlyList<LeverChoice>? levers = null, bool byHosts = false)
    {
        var name = Time().Replace(fresh, "");
        return RunReader.RunIds(runs).Where(id => Time().IsMatch(id) && Time().Replace(id, "") == name).Reverse()
            .FirstOrDefault(id => Waits(new RunFolder(runs, id), config, settings, levers, byHosts)) ?? fresh;
    }

    private static bool Waits(RunFolder folder, string config, FerSettings settings, IReadOnlyList<LeverChoice>? levers, bool byHosts)
    {
        try
        {
            return RunFile.IsOf(folder, config, settings, levers)
                && folder.Store is not null == byHosts
                && (byHosts || !RunReader.IsHeld(folder, settings.Journal))
                && RunReader.Read(folder, settings.Journal) is null or { IsOver: false, Status: not RunStatus.Paused };
        }
        catch (Exception e) when (e is BadInputException or IOException or UnauthorizedAccessException)
        {
            // One that is spoilt is no reason to begin no other.
            return false;
        }
    }

    [GeneratedRegex(@"-\d{8}-\d{6}$")]
    private static partial Regex Time();
}
