using System.Data.Common;
using Fer.Actors.Storage;
using Fer.Actors.Sweeps;
using Fer.Host.Settings;

namespace Fer.Host.Hosting;

/// <summary>Who would compute what is handed over.</summary>
internal static class Hosts
{
    /// <summary>Hosts that speak now.</summary>
    public static async Task<int> ThereAsync(FerSettings settings, DbDataSource database) => SingleHost.Is(settings.Journal)
        ? SingleHost.IsUp(settings.Cluster.Store) ? 1 : 0
        : (await new HostRows(database, settings.Cluster.Lease).AllAsync().ConfigureAwait(false)).Count(h => h.Silent < settings.Cluster.Lease);

    /// <summary>The end of a sentence: where what was handed over waits while none is there.</summary>
    public static string WhereItWaits(FerSettings settings, string runs) => SingleHost.Is(settings.Journal)
        ? $"in {settings.Cluster.Store} until one is: fer host --runs {runs} starts it."
        : "in the database until one is.";
}
