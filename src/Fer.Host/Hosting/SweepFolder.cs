using System.Text.RegularExpressions;
using Fer.Actors.Hosting;
using Fer.Actors.Storage;
using Fer.Actors.Sweeps;
using Fer.Host.Settings;
using Fer.Models;

namespace Fer.Host.Hosting;

/// <summary>Where a sweep that was submitted from here keeps how to find it again (<c>RUNS/sweeps/ID</c>): the hosts' database and store. What it is stands in its journal.</summary>
internal sealed partial class SweepFolder
{
    private readonly RunFolder folder;

    public SweepFolder(string runs, string id)
    {
        Runs = Path.GetFullPath(runs);
        folder = new RunFolder(Path.Combine(Runs, "sweeps"), id);
        Id = id;
    }

    public string Runs { get; }

    public string Id { get; }

    public string Root => folder.Path;

    public string Report => folder.Report;

    public bool Exists => folder.Exists;

    /// <summary>Where journals of what was handed to the same hosts are.</summary>
    public RunFolder JournalOf(FerSettings settings) => settings.Cluster.Store.Length > 0 ? folder with { Store = settings.Cluster.Store } : folder;

    public void Write(FerSettings settings, string config, string store)
    {
        folder.Link(store);
        RunFile.Write(folder, config, settings);
    }

    public static IReadOnlyList<string> Ids(string runs) => Directory.Exists(Path.Combine(runs, "sweeps"))
        ? [.. Directory.EnumerateDirectories(Path.Combine(runs, "sweeps")).Where(d => File.Exists(Path.Combine(d, "run.json"))).Select(d => Path.GetFileName(d)!).Order(StringComparer.Ordinal)]
        : [];

    /// <summary>How it was submitted. Throws <see cref="BadInputException"/> where it was not, from here, or its folder is spoilt.</summary>
    public FerSettings Load()
    {
        if (!Exists)
        {
            var nearest = Spelling.Nearest(Id, Ids(Runs));
            throw new BadInputException($"There is no sweep '{Id}' in {Runs}{(nearest is null ? "." : $"; did you mean {nearest}?")} One that was submitted elsewhere is found with --config, the configuration that names the hosts' database.");
        }

        const string cure = "name the hosts' database with --config";
        var settings = RunFile.Read(folder, $"how sweep '{Id}' was handed over", cure);
        var store = folder.Store ?? throw new BadInputException($"{Path.Combine(Root, "store")} is missing, so where the hosts of sweep '{Id}' keep artifacts is not known: {cure}.");
        return settings with { Cluster = settings.Cluster with { Store = store } };
    }

    /// <summary>Its state, or null while no coordinator has taken it up.</summary>
    public SweepState? Read(FerSettings settings) => SweepReader.Read(JournalOf(settings), Id, settings.Journal);

    /// <summary>Makes the folder of a trial's run, so that it can be looked at like any run; nothing where the id is no trial's.</summary>
    public static void MakeTrialFolder(RunFolder run)
    {
        if (run.Exists || SweepOf(run.RunId) is not { } id)
        {
            return;
        }

        var sweep = new SweepFolder(run.Runs, id);
        if (sweep.Exists && RunReader.Read(run with { Store = sweep.folder.Store }, sweep.Load().Journal) is not null)
        {
            run.Link(sweep.folder.Store!);
            File.Copy(RunFile.PathIn(sweep.folder), RunFile.PathIn(run));
        }
    }

    /// <summary>The sweep that a run is a trial of, by its name; null: it is called like none.</summary>
    private static string? SweepOf(string run) => TrialId().Match(run) is { Success: true } id ? id.Groups[1].Value : null;

    [GeneratedRegex(@"^(.+)-\d{4,}(?:-\d+)?\z")]
    private static partial Regex TrialId();
}
