using Fer.Actors.Hosting;
using Fer.Models;

namespace Fer.Actors.Hosts;

/// <summary>The folder that hosts share.</summary>
public static class SharedStore
{
    /// <summary>Its full path, when it is there and can be written. Throws <see cref="BadInputException"/> with one sentence.</summary>
    public static string Require(ClusterSettings cluster)
    {
        if (cluster.Store.Length == 0)
        {
            throw new BadInputException("fer.cluster.store is empty: expected a folder that every host can read and write.");
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
            throw new BadInputException($"fer.cluster.store: {path} cannot be used: {e.Message}", e);
        }
    }
}
