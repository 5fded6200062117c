using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Fer.Actors.Hosting;
using Fer.Actors.Hosts;
using Fer.Actors.Tests.Journals;
using Npgsql;

namespace Fer.Actors.Tests.Hosts;

[Collection("postgres")]
public sealed class PresenceTests(PostgresServer postgres, ITestOutputHelper output)
{
    private NpgsqlDataSource Database() => NpgsqlDataSource.Create(postgres.NewDatabase().ConnectionString);

    private async Task Timed(string what, Task until)
    {
        var started = Stopwatch.GetTimestamp();
        await until;
        output.WriteLine($"{what}: {Stopwatch.GetElapsedTime(started).TotalSeconds:0.00} s");
    }

    [Fact]
    public async Task Three_hosts_find_each_other_and_hints_arrive()
    {
        await using var database = Database();
        await using var one = await Onlooker.StartAsync(database, "one");
        await one.IsJoined();
        await using var two = await Onlooker.StartAsync(database, "two ü:\"2\"");
        await Timed("a second host is seen", one.Sees("two ü:\"2\""));
        await two.Sees("one");
        await using var three = await Onlooker.StartAsync(database, "three");
        await Timed("a third host is seen", one.Sees("three", "two ü:\"2\""));
        await two.Sees("one", "three");
        await three.Sees("one", "two ü:\"2\"");

        three.Presence.Hint("steps");

        await Timed("a hint arrives", Task.WhenAll(one.Hears("steps"), two.Hears("steps")));
        Assert.Equal([("one", true), ("three", false), ("two ü:\"2\"", false)], one.Presence.Hosts.Select(h => (h.Name, h.IsSelf)));
        Assert.Equal(three.Presence.Address, one.Presence.Hosts.Single(h => h.Name == "three").Address);
    }

