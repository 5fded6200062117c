using Fer.Actors.Storage;
using Fer.Host.Hosting;
using Fer.Host.Settings;

namespace Fer.Host.Tests.Commands;

public sealed class HostsWatchTests : IDisposable
{
    private readonly string runs = Directory.CreateTempSubdirectory("fer-watch-").FullName;
    private readonly List<string> said = [];

    public void Dispose() => Directory.Delete(runs, recursive: true);

    [Fact]
    public async Task Who_waits_is_told_once_that_no_host_is_there_and_once_that_one_is_again()
    {
        var watch = Watch(isKnown: false);

        await Look(watch, isUp: true);
        Assert.Empty(said);
        await Look(watch, isUp: false);
        await Look(watch, isUp: false);
        await Look(watch, isUp: true);
        await Look(watch, isUp: true);

        Assert.Equal([$"No host is there now: the sweep waits in {Store} until one is: fer host --runs {runs} starts it.", "A host is there again."], said);
    }

    [Fact]
    public async Task What_was_said_when_it_was_handed_over_is_not_said_again()
    {
        var watch = Watch(isKnown: true);

        await Look(watch, isUp: false);
        Assert.Empty(said);
        await Look(watch, isUp: true);

        Assert.Equal(["A host is there again."], said);
    }

    private string Store => SingleHost.StoreIn(runs);

    private HostsWatch Watch(bool isKnown)
    {
        var settings = FerConfig.Load(null, [], new System.Collections.Hashtable());
        return new HostsWatch(settings with { Cluster = settings.Cluster with { Store = Store } }, runs, "sweep", said.Add, isKnown);
    }

    private async Task Look(HostsWatch watch, bool isUp)
    {
        Directory.CreateDirectory(Store);
        using var held = isUp ? FileLock.TryTake(SingleHost.Lock(Store)) : null;

        // A single host is asked about by its lock alone.
        await watch.LookAsync(null!);
    }
}
