using System.Data.Common;
using Fer.Host.Settings;

namespace Fer.Host.Hosting;

/// <summary>Tells who waits for hosts when none is there any more, and when one is again: nothing else would be heard of it.</summary>
/// <param name="what">What waits for them: <c>run</c> or <c>sweep</c>.</param>
/// <param name="isKnown">Whether it has been said already, should none be there at the first look.</param>
internal sealed class HostsWatch(FerSettings settings, string runs, string what, Action<string> say, bool isKnown)
{
    private bool missing;
    private bool looked;

    public async Task LookAsync(DbDataSource database)
    {
        var now = await Hosts.ThereAsync(settings, database).ConfigureAwait(false) == 0;
        if (now != missing && (looked || !isKnown))
        {
            say(now ? $"No host is there now: the {what} waits {Hosts.WhereItWaits(settings, runs)}" : "A host is there again.");
        }

        (missing, looked) = (now, true);
    }
}
