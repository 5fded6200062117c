using Fer.Actors.Hosting;
using Fer.Actors.Hosts;
using Fer.Actors.Sweeps;
using Fer.Actors.Tests.Storage;

namespace Fer.Actors.Tests.Hosts;

public sealed class SharedStoreTests : IAsyncLifetime
{
    private readonly TemporaryFolder folder = new();
    private SqliteSource database = null!;

    private string Store => folder.File("store");

    private string Mark => Path.Combine(Store, "store.id");

    public async ValueTask InitializeAsync() => database = await ClusterDatabase.SqliteAsync(folder.File("rows"), CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        await database.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public async Task Hosts_that_begin_at_once_agree_on_the_folder_that_they_share()
    {
        await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(Open)));

        Assert.Equal([Mark], Directory.EnumerateFiles(Store));
        Assert.Equal(32, (await File.ReadAllTextAsync(Mark, TestContext.Current.CancellationToken)).Length);
    }

    [Theory]
    [InlineData(ClusterSettings.SharedFolder)]
    [InlineData(ClusterSettings.OwnStores)]
    public async Task A_mark_that_a_host_had_only_begun_when_it_was_killed_is_written_anew(string artifacts)
    {
        Directory.CreateDirectory(Store);
        await File.WriteAllTextAsync(Mark, "", TestContext.Current.CancellationToken);

        await Open(artifacts);

        var id = await File.ReadAllTextAsync(Mark, TestContext.Current.CancellationToken);
        Assert.Equal(32, id.Length);
        await Open(artifacts);
        Assert.Equal(id, await File.ReadAllTextAsync(Mark, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Another_folder_than_the_one_that_hosts_share_is_refused_and_left_as_it_is()
    {
        await Open();
        await File.WriteAllTextAsync(Mark, "another", TestContext.Current.CancellationToken);

        var refused = await Assert.ThrowsAsync<NotReachableException>(() => Open());

        Assert.Contains("store.id says another", refused.Message);
        Assert.Equal("another", await File.ReadAllTextAsync(Mark, TestContext.Current.CancellationToken));
    }

    private Task<string> Open() => Open(ClusterSettings.SharedFolder);

    private Task<string> Open(string artifacts) => SharedStore.OfAsync(new ClusterSettings { Store = Store, Artifacts = artifacts }, database);
}