    [Fact]
    public async Task A_message_that_this_version_does_not_know_ends_nobody()
    {
        await using var database = Database();
        await using var one = await Onlooker.StartAsync(database, "one");
        await using var two = await Onlooker.StartAsync(database, "two");
        await Task.WhenAll(one.Sees("two"), two.Sees("one"));

        await StrangeWords.SayAsync(one.Presence.Address);
        await one.Says("host.Dream");

        two.Presence.Hint("still here");
        await one.Hears("still here");
        await Task.WhenAll(one.Sees("two"), two.Sees("one"));
        Assert.DoesNotContain(one.Log.Concat(two.Log), s => s.Contains("ended", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_host_that_leaves_is_gone_at_once()
    {
        await using var database = Database();
        await using var one = await Onlooker.StartAsync(database, "one");
        await using var two = await Onlooker.StartAsync(database, "two");
        await Task.WhenAll(one.Sees("two"), two.Sees("one"));

        var leaving = one.Presence.LeaveAsync();

        await Timed("a leave is seen", two.Sees());
        await Timed("  and over", leaving);
        Assert.Single(two.Presence.Hosts);
    }

    [Fact]
    public async Task Two_that_start_in_the_same_instant_are_one_cluster()
    {
        for (var round = 0; round < 5; round++)
        {
            await using var database = Database();
            var both = await Task.WhenAll(Onlooker.StartAsync(database, "one"), Onlooker.StartAsync(database, "two"));

            await Timed("two at once", Task.WhenAll(both[0].Sees("two"), both[1].Sees("one")));

            Assert.All(both, b => Assert.DoesNotContain(b.Log, s => s.Contains("ended", StringComparison.Ordinal)));
            await Task.WhenAll(both.Select(b => b.Presence.AbortAsync()));
        }
    }

    [Fact]
    public async Task Hosts_that_die_are_unreachable_in_seconds_the_others_go_on_and_a_new_one_joins_without_the_first()
    {
        await using var database = Database();
        await using var one = await Onlooker.StartAsync(database, "one");
        await one.IsJoined();
        await using var two = await Onlooker.StartAsync(database, "two");
        await using var three = await Onlooker.StartAsync(database, "three");
        await Task.WhenAll(one.Sees("three", "two"), two.Sees("one", "three"), three.Sees("one", "two"));

        await one.Presence.AbortAsync();
        await Timed("the first of three is unreachable", two.Sees("three"));
        await three.Sees("two");
        Assert.Contains(two.Presence.Hosts, h => h is { Name: "one", IsReachable: false });
        two.Presence.Hint("two are left");
        await three.Hears("two are left");
        await three.Presence.AbortAsync();
        await Timed("one of two is unreachable", two.Sees());

        await using var four = await Onlooker.StartAsync(database, "four");
        await Timed("a new one joins while the dead are not given up yet", Task.WhenAll(two.Sees("four"), four.Sees("two")));
        await Timed("the dead are given up", two.Until("gives them up", () => two.Presence.Hosts.Length == 2));
        Assert.DoesNotContain(two.Log.Concat(four.Log), s => s.Contains("ended", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_host_that_the_others_have_given_up_comes_back_by_itself(bool isSeed)
    {
        await using var database = Database();
        await using var one = await Onlooker.StartAsync(database, "one");
        await one.IsJoined();
        await using var two = await Onlooker.StartAsync(database, "two");
        await Task.WhenAll(one.Sees("two"), two.Sees("one"));
        var (lost, other) = isSeed ? (one, two) : (two, one);

        other.Presence.Node.Down(lost.Presence.Address);

        await lost.Says("ended");
        await Timed("back again", Task.WhenAll(lost.Says("listens again"), one.Sees("two"), two.Sees("one")));
        Assert.DoesNotContain(other.Log, s => s.Contains("ended", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_first_host_started_again_at_once_on_its_old_port_begins_no_second_cluster()
    {
        await using var database = Database();
        var settings = new ClusterSettings { Port = FreePort() };
        var one = await Onlooker.StartAsync(database, "one", settings);
        await one.IsJoined();
        await using var two = await Onlooker.StartAsync(database, "two");
        await Task.WhenAll(one.Sees("two"), two.Sees("one"));

        await one.Presence.AbortAsync();
        await using var again = await Onlooker.StartAsync(database, "one", settings);

        await Timed("the old address is back in the old cluster", again.Sees("two"));
        await two.Sees("one");
        Assert.DoesNotContain(two.Log.Concat(again.Log), s => s.Contains("ended", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Hosts_that_went_apart_find_together_where_the_row_says()
    {
        await using var database = Database();
        await using var elsewhere = Database();
        await using var one = await Onlooker.StartAsync(database, "one");
        await using var two = await Onlooker.StartAsync(elsewhere, "two");
        await Task.WhenAll(one.IsJoined(), two.IsJoined());

        await using (var command = database.CreateCommand("update fer.seed set holder = gen_random_uuid(), expires = clock_timestamp() + interval '1 minute', address = $1"))
        {
            command.Parameters.Add(new NpgsqlParameter { Value = two.Presence.Address });
            await command.ExecuteNonQueryAsync();
        }

        await Timed("together again", Task.WhenAll(one.Sees("two"), two.Sees("one")));
        Assert.Contains(one.Log, s => s.Contains("apart from the host at", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_database_that_is_away_ends_nobody()
    {
        await using var database = Database();
        await using var one = await Onlooker.StartAsync(database, "one");
        await using var two = await Onlooker.StartAsync(database, "two");
        await Task.WhenAll(one.Sees("two"), two.Sees("one"));

        postgres.Crash();
        await Task.WhenAll(one.Says("The database does not say"), two.Says("The database does not say"));
        two.Presence.Hint("without a database");
        await one.Hears("without a database");
        await using var three = await Onlooker.StartAsync(database, "three");
        await three.Says("The database does not say");
        postgres.Start();

        await Timed("a host that started without the database is there", Task.WhenAll(one.Sees("three", "two"), two.Sees("one", "three")));
        Assert.DoesNotContain(one.Log.Concat(two.Log).Concat(three.Log), s => s.Contains("ended", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Whoever_waited_for_the_database_leaves_the_first_word_to_those_who_are_in_a_cluster()
    {
        await using var database = Database();
        var (member, waiting) = (new SeedRow(database, Guid.NewGuid()), new SeedRow(database, Guid.NewGuid()));
        Assert.Equal("a:1", await member.BeatAsync("a:1", isMember: false, CancellationToken.None));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.BeatAsync("b:1", isMember: false, new CancellationToken(canceled: true)));
        await using (var away = database.CreateCommand("update fer.seed set expires = clock_timestamp() - interval '1 hour'"))
        {
            await away.ExecuteNonQueryAsync();
        }

        Assert.Null(await waiting.BeatAsync("b:1", isMember: false, CancellationToken.None));
        Assert.Equal("a:1", await member.BeatAsync("a:1", isMember: true, CancellationToken.None));
        Assert.Equal("a:1", await waiting.BeatAsync("b:1", isMember: false, CancellationToken.None));
    }

    [Fact]
    public async Task Given_seeds_need_no_database()
    {
        await using var nowhere = NpgsqlDataSource.Create("Host=127.0.0.1;Port=1");
        var port = FreePort();
        var settings = new ClusterSettings { Seeds = [$"127.0.0.1:{port}"] };
        await using var two = await Onlooker.StartAsync(nowhere, "two", settings);
        await using var one = await Onlooker.StartAsync(nowhere, "one", settings with { Port = port });

        await Timed("met by a given seed", Task.WhenAll(one.Sees("two"), two.Sees("one")));
        Assert.DoesNotContain(one.Log.Concat(two.Log), s => s.Contains("database", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_process_that_was_frozen_comes_back_and_one_that_was_killed_is_noticed()
    {
        var settings = postgres.NewDatabase();
        await using var database = NpgsqlDataSource.Create(settings.ConnectionString);
        await using var one = await Onlooker.StartAsync(database, "one");
        await one.IsJoined();
        using var child = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["presence", settings.ConnectionString, "child"]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        try
        {
            await Timed("a process is seen after its start", one.Sees("child"));
            var before = one.Presence.Hosts.Single(h => h.Name == "child").Address;

            Signal(child, "STOP");
            await Timed("frozen", one.Sees());
            await Timed("  and given up", one.Until("gives it up", () => one.Presence.Hosts.Length == 1));
            Signal(child, "CONT");
            await Timed("thawed and back", one.Sees("child"));
            Assert.NotEqual(before, one.Presence.Hosts.Single(h => h.Name == "child").Address);

            Signal(child, "KILL");
            await Timed("killed", one.Sees());
        }
        finally
        {
            child.Kill();
        }
    }

    [Fact]
    public async Task Hosts_meet_over_IPv6()
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6 && File.Exists("/proc/net/if_inet6") && File.ReadAllText("/proc/net/if_inet6").Length > 0, "no IPv6 here");
        await using var database = Database();
        await using var one = await Onlooker.StartAsync(database, "one", new ClusterSettings { Address = "::1" });
        await using var two = await Onlooker.StartAsync(database, "two", new ClusterSettings { Address = "::1" });

        await Timed("over IPv6", Task.WhenAll(one.Sees("two"), two.Sees("one")));
    }

    private static void Signal(Process process, string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", $"{process.Id}"])!;
        kill.WaitForExit();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
