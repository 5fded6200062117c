using Fer.Actors.Hosting;

namespace Fer.Actors.Storage;

/// <summary>Where a host that needs no server keeps what several would have in PostgreSQL: in files of the store, beside the artifacts.</summary>
public static class SingleHost
{
    /// <summary>The host's store where none is named. No run's folder: several hosts keep their logs beside it.</summary>
    /// <param name="runs">The folder of runs.</param>
    public static string StoreIn(string runs) => Path.GetFullPath(Path.Combine(runs, "hosts", "store"));

    /// <summary>Whether a folder is such a store, which looks much like a run's folder.</summary>
    public static bool IsStore(string folder) => File.Exists(Rows(folder));

    public static bool Is(JournalSettings journal) => journal.Provider != "postgres";

    /// <summary>The journals of all runs that it has in hand.</summary>
    public static string Journal(string store) => Path.Combine(store, "journal.db");

    /// <summary>The rows of runs, hosts and leases.</summary>
    public static string Rows(string store) => Path.Combine(store, "cluster.db");

    /// <summary>Held by the one host for its life.</summary>
    public static string Lock(string store) => Path.Combine(store, "host.lock");

    /// <summary>What a second host is told.</summary>
    public static string Taken(string store) => $"fer.journal.provider is sqlite, and another fer host works in {store} already: a second host needs postgres there (docs/cluster.md).";

    public static bool IsUp(string store) => FileLock.IsHeld(Lock(store));
}
