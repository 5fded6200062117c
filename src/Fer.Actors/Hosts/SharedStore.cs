using System.Data.Common;
using System.Text;
using Fer.Actors.Hosting;
using Fer.Actors.Storage;
using Fer.Actors.Sweeps;
using Fer.Models;

namespace Fer.Actors.Hosts;

/// <summary>The folder that hosts share, or the one that each has for itself.</summary>
public static class SharedStore
{
    private const string Mark = "store.id";

    /// <summary>What the database says instead of a folder's mark where each host has its own.</summary>
    private const string Own = "own";

    /// <summary>
    /// Its full path, when it is the very folder that the database's other hosts share. One that is not mounted, or another, would look empty, and
    /// everything in it lost. Throws <see cref="NotReachableException"/>.
    /// </summary>
    public static async Task<string> OfAsync(ClusterSettings cluster, DbDataSource database)
    {
        var path = Require(cluster);
        var each = cluster.Artifacts == ClusterSettings.OwnStores;
        var here = each ? Own : MarkOf(path);
        await using var first = database.Command("insert into fer.store (one, id) values (true, $1) on conflict (one) do nothing", here ?? Guid.NewGuid().ToString("N"));
        await first.ExecuteNonQueryAsync().ConfigureAwait(false);
        await using var command = database.Command("select id from fer.store");
        var shared = (string)(await command.ExecuteScalarAsync().ConfigureAwait(false))!;
        if (each != (shared == Own))
        {
            throw new BadInputException($"fer.cluster.artifacts is {(each ? Own : ClusterSettings.SharedFolder)}, and hosts of this database {(each ? "share a folder" : "have a store each")}: expected {(each ? ClusterSettings.SharedFolder : Own)}, or a database that is new.");
        }

        if (each)
        {
            _ = IdOf(path);
            return path;
        }

        await using var known = database.Command("select count(*) from fer.run");
        if (here is null && (long)(await known.ExecuteScalarAsync().ConfigureAwait(false))! == 0)
        {
            Put(path, shared);
        }

        // Another host may have put it there meanwhile, and a run have been handed over.
        here ??= MarkOf(path);
        return here == shared
            ? path
            : throw new NotReachableException($"fer.cluster.store: {path} is not the folder that the other hosts of this database share (its {Mark} {(here is null ? "is missing" : $"says {here}")}, expected {shared}): is it mounted, and is it the right one?");
    }

    /// <summary>Identity of a store that one host has for itself: of another folder it is another, even under the same path.</summary>
    public static string IdOf(string path)
    {
        if (MarkOf(path) is { } id)
        {
            return id;
        }

        Directory.CreateDirectory(path);
        Put(path, Guid.NewGuid().ToString("N"));
        return MarkOf(path) ?? throw new IOException($"{Path.Combine(path, Mark)} was written, and is gone.");
    }

    // An empty one was begun by a process that was ended.
    private static string? MarkOf(string path) => new FileInfo(Path.Combine(path, Mark)) is { Exists: true, Length: > 0 } mark ? File.ReadAllText(mark.FullName).Trim() : null;

    // Whole or not at all: others look meanwhile, and this process may be ended at any moment.
    private static void Put(string path, string id)
    {
        var (mark, aside) = (Path.Combine(path, Mark), Path.Combine(path, $"{Mark}.{Guid.NewGuid():N}"));
        Durable.WriteAndFlush(aside, Encoding.ASCII.GetBytes(id));
        try
        {
            // Of two that begin at once one is first.
            File.Move(aside, mark, overwrite: new FileInfo(mark) is { Exists: true, Length: 0 });
        }
        catch (IOException) when (File.Exists(mark))
        {
            File.Delete(aside);
        }
    }

    /// <summary>Its full path, when it is there and can be written. Throws with one sentence.</summary>
    private static string Require(ClusterSettings cluster)
    {
        if (cluster.Store.Length == 0)
        {
            throw new BadInputException("fer.cluster.store is empty: expected a folder that every host can read and write, or fer.cluster.artifacts = own, where each host has its own.");
        }

        var path = Path.GetFullPath(cluster.Store);
        try
        {
            Directory.CreateDirectory(path);
            var probe = Path.Combine(path, $"probe.{Environment.MachineName}.{Environment.ProcessId}");
            File.WriteAllText(probe, "");
            File.Delete(probe);
            return path;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NotReachableException($"fer.cluster.store: {path} cannot be used: {e.Message}", e);
        }
    }
}
