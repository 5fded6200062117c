using System.Security.Cryptography;
using Fer.Actors.Artifacts;
using Fer.Actors.Storage;
using Fer.Actors.Sweeps;
using Fer.Actors.Tests.Journals;
using Npgsql;

namespace Fer.Actors.Tests.Artifacts;

[Collection("postgres")]
public sealed class ArtifactRowsTests(PostgresServer server) : IAsyncLifetime
{
    private NpgsqlDataSource source = null!;

    private ArtifactRows Rows => new(source, TimeSpan.FromSeconds(3));

    public async ValueTask InitializeAsync() => source = await ClusterDatabase.PostgresAsync(server.NewDatabase(), CancellationToken.None);

    public ValueTask DisposeAsync() => source.DisposeAsync();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task All_hosts_of_a_database_know_one_key()
    {
        var words = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Rows.KeyAsync(Stop)));

        Assert.Single(words.Distinct());
        Assert.Equal(64, words[0].Length);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4 << 20)]
    [InlineData((4 << 20) + 1)]
    public async Task What_is_posted_is_collected_as_it_was_once_and_again_until_it_is_taken_away(int length)
    {
        var content = new byte[length];
        new Random(1).NextBytes(content);
        var hash = Convert.ToHexStringLower(SHA256.HashData(content));

        await Rows.PostAsync(hash, content, Stop);
        await Rows.PostAsync(hash, content, Stop);

        Assert.Equal([hash], await Rows.PostedAsync(Stop));
        for (var time = 0; time < 2; time++)
        {
            using var to = new MemoryStream();
            Assert.True(await Rows.CollectAsync(hash, () => to, Stop));
            Assert.Equal(content, to.ToArray());
        }

        await Rows.TakeAwayAsync([hash], Stop);
        Assert.Empty(await Rows.PostedAsync(Stop));
        Assert.False(await Rows.CollectAsync(hash, () => throw new InvalidOperationException("Nothing lies there."), Stop));
    }

    [Fact]
    public async Task Hosts_that_speak_can_be_asked_and_of_others_is_known_that_they_may_have_something()
    {
        var hosts = new HostRows(source, TimeSpan.FromSeconds(3));
        await hosts.EnterAsync("a", "1", "v", [], "", Stop);
        await Rows.ServeAsync(new Holder("a", "http://a", "disk", "1"), Stop);
        await Rows.ServeAsync(new Holder("b", "http://b", "another", "1"), Stop);
        async Task<(string, bool, bool)[]> Look() => [.. (await Rows.HoldersAsync(Stop)).Select(h => (h.Name, h.IsThere, h.Keeps))];

        Assert.Equal([("a", true, true), ("b", false, false)], await Look());

        // It goes: it gives away still, and is no safe place for a copy; it goes on saying where it is.
        await Rows.LeaveAsync(new Holder("a", "http://a", "disk", "1"), Stop);
        await Rows.ServeAsync(new Holder("a", "http://a", "disk", "1"), Stop);
        Assert.Equal([("a", true, false), ("b", false, false)], await Look());

        // Gone without having handed over what it had; then with it.
        await hosts.LeaveAsync("a", "1");
        Assert.Equal([("a", false, false), ("b", false, false)], await Look());
        await Rows.HandedOverAsync(new Holder("a", "http://a", "disk", "1"), Stop);
        Assert.Equal([("b", false, false)], await Look());

        // Another life under a name is elsewhere until it says where.
        await Rows.ServeAsync(new Holder("a", "http://a", "disk", "1"), Stop);
        await hosts.EnterAsync("a", "2", "v", [], "", Stop);
        Assert.Equal([("a", false, false), ("b", false, false)], await Look());
    }

    [Fact]
    public async Task A_host_hears_once_of_what_was_retired_and_of_all_of_it_when_it_was_away()
    {
        await Rows.RetireAsync(["h1"]);
        var (first, at) = await Rows.RetiredAsync(null, Stop);
        Assert.Equal(["h1"], first);

        // Of the last minute again, since a row may show late.
        await Rows.RetireAsync(["h1", "h2"]);
        Assert.Equal(["h1", "h2"], (await Rows.RetiredAsync(at, Stop)).Hashes.Order());
        Assert.Empty((await Rows.RetiredAsync(at.AddMinutes(2), Stop)).Hashes);
    }
}
