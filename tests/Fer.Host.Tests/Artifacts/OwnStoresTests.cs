using System.Net;
using System.Security.Cryptography;
using System.Text;
using Fer.Actors.Artifacts;
using Fer.Actors.Storage;
using Fer.Actors.Sweeps;
using Fer.Actors.Tests.Journals;
using Fer.Host.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Fer.Host.Tests.Artifacts;

[CollectionDefinition("postgres")]
public sealed class PostgresCollection : ICollectionFixture<PostgresServer>;

/// <summary>Hosts with a store each: what one lacks it fetches, what one has it lays with others, and "not now" is not "lost".</summary>
[Collection("postgres")]
public sealed class OwnStoresTests(PostgresServer server) : IAsyncLifetime
{
    private readonly string root = Directory.CreateTempSubdirectory("fer-stores-").FullName;
    private readonly List<ArtifactHost> hosts = [];
    private NpgsqlDataSource database = null!;

    private static byte[] Face { get; } = RandomNumberGenerator.GetBytes(3_000_000);

    private static string Hash { get; } = Convert.ToHexStringLower(SHA256.HashData(Face));

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => database = await ClusterDatabase.PostgresAsync(server.NewDatabase(), CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        foreach (var host in hosts)
        {
            await host.DisposeAsync();
        }

        await database.DisposeAsync();
        Directory.Delete(root, recursive: true);
    }

    [Fact]
    public async Task What_a_host_lacks_it_fetches_whole_from_whoever_has_it()
    {
        var (giver, _, taker) = (await StartAsync("a"), await StartAsync("b"), await StartAsync("c"));
        giver.Store.Put(Face);

        Assert.Equal(Found.Here, (await taker.Fetch.EnsureAsync(Hash, Stop)).What);
        Assert.Equal(Face, taker.Store.Get(Hash));
    }

    [Fact]
    public async Task What_is_damaged_here_is_fetched_again_also_by_who_only_reads()
    {
        var (giver, taker) = (await StartAsync("a"), await StartAsync("b"));
        giver.Store.Put(Face);
        var reading = new ArtifactStore(taker.Store.Root, taker.Fetch);

        Assert.Equal(Face, reading.Get(Hash));
        await File.WriteAllTextAsync(taker.Store.PathOf(Hash), "damaged", Stop);
        Assert.Equal(Face, reading.Get(Hash));
        Assert.Throws<DamagedArtifactException>(() => reading.Get(new string('c', 64)));
    }

    [Fact]
    public async Task A_transfer_that_was_cut_goes_on_where_it_was()
    {
        var (giver, taker) = (await StartAsync("a"), await StartAsync("b"));
        giver.Store.Put(Face);
        Begin(taker, Face.AsSpan(0, 2_000_000));

        // The giver has lost what came already: only the rest can have come from it.
        await File.WriteAllBytesAsync(giver.Store.PathOf(Hash), [.. new byte[2_000_000], .. Face.AsSpan(2_000_000)], Stop);

        Assert.Equal(Found.Here, (await taker.Fetch.EnsureAsync(Hash, Stop)).What);
        Assert.Equal(Face, taker.Store.Get(Hash));
    }

