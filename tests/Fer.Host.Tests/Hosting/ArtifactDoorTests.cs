using System.Net;
using System.Net.Http.Headers;
using Fer.Actors.Artifacts;
using Fer.Actors.Storage;
using Fer.Host.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Fer.Host.Tests.Hosting;

/// <summary>Two hosts with a store each, one of which has a face that the other lacks; no database answers.</summary>
public sealed class ArtifactDoorTests : IAsyncLifetime
{
    private const string Word = "a word of sixteen letters";

    private readonly string root = Directory.CreateTempSubdirectory("fer-doors-").FullName;
    private readonly NpgsqlDataSource noDatabase = NpgsqlDataSource.Create("Host=127.0.0.1;Port=1;Timeout=1");
    private readonly byte[] face = new byte[3_000_000];
    private ArtifactStore giver = null!;
    private ArtifactStore taker = null!;
    private HostArtifacts artifacts = null!;
    private IArtifactDoor door = null!;
    private string hash = "";

    private Holder Giver => new("giver", $"http://127.0.0.1:{door.Port}");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        (giver, taker) = (new ArtifactStore(Path.Combine(root, "giver")), new ArtifactStore(Path.Combine(root, "taker")));
        new Random(1).NextBytes(face);
        hash = giver.Put(face);
        artifacts = Of(taker, Word);
        door = await ArtifactDoor.OpenAsync(Setup(), NullLoggerFactory.Instance, Stop);
    }

    public async ValueTask DisposeAsync()
    {
        artifacts.Dispose();
        await door.DisposeAsync();
        await noDatabase.DisposeAsync();
        Directory.Delete(root, recursive: true);
    }

    [Fact]
    public async Task What_a_host_lacks_it_fetches_whole()
    {
        Assert.True(await artifacts.FetchAsync(hash, Stop, Giver));

        Assert.Equal(face, taker.Get(hash));
    }

    [Fact]
    public async Task A_transfer_that_was_cut_goes_on_where_it_was()
    {
        await using (var part = taker.Begin(hash))
        {
            part.Write(face.AsSpan(0, 2_000_000));
        }

        // The giver has lost what came already: only the rest can have come from it.
        var file = giver.PathOf(hash);
        await File.WriteAllBytesAsync(file, [.. new byte[2_000_000], .. face.AsSpan(2_000_000)], Stop);

        Assert.True(await artifacts.FetchAsync(hash, Stop, Giver));
        Assert.Equal(face, taker.Get(hash));
    }

    [Fact]
    public async Task What_does_not_hash_to_its_name_is_refused_and_begun_anew_the_next_time()
    {
        await File.WriteAllBytesAsync(giver.PathOf(hash), new byte[face.Length], Stop);
        Assert.False(await artifacts.FetchAsync(hash, Stop, Giver));
        Assert.False(taker.Has(hash));

        await File.WriteAllBytesAsync(giver.PathOf(hash), face, Stop);
        Assert.True(await artifacts.FetchAsync(hash, Stop, Giver));
        Assert.Equal(face, taker.Get(hash));
    }

    [Fact]
    public async Task What_nobody_has_is_missing_and_nobody_waits_long_for_it()
    {
        Assert.False(await artifacts.FetchAsync(new string('a', 64), Stop, Giver));
        Assert.False(await artifacts.FetchAsync(hash, Stop, new Holder("gone", "http://127.0.0.1:1")));
    }

    [Fact]
    public async Task Many_that_want_the_same_at_once_get_it_by_one_transfer()
    {
        Assert.All(await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => artifacts.FetchAsync(hash, Stop, Giver))), Assert.True);

        Assert.Equal(face, taker.Get(hash));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(taker.Root, "aside")));
    }

    [Fact]
    public async Task A_host_keeps_a_copy_of_what_another_asks_it_to_and_says_what_it_cannot_get()
    {
        // The giver asks the taker, which has a door, too.
        await using var other = await ArtifactDoor.OpenAsync(Setup() with { Store = taker, Artifacts = artifacts }, NullLoggerFactory.Instance, Stop);
        using var line = new ArtifactLine(Word, NullLogger.Instance);
        var (to, none) = (new Holder("taker", $"http://127.0.0.1:{other.Port}"), new string('b', 64));

        Assert.Equal([hash, none], await line.KeepAsync(to, new KeepRequest(null, [hash, none]), Stop));
        Assert.Equal([none], await line.KeepAsync(to, new KeepRequest(Giver, [hash, none]), Stop));
        Assert.Equal(face, taker.Get(hash));
        Assert.Null(await line.KeepAsync(to, new KeepRequest(Giver, ["../../etc/passwd"]), Stop));
    }

    [Fact]
    public async Task Who_does_not_know_the_word_gets_nothing()
    {
        using var stranger = Of(taker, "another word of sixteen letters");
        Assert.False(await stranger.FetchAsync(hash, Stop, Giver));

        using var client = new HttpClient();
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync(Giver.Url + ArtifactLine.PathOf(hash), Stop)).StatusCode);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Word);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync(Giver.Url + "/artifacts/..%2F..%2Fgiver", Stop)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(Giver.Url + ArtifactLine.PathOf(hash), Stop)).StatusCode);
    }

    [Fact]
    public void A_store_with_a_source_reads_what_it_lacks_or_has_damaged_from_there()
    {
        var reading = new ArtifactStore(taker.Root, new From(artifacts, Giver));

        Assert.Equal(face, reading.Get(hash));
        File.WriteAllText(taker.PathOf(hash), "damaged");
        Assert.Equal(face, reading.Get(hash));
        Assert.Throws<DamagedArtifactException>(() => reading.Get(new string('c', 64)));
    }

    [Fact]
    public async Task A_port_that_is_taken_is_named()
    {
        var e = await Assert.ThrowsAsync<Fer.Models.BadInputException>(() => ArtifactDoor.OpenAsync(Setup() with { Port = door.Port }, NullLoggerFactory.Instance, Stop));

        Assert.Equal($"fer.cluster.artifact-port: port {door.Port} of 127.0.0.1 is in use by another program: choose another, or 0 for any free one.", e.Message);
    }

    private ArtifactDoorSetup Setup() => new(giver, Of(giver, Word), "127.0.0.1", 0, Word, null, (_, _) => true);

    private HostArtifacts Of(ArtifactStore store, string word) => new(store, new ArtifactRows(noDatabase, TimeSpan.FromSeconds(1)), new ArtifactLine(word, NullLogger.Instance), "", 2, NullLogger.Instance);

    private sealed class From(HostArtifacts artifacts, Holder holder) : IArtifactSource
    {
        public bool Fetch(string hash) => Task.Run(() => artifacts.FetchAsync(hash, CancellationToken.None, holder)).GetAwaiter().GetResult();
    }
}
