using System.Collections.Immutable;
using System.Data.Common;
using Fer.Actors.Hosting;
using Fer.Actors.Runs;
using Fer.Actors.Sweeps;
using Fer.Models;

namespace Fer.Actors.Tests.Sweeps;

/// <summary>What rows of runs, hosts and leases promise, in every database.</summary>
public abstract class ClusterRowsSuite
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private static readonly NewRun Run = new("job", "{\"a\": 1}", ImmutableSortedDictionary<string, string>.Empty.Add("faces", "ab"));

    private static readonly ImmutableArray<SlotInfo> Slots = [new("cpu:0", "processor core", new Fingerprint(ImmutableSortedDictionary<string, string>.Empty.Add("model", "1")))];

    protected abstract DbDataSource Source { get; }

    private RunRows Runs => new(Source);

    private HostRows Hosts => new(Source, Minute);

    [Fact]
    public async Task A_run_that_is_handed_over_is_read_as_it_was_given()
    {
        var before = DateTimeOffset.UtcNow;
        await Runs.SubmitAsync("one", Run, new EngineSettings { ThreadsPerSlot = 3 }, 7, "me");

        var row = Assert.Single(await Runs.AllAsync());

        Assert.Equal(("one", 7, "queued", "", "", "me"), (row.Id, row.Priority, row.Status, row.Wish, row.Reason, row.Submitter));
        Assert.Equal((Run.Job, Run.Settings, "ab"), (row.Run.Job, row.Run.Settings, row.Run.Inputs["faces"]));
        Assert.Equal(3, row.Engine.ThreadsPerSlot);
        Assert.InRange(row.Submitted, before - Minute, before + Minute);
        Assert.Equal("one", (await Runs.FindAsync("one"))?.Id);
        Assert.Null(await Runs.FindAsync("two"));
    }

    [Fact]
    public async Task An_id_is_handed_over_once()
    {
        await Runs.SubmitAsync("one", Run, new EngineSettings(), 0, "me");

        var refused = await Assert.ThrowsAsync<BadInputException>(() => Runs.SubmitAsync("one", Run, new EngineSettings(), 0, "me"));

        Assert.Equal("A run 'one' was handed to these hosts before: choose another --run-id.", refused.Message);
    }

    [Fact]
    public async Task The_most_urgent_run_comes_first_and_of_equals_the_one_that_was_there_first()
    {
        await Runs.SubmitAsync("b", Run, new EngineSettings(), 0, "me");
        await Runs.SubmitAsync("a", Run, new EngineSettings(), 0, "me");
        await Runs.SubmitAsync("c", Run, new EngineSettings(), 1, "me");

        Assert.Equal(["c", "b", "a"], (await Runs.LiveAsync()).Select(r => r.Id));
    }

    [Fact]
    public async Task Only_the_coordinator_says_what_became_of_a_run()
    {
        await Runs.SubmitAsync("one", Run, new EngineSettings(), 0, "me");
        var seat = (await Lease("mine").TakeAsync())!.Value;

        await Runs.SayAsync(seat + 1, "one", RunRowStatus.Failed, "late");
        Assert.Equal("queued", (await Runs.FindAsync("one"))?.Status);

        await Runs.SayAsync(seat, "one", RunRowStatus.Completed, "");
        Assert.Equal("completed", (await Runs.FindAsync("one"))?.Status);
        Assert.Empty(await Runs.LiveAsync());
    }

    [Fact]
    public async Task A_wish_waits_until_the_coordinator_has_done_it_and_is_refused_when_the_run_is_over()
    {
        await Runs.SubmitAsync("one", Run, new EngineSettings(), 0, "me");
        var seat = (await Lease("mine").TakeAsync())!.Value;
        Assert.True(await Runs.WishAsync("one", "pause"));
        await Runs.SayAsync(seat, "one", RunRowStatus.Paused, "asked");

        await Runs.FulfilAsync(seat, "one", "cancel");
        await Runs.FulfilAsync(seat + 1, "one", "pause");
        Assert.Equal("pause", Assert.Single(await Runs.LiveAsync()).Wish);

        await Runs.FulfilAsync(seat, "one", "pause");
        Assert.Empty(await Runs.LiveAsync());
        await Runs.SayAsync(seat, "one", RunRowStatus.Cancelled, "");
        Assert.False(await Runs.WishAsync("one", "resume"));
    }

    [Fact]
    public async Task A_host_is_there_from_its_first_word_to_its_last()
    {
        Assert.False(await Hosts.EnterAsync("lab", "life-1", "1.2", Slots, "10.0.0.1:5", CancellationToken.None));
        Assert.False(await Hosts.BeatAsync("lab", "life-1", "10.0.0.1:6"));

        var host = Assert.Single(await Hosts.AllAsync());
        Assert.Equal(("lab", "1.2", "10.0.0.1:6", false), (host.Name, host.Version, host.Address, host.IsDraining));
        Assert.Equal("cpu:0", Assert.Single(host.Slots).Name);
        Assert.InRange(host.Silent, TimeSpan.Zero, Minute);
        Assert.InRange(host.Started, DateTimeOffset.UtcNow - Minute, DateTimeOffset.UtcNow + Minute);

        await Hosts.LeaveAsync("lab", "life-1");
        Assert.Empty(await Hosts.AllAsync());
    }

    [Fact]
    public async Task A_name_is_one_process_and_the_next_gets_it_when_the_first_is_silent()
    {
        var hosts = new HostRows(Source, TimeSpan.FromMilliseconds(400));
        await hosts.EnterAsync("lab", "life-1", "1", Slots, "", CancellationToken.None);
        Assert.False(await hosts.EnterAsync("lab", "life-2", "1", Slots, "", CancellationToken.None));

        Assert.Null(await hosts.BeatAsync("lab", "life-1", ""));
        Assert.NotNull(await hosts.BeatAsync("lab", "life-2", ""));
    }

    [Fact]
    public async Task Hosts_of_another_wire_version_are_refused_while_any_is_there_and_older_ones_ever_after()
    {
        var (now, newer) = (new HostRows(Source, Minute) { Wire = 3 }, new HostRows(Source, Minute) { Wire = 4 });
        await now.EnterAsync("lab", "life-1", "1", Slots, "", CancellationToken.None);
        await now.EnterAsync("attic", "life-1", "1", Slots, "", CancellationToken.None);

        Assert.Equal("Host 'attic' is there and is of wire version 3, this program is of wire version 4: stop all hosts of the older version first, drained, then start this one.", await Refused(newer, "cellar"));
        Assert.Equal(["attic", "lab"], (await now.AllAsync()).Select(h => h.Name));

        await now.LeaveAsync("attic", "life-1");
        await now.LeaveAsync("lab", "life-1");
        await newer.EnterAsync("cellar", "life-1", "2", Slots, "", CancellationToken.None);
        await newer.LeaveAsync("cellar", "life-1");
        Assert.Equal("The journals of this database were written by a program of wire version 4, this one is of wire version 3: upgrade this host.", await Refused(now, "lab"));

        async Task<string> Refused(HostRows hosts, string name) =>
            (await Assert.ThrowsAsync<BadInputException>(() => hosts.EnterAsync(name, "life-2", "1", Slots, "", CancellationToken.None))).Message;
    }

    [Fact]
    public async Task A_host_that_was_away_while_newer_ones_entered_is_refused_at_its_next_word_and_cannot_coordinate()
    {
        var (old, newer) = (new HostRows(Source, Minute) { Wire = 3 }, new HostRows(Source, TimeSpan.Zero) { Wire = 4 });
        await old.EnterAsync("lab", "life-1", "1", Slots, "", CancellationToken.None);
        var seat = new LeaseRow(Source, LeaseRow.Coordinator, "old", Minute) { Wire = 3 };
        Assert.Equal(1, await seat.TakeAsync());

        // To a lease of no time the old one is silent.
        await newer.EnterAsync("cellar", "life-1", "2", Slots, "", CancellationToken.None);

        var refused = await Assert.ThrowsAsync<BadInputException>(() => old.BeatAsync("lab", "life-1", "moved"));
        Assert.Equal("The journals of this database were written by a program of wire version 4, this one is of wire version 3: upgrade this host.", refused.Message);
        Assert.Equal("", (await old.AllAsync()).Single(h => h.Name == "lab").Address);
        Assert.Null(await seat.TakeAsync());
        await seat.ReleaseAsync();
        Assert.Null(await seat.TakeAsync());
        Assert.Equal(2, await new LeaseRow(Source, LeaseRow.Coordinator, "new", Minute) { Wire = 4 }.TakeAsync());
        Assert.False(await newer.BeatAsync("cellar", "life-1", ""));
    }

    [Fact]
    public async Task Of_hosts_of_two_wire_versions_that_enter_at_once_those_of_one_are_there()
    {
        var entering = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => TryEnter(i, wire: 3 + (i % 2)))));

        var there = entering.Where(e => e.Entered).Select(e => e.Wire).Distinct().ToList();
        var one = Assert.Single(there);
        Assert.Equal(4, (await Hosts.AllAsync()).Length);
        Assert.Equal(4, entering.Count(e => e.Entered && e.Wire == one));

        async Task<(bool Entered, int Wire)> TryEnter(int number, int wire)
        {
            try
            {
                await new HostRows(Source, Minute) { Wire = wire }.EnterAsync($"host-{number}", "life-1", "1", Slots, "", CancellationToken.None);
                return (true, wire);
            }
            catch (BadInputException)
            {
                return (false, wire);
            }
        }
    }

    [Fact]
    public async Task A_name_that_speaks_on_is_refused()
    {
        var hosts = new HostRows(Source, TimeSpan.FromMilliseconds(400));
        await hosts.EnterAsync("lab", "life-1", "1", Slots, "", CancellationToken.None);
        using var over = new CancellationTokenSource();
        var speaks = Task.Run(async () =>
        {
            while (!over.IsCancellationRequested)
            {
                await hosts.BeatAsync("lab", "life-1", "");
                await Task.Delay(20);
            }
        });

        var refused = await Assert.ThrowsAsync<BadInputException>(() => hosts.EnterAsync("lab", "life-2", "1", Slots, "", CancellationToken.None));

        await over.CancelAsync();
        await speaks;
        Assert.StartsWith("A host named 'lab' is there already and speaks", refused.Message);
    }

    [Fact]
    public async Task A_host_that_drains_does_so_over_a_restart_until_it_is_told_otherwise()
    {
        await Hosts.EnterAsync("lab", "life-1", "1", Slots, "", CancellationToken.None);
        Assert.False(await Hosts.DrainAsync("attic", true));
        Assert.True(await Hosts.DrainAsync("lab", true));
        Assert.True(await Hosts.BeatAsync("lab", "life-1", ""));

        await Hosts.LeaveAsync("lab", "life-1");
        var gone = Assert.Single(await Hosts.AllAsync());
        Assert.True(gone.IsDraining && gone.Silent > TimeSpan.FromDays(1000));

        Assert.True(await Hosts.EnterAsync("lab", "life-2", "1", Slots, "", CancellationToken.None));
        Assert.True(await Hosts.DrainAsync("lab", false));
        Assert.False(await Hosts.BeatAsync("lab", "life-2", ""));
    }

    [Fact]
    public async Task Who_knows_that_no_host_lives_waits_for_no_name()
    {
        await Hosts.EnterAsync("lab", "life-1", "1", Slots, "", CancellationToken.None);
        await Hosts.EnterAsync("attic", "life-1", "1", Slots, "", CancellationToken.None);
        await Hosts.DrainAsync("lab", true);

        await Hosts.LeaveAllAsync();

        Assert.Equal("lab", Assert.Single(await Hosts.AllAsync()).Name);
        Assert.True(await Hosts.EnterAsync("lab", "life-2", "1", Slots, "", CancellationToken.None));
    }

    [Fact]
    public async Task A_seat_has_one_holder_and_a_number_that_grows_with_each_change_of_hands()
    {
        var (mine, other) = (Lease("mine"), Lease("other"));

        Assert.Equal(1, await mine.TakeAsync());
        Assert.Equal(1, await mine.TakeAsync());
        Assert.Null(await other.TakeAsync());
        await mine.ReleaseAsync();
        Assert.Equal(2, await other.TakeAsync());
        Assert.Null(await mine.TakeAsync());
    }

    [Fact]
    public async Task A_seat_whose_holder_is_silent_for_a_lease_is_free()
    {
        await new LeaseRow(Source, LeaseRow.Coordinator, "mine", TimeSpan.FromMilliseconds(1)).TakeAsync();

        long? taken;
        while ((taken = await Lease("other").TakeAsync()) is null)
        {
        }

        Assert.Equal(2, taken);
    }

    [Fact]
    public async Task Of_several_that_ask_at_once_one_has_the_seat()
    {
        var taken = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => Lease($"host-{i}").TakeAsync())));

        Assert.Equal(1, Assert.Single(taken, t => t is not null));
    }

    private LeaseRow Lease(string holder) => new(Source, LeaseRow.Coordinator, holder, Minute);
}