    [Fact]
    public async Task What_came_before_a_cut_stays_for_the_next_try()
    {
        var taker = await StartAsync("b");
        using var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var cuts = Task.Run(async () =>
        {
            using var client = await listener.AcceptTcpClientAsync(Stop);
            var stream = client.GetStream();
            Assert.NotEqual(0, await stream.ReadAsync(new byte[4096], Stop));
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {Face.Length}\r\n\r\n"), Stop);
            await stream.WriteAsync(Face.AsMemory(0, 2_000_000), Stop);
        }, Stop);
        var cut = Add(await ArtifactHost.ClosedAsync("a", Folder("a"), database));
        await cut.AnnounceAsync($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");

        Assert.Equal(Found.Unknown, (await taker.Fetch.EnsureAsync(Hash, Stop)).What);
        await cuts;
        using var part = taker.Store.Begin(Hash);
        Assert.Equal(2_000_000, part.Length);
    }

    [Fact]
    public async Task A_beginning_that_is_wrong_costs_one_more_transfer_from_the_only_one_who_has_it()
    {
        var (giver, taker) = (await StartAsync("a"), await StartAsync("b"));
        giver.Store.Put(Face);
        Begin(taker, new byte[2_000_000]);

        Assert.Equal(Found.Here, (await taker.Fetch.EnsureAsync(Hash, Stop)).What);
        Assert.Equal(Face, taker.Store.Get(Hash));
    }

    [Fact]
    public async Task A_damaged_copy_is_not_taken_and_another_hosts_is()
    {
        var (bad, good, taker) = (await StartAsync("a"), await StartAsync("b"), await StartAsync("c"));
        bad.Store.Put(Face);
        await File.WriteAllBytesAsync(bad.Store.PathOf(Hash), new byte[Face.Length], Stop);
        Assert.Equal(Found.Nowhere, (await taker.Fetch.EnsureAsync(Hash, Stop)).What);
        Assert.False(taker.Store.Has(Hash));

        good.Store.Put(Face);
        Assert.Equal(Found.Here, (await taker.Fetch.EnsureAsync(Hash, Stop)).What);
        Assert.Equal(Face, taker.Store.Get(Hash));
    }

    [Theory]
    [InlineData("was killed")]
    [InlineData("left in order")]
    public async Task What_only_a_host_has_that_is_away_is_not_lost_and_is_there_again_when_the_host_is(string how)
    {
        var (giver, taker) = (await StartAsync("a"), await StartAsync("b"));
        giver.Store.Put(Face);
        await (how == "was killed" ? giver.DieAsync() : giver.LeaveAsync());

        var result = await taker.Fetch.EnsureAsync(Hash, Stop);
        Assert.Equal((Found.Unknown, "a"), (result.What, Assert.Single(result.Unasked)));

        await StartAsync("a");
        await Fresh();
        Assert.Equal(Found.Here, (await taker.Fetch.EnsureAsync(Hash, Stop)).What);
    }

    [Fact]
    public async Task What_only_a_host_had_that_was_waited_for_long_enough_is_lost()
    {
        var (giver, taker) = (await StartAsync("a"), Add(await ArtifactHost.ClosedAsync("b", Folder("b"), database, patience: TimeSpan.FromSeconds(1.5))));
        await giver.DieAsync();

        Assert.Equal(Found.Unknown, (await taker.Fetch.EnsureAsync(Hash, Stop)).What);
        await Task.Delay(TimeSpan.FromSeconds(1.5), Stop);
        Assert.Equal(Found.Nowhere, (await taker.Fetch.EnsureAsync(Hash, Stop)).What);
    }

    [Fact]
    public async Task Who_has_handed_over_all_it_had_is_waited_for_by_nobody()
    {
        var (giver, taker) = (await StartAsync("a"), await StartAsync("b"));
        await giver.Rows.HandedOverAsync(giver.Self, Stop);
        await giver.LeaveAsync();

        Assert.Equal(Found.Nowhere, (await taker.Fetch.EnsureAsync(Hash, Stop)).What);
    }

    [Fact]
    public async Task What_cannot_be_asked_for_because_the_database_is_away_is_not_lost()
    {
        await using var nowhere = NpgsqlDataSource.Create("Host=127.0.0.1;Port=1;Timeout=1");
        var rows = new ArtifactRows(nowhere, TimeSpan.FromSeconds(1));
        using var fetch = new ArtifactFetch(new ArtifactStore(Folder("a")), new HolderList(rows, "a", "a"), rows, new ArtifactLine("key", NullLogger.Instance), TimeSpan.Zero, NullLogger.Instance);

        Assert.Equal(Found.Unknown, (await fetch.EnsureAsync(Hash, Stop)).What);
    }

    [Fact]
    public async Task A_parcel_that_a_host_takes_while_another_looks_is_found_with_that_host()
    {
        var (taken, looks) = (await StartAsync("a"), await StartAsync("b"));
        await taken.Rows.PostAsync(Hash, Face, Stop);
        _ = await looks.Holders.AllAsync(Stop);

        // Between its question to the holders and the one to the database.
        taken.Store.Put(Face);
        await taken.Rows.TakeAwayAsync([Hash], Stop);
        Assert.Equal(Found.Here, (await looks.Fetch.EnsureAsync(Hash, Stop)).What);
    }

    [Fact]
    public async Task A_host_whose_door_cannot_be_reached_may_have_it()
    {
        var (unreachable, taker) = (Add(await ArtifactHost.ClosedAsync("a", Folder("a"), database)), await StartAsync("b"));
        await unreachable.AnnounceAsync("http://127.0.0.1:1");

        Assert.Equal(Found.Unknown, (await taker.Fetch.EnsureAsync(Hash, Stop)).What);
    }

    [Fact]
    public async Task Many_that_want_the_same_at_once_get_it_by_one_transfer_and_leave_no_half()
    {
        var (giver, taker) = (await StartAsync("a"), await StartAsync("b"));
        giver.Store.Put(Face);
        using var impatient = new CancellationTokenSource();
        var gone = taker.Fetch.EnsureAsync(Hash, impatient.Token);
        var others = Enumerable.Range(0, 16).Select(_ => taker.Fetch.EnsureAsync(Hash, Stop)).ToList();
        await impatient.CancelAsync();

        Assert.All(await Task.WhenAll(others), r => Assert.Equal(Found.Here, r.What));
        await Task.WhenAny(gone);
        Assert.Equal(Face.Length, taker.Fetch.Moved);
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(taker.Store.Root, "aside")));
    }

    [Fact]
    public async Task Two_programs_on_one_store_may_fetch_the_same_at_once()
    {
        var (giver, one) = (await StartAsync("a"), await StartAsync("b"));
        giver.Store.Put(Face);
        var two = Add(await ArtifactHost.ClosedAsync("", one.Store.Root, database));

        Assert.All(await Task.WhenAll(one.Fetch.EnsureAsync(Hash, Stop), two.Fetch.EnsureAsync(Hash, Stop)), r => Assert.Equal(Found.Here, r.What));
        Assert.Equal(Face, one.Store.Get(Hash));
    }

    [Fact]
    public async Task A_new_artifact_lies_on_a_second_host_before_it_is_named()
    {
        var (maker, other) = (await StartAsync("a"), await StartAsync("b"));
        maker.Store.Put(Face);

        Assert.True(await maker.Spread.NamingAsync([Hash], () => Task.FromResult(other.Store.LengthOfWhole(Hash) == Face.Length)));
    }

    [Fact]
    public async Task Hosts_that_drain_or_share_a_disk_are_no_second_copy()
    {
        var maker = await StartAsync("a");
        maker.Store.Put(Face);
        var sameDisk = Add(await ArtifactHost.StartAsync("b", maker.Store.Root, database));
        var drains = await StartAsync("c");
        await drains.DrainAsync();

        Assert.Equal([Hash], await maker.Spread.SpreadAsync([Hash], areNew: true, Stop));
        Assert.False(drains.Store.Has(Hash));
        Assert.Empty(await sameDisk.Holders.KeepersAsync(Stop));
    }

    [Fact]
    public async Task A_copy_that_is_damaged_counts_for_nothing_and_is_made_whole()
    {
        var (maker, other) = (await StartAsync("a"), await StartAsync("b"));
        maker.Store.Put(Face);
        other.Store.Put(Face);
        await File.WriteAllTextAsync(other.Store.PathOf(Hash), "damaged", Stop);

        Assert.Empty(await maker.Spread.SpreadAsync([Hash], areNew: false, Stop));
        Assert.Equal(Face, other.Store.Get(Hash));
    }

    [Fact]
    public async Task A_holder_that_is_slow_and_gets_on_is_waited_for()
    {
        var maker = await StartAsync("a");
        maker.Store.Put(Face);
        var asked = 0;
        Add(await ArtifactHost.StartAsync("b", Folder("b"), database, (_, what) => Task.FromResult(new KeepAnswer([], ++asked < 5 ? what.Hashes : [], asked))));

        Assert.Empty(await maker.Spread.SpreadAsync([Hash], areNew: true, Stop));
        Assert.Equal(5, asked);
    }

    [Fact]
    public async Task What_is_handed_over_waits_in_the_database_unless_two_disks_have_it()
    {
        var desk = Add(await ArtifactHost.ClosedAsync("", Folder("desk"), database));
        desk.Store.Put(Face);
        Assert.Equal(1, await desk.Spread.PostAsync([Hash], Stop));
        Assert.Equal([Hash], await desk.Rows.PostedAsync(Stop));

        // From there one host takes it; one disk is not enough to remove it.
        var a = await StartAsync("a");
        await Keeper(a).CollectAsync(Stop);
        Assert.Equal(Face, a.Store.Get(Hash));
        Assert.Equal([Hash], await desk.Rows.PostedAsync(Stop));

        var b = await StartAsync("b");
        await Fresh();
        await Keeper(a).CollectAsync(Stop);
        await Keeper(b).CollectAsync(Stop);
        Assert.Equal(Face, b.Store.Get(Hash));
        Assert.Empty(await desk.Rows.PostedAsync(Stop));
        await Fresh();
        Assert.Equal(0, await desk.Spread.PostAsync([Hash], Stop));
    }

    [Fact]
    public async Task Copies_are_made_again_for_a_host_that_comes_back_with_an_empty_disk()
    {
        var (a, b) = (await StartAsync("a"), await StartAsync("b"));
        a.Store.Put(Face);
        Assert.True(await Keeper(a).SpreadAllAsync(Stop));
        Assert.True(b.Store.Has(Hash));

        Directory.Delete(b.Store.Root, recursive: true);
        await b.DieAsync();
        var again = await StartAsync("b");
        await Fresh();
        Assert.True(await Keeper(a).SpreadAllAsync(Stop));
        Assert.Equal(Face, again.Store.Get(Hash));
    }

    [Fact]
    public async Task Each_host_removes_what_was_retired_and_nothing_that_a_row_may_be_about_to_name()
    {
        var a = await StartAsync("a");
        var (old, fresh, named) = (a.Store.Put("old"u8), a.Store.Put("fresh"u8), a.Store.Put("named"u8));
        foreach (var hash in new[] { old, named })
        {
            File.SetLastWriteTimeUtc(a.Store.PathOf(hash), DateTime.UtcNow.AddHours(-1));
        }

        await a.Rows.RetireAsync([old, fresh, named]);
        var keeper = Keeper(a);
        await a.Spread.NamingAsync([named], async () =>
        {
            await keeper.RemoveAsync(Stop);
            return true;
        });
        Assert.Equal((false, true, true), (a.Store.Has(old), a.Store.Has(fresh), a.Store.Has(named)));

        // What was left is not forgotten.
        File.SetLastWriteTimeUtc(a.Store.PathOf(fresh), DateTime.UtcNow.AddHours(-1));
        await keeper.RemoveAsync(Stop);
        Assert.Equal((false, false), (a.Store.Has(fresh), a.Store.Has(named)));
    }

    [Fact]
    public async Task Who_does_not_sign_with_the_databases_key_gets_nothing_and_paths_lead_nowhere()
    {
        var a = await StartAsync("a");
        a.Store.Put(Face);
        using var client = new HttpClient();
        async Task<HttpStatusCode> Send(HttpRequestMessage request) => (await client.SendAsync(request, Stop)).StatusCode;
        var keep = Encoding.UTF8.GetBytes($$"""{"From":null,"Hashes":["{{Hash}}"]}""");

        Assert.Equal(HttpStatusCode.Unauthorized, await Send(new HttpRequestMessage(HttpMethod.Get, a.Self.Url + ArtifactLine.PathOf(Hash))));
        Assert.Equal(HttpStatusCode.Unauthorized, await Send(a.Ask(HttpMethod.Get, ArtifactLine.PathOf(Hash), key: "another")));
        var altered = a.Ask(HttpMethod.Post, ArtifactLine.KeepPath, keep);
        altered.Content = new ByteArrayContent([.. keep.Select(b => b == (byte)'n' ? (byte)'1' : b)]);
        Assert.Equal(HttpStatusCode.Unauthorized, await Send(altered));
        Assert.Equal(HttpStatusCode.OK, await Send(a.Ask(HttpMethod.Get, ArtifactLine.PathOf(Hash))));
        Assert.Equal(HttpStatusCode.OK, await Send(a.Ask(HttpMethod.Post, ArtifactLine.KeepPath, keep)));
        Assert.Equal(HttpStatusCode.NotFound, await Send(a.Ask(HttpMethod.Get, ArtifactLine.PathOf(new string('d', 64)))));
        Assert.Equal(HttpStatusCode.BadRequest, await Send(a.Ask(HttpMethod.Post, ArtifactLine.KeepPath, """{"From":null,"Hashes":["../../etc/passwd"]}"""u8.ToArray())));
        Assert.Equal(HttpStatusCode.BadRequest, await Send(a.Ask(HttpMethod.Post, ArtifactLine.KeepPath, "no json"u8.ToArray())));
    }

    [Fact]
    public async Task A_port_that_is_taken_is_named()
    {
        var a = await StartAsync("a");
        var port = new Uri(a.Self.Url).Port;
        var setup = new ArtifactDoorSetup(a.Store, a.Spread.KeepAsync, "127.0.0.1", port, a.Key, null, (_, _) => true);

        var e = await Assert.ThrowsAsync<Fer.Models.BadInputException>(() => ArtifactDoor.OpenAsync(setup, NullLoggerFactory.Instance, Stop));
        Assert.Equal($"fer.cluster.artifact-port: port {port} of 127.0.0.1 is in use by another program: choose another, or 0 for any free one.", e.Message);
    }

    private string Folder(string name) => Path.Combine(root, name);

    private async Task<ArtifactHost> StartAsync(string name) => Add(await ArtifactHost.StartAsync(name, Folder(name), database));

    private ArtifactHost Add(ArtifactHost host)
    {
        hosts.Add(host);
        return host;
    }

    private ArtifactKeeper Keeper(ArtifactHost host) => new(host.Store, host.Self, host.Holders, host.Fetch, host.Spread, host.Rows, new PostgresStepRows(database, TimeSpan.FromSeconds(6)), 2, NullLogger.Instance);

    /// <summary>Until hosts look for others again.</summary>
    private static Task Fresh() => Task.Delay(HolderList.Fresh + TimeSpan.FromMilliseconds(100), Stop);

    private static void Begin(ArtifactHost host, ReadOnlySpan<byte> with)
    {
        using var part = host.Store.Begin(Hash);
        part.Write(with);
    }
}
