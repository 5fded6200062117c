using System.Text;
using Fer.Actors.Hosting;
using Fer.Actors.Runs;
using Fer.Models;

namespace Fer.Actors.Storage;

/// <summary>
/// A file that says which run has begun in a folder. Without it a journal that was cut, lost or belongs to another run would
/// look like a run that never began, and the files of the real one like rubbish.
/// </summary>
public static class RunMark
{
    public static void Write(RunFolder folder)
    {
        if (!File.Exists(PathIn(folder)))
        {
            Durable.Replace(PathIn(folder), Encoding.UTF8.GetBytes(folder.RunId));
        }
    }

    /// <summary>Throws a <see cref="BadInputException"/> where the folder and the journal are not of the same run. Changes nothing.</summary>
    /// <param name="state">What the journal says of the run; null: nothing.</param>
    public static void Check(RunFolder folder, JournalSettings journal, RunState? state)
    {
        var path = PathIn(folder);
        var owner = File.Exists(path) ? File.ReadAllText(path).Trim() : null;
        if (owner is not null && owner != folder.RunId)
        {
            throw new BadInputException($"The folder {folder.Path} is that of run '{owner}': give it that name again; a run's id cannot be changed.");
        }

        if (owner is not null && state is null)
        {
            var where = journal.Provider == "postgres" ? "the PostgreSQL database of fer.journal.connection-string" : $"{folder.Journal} (with its -wal file)";
            throw new BadInputException($"Run '{folder.RunId}' has begun, but its journal holds nothing of it: put back a copy of {where}, or start the run under another id. Nothing was changed.");
        }

        if (owner is null && state is not null && !Directory.Exists(folder.Artifacts))
        {
            throw new BadInputException($"The journal has a run '{folder.RunId}' whose files are not in {folder.Path}: name its folder with --runs, or choose another --run-id.");
        }
    }

    private static string PathIn(RunFolder folder) => Path.Combine(folder.Path, "begun");
}
