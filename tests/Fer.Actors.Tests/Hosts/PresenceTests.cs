using System.Diagnostics;
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
        await using var two = await Onlooker.StartAsync(database, "two ü/\"2\"");
        await Timed("a second host is seen", one.Sees("two ü/\"2\""));
        await two.Sees("one");
        await using var three = await Onlooker.StartAsync(database, "three");
        await Timed("a third host is seen", one.Sees("three", "two ü/\"2\""));
        await two.Sees("one", "three");
        await three.Sees("one", "two ü/\"2\"");

        three.Presence.Hint("steps");

        await Timed("a hint arrives", Task.WhenAll(one.Hears("steps"), two.Hears("steps")));
        Assert.Equal([("one", true), ("three", false), ("two ü/\"2\"", false)], one.Presence.Hosts.Select(h => (h.Name, h.IsSelf)));
        Assert.Equal(three.Presence.Address, one.Presence.Hosts.Single(h => h.Name == "three").Address);
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
    public async Task The_first_host_may_be_gone_for_good()
    {
        await using var database = Database();
        var one = await Onlooker.StartAsync(database, "one");
        await one.IsJoined();
        await using var two = await Onlooker.StartAsync(database, "two");
        await Task.WhenAll(one.Sees("two"), two.Sees("one"));

        await one.Presence.AbortAsync();
        await Timed("two knows that one is unreachable", two.Sees());
        await using var three = await Onlooker.StartAsync(database, "three");

        await Timed("three joins without the first", Task.WhenAll(two.Sees("three"), three.Sees("two")));
        Assert.DoesNotContain(two.Log, s => s.Contains("ended", StringComparison.Ordinal));
    }
}
