using System.Text.RegularExpressions;
using Fer.Models;

namespace Fer.Actors.Storage;

/// <summary>Where a run keeps its files: <c>runs/ID/</c> with its journal (unless that is PostgreSQL's), artifacts, lock, logs and report.</summary>
public sealed partial record RunFolder
{
    public RunFolder(string runs, string runId)
    {
        if (!Name().IsMatch(runId))
        {
            throw new BadInputException($"'{runId}' is no run id: expected 1 to 64 letters, digits, dots, dashes or underscores, starting with a letter or digit.");
        }

        Runs = System.IO.Path.GetFullPath(runs);
        RunId = runId;
    }

    public string Runs { get; }

    public string RunId { get; }

    public string Path => System.IO.Path.Combine(Runs, RunId);

    /// <summary>Where its artifacts are: in a folder of its own, or, of a run that hosts compute, in the store that they share.</summary>
    public string Artifacts => Store ?? System.IO.Path.Combine(Path, "artifacts");

    /// <summary>The store that hosts share, where the run is theirs; null: the run is this folder's own.</summary>
    public string? Store
    {
        get => field ?? (File.Exists(StoreFile) ? File.ReadAllText(StoreFile).Trim() : null);
        init;
    }

    /// <summary>Says that the run is computed by hosts that share a store, and where that is.</summary>
    public void Link(string store)
    {
        Directory.CreateDirectory(Path);
        Durable.Replace(StoreFile, System.Text.Encoding.UTF8.GetBytes(System.IO.Path.GetFullPath(store)));
    }

    private string StoreFile => System.IO.Path.Combine(Path, "store");

    /// <summary>SQLite's: a file of its own, or, of a run that a single host computes, the file of all its runs.</summary>
    public string Journal => Store is { } store ? SingleHost.Journal(store) : System.IO.Path.Combine(Path, "journal.db");

    public string Lock => System.IO.Path.Combine(Path, "lock");

    /// <summary>One word of a user's wish (<c>pause</c>, <c>cancel</c>) to whichever process holds the run.</summary>
    public string Request => System.IO.Path.Combine(Path, "request");

    public string Report => System.IO.Path.Combine(Path, "report.html");

    public string Logs => System.IO.Path.Combine(Path, "logs");

    public bool Exists => Directory.Exists(Path);

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}\z")]
    private static partial Regex Name();
}
