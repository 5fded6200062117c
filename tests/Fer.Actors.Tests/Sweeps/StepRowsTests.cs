using System.Collections.Immutable;
using Fer.Actors.Hosting;
using Fer.Actors.Sweeps;
using Fer.Actors.Tests.Journals;
using Npgsql;

namespace Fer.Actors.Tests.Sweeps;

/// <summary>Rows in memory of which nothing is kept, as schedules in virtual time have them.</summary>
public sealed class MemoryStepRowsTests : StepRowsSuite
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(6);

    private TimeSpan now;
    private long seat = 1;

    public MemoryStepRowsTests() => Rows = new MemoryStepRows(() => now, Lease, () => seat);

    internal override IStepRows Rows { get; }

    protected override long Seat => seat;

    protected override void LoseSeat() => seat++;

    protected override void LetLeasesRunOut() => now += Lease + TimeSpan.FromSeconds(1);
}

/// <summary>Rows in memory of a single host, over several lives of its process.</summary>
public sealed class LastingStepRowsTests : StepRowsSuite, IAsyncLifetime
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(6);

    private readonly string store = Directory.CreateTempSubdirectory("fer-store-").FullName;
    private SqliteSource source = null!;
    private MemoryStepRows rows = null!;
    private TimeSpan now;
    private long seat = 1;

    internal override IStepRows Rows => rows;

    protected override long Seat => seat;

    protected override void LoseSeat() => seat++;

    protected override void LetLeasesRunOut() => now += Lease + TimeSpan.FromSeconds(1);

    [Fact]
    public async Task A_number_is_not_used_again_by_a_later_life()
    {
        await Want("one", "a");
        Assert.Equal(1, (await Rows.ClaimAsync("lab", "cpu:0", ["here"], ["chain@1"]))!.Token);

        BeginAnotherLife();
        await Want("one", "a");

        // What became of the earlier try nobody knows: nothing is said of it.
        Assert.Empty(await Rows.LookAsync());
        Assert.Equal(2, (await Rows.ClaimAsync("lab", "cpu:0", ["here"], ["chain@1"]))!.Token);
        Assert.Equal(RowState.Running, Assert.Single(await Rows.LookAsync()).State);
    }

    [Fact]
    public async Task A_result_is_there_for_who_wants_it_in_a_later_life()
    {
        await Done("a", "artifact");

        BeginAnotherLife();
        await Want("two", "a");

        var row = Assert.Single(await Rows.LookAsync());
        Assert.Equal((RowState.Done, 1, "artifact", 0.5), (row.State, row.Token, row.Files["out"], row.Figures["loss"]));
        Assert.Null(await Rows.ClaimAsync("lab", "cpu:0", ["here"], ["chain@1"]));
    }

    [Fact]
    public async Task What_an_earlier_life_did_for_a_run_was_not_there_for_it_already_and_is_told_with_its_slot()
    {
        await Done("a", "artifact");

        BeginAnotherLife();
        await Want("one", "a");
        await Want("two", "a");

        Assert.Equal([("one", false, "lab", "cpu:0"), ("two", true, "lab", "cpu:0")], (await Rows.LookAsync()).Select(s => (s.Run, s.WasThere, s.Host, s.Device)).Order());
    }

    [Fact]
    public async Task A_result_that_turned_out_damaged_is_made_again_in_a_later_life()
    {
        await Done("a", "artifact");

        BeginAnotherLife();
        await Rows.WantAsync(Seat, [Wanted("one", "a") with { FoldedTry = 1 }]);

        Assert.Equal(2, (await Rows.ClaimAsync("lab", "cpu:0", ["here"], ["chain@1"]))!.Token);
        BeginAnotherLife();
        await Want("one", "a");
        Assert.Empty(await Rows.LookAsync());
    }

    [Fact]
    public async Task What_is_part_of_a_result_is_referred_to_in_later_lives_and_when_nobody_wants_it()
    {
        await Done("a", "artifact");
        await Rows.ForgetAsync(Seat, "one");
        Assert.Equal(["other"], await Rows.UnreferredAsync(["artifact", "other"]));

        BeginAnotherLife();

        Assert.Equal(["other"], await Rows.UnreferredAsync(["artifact", "other"]));
        await Want("two", "a");
        Assert.Equal(RowState.Done, Assert.Single(await Rows.LookAsync()).State);
    }

    [Fact]
    public async Task Slots_that_hold_something_are_listed_with_since_when()
    {
        await Want("one", "a");
        await Rows.ClaimAsync("lab", "cpu:0", ["here"], ["chain@1"]);
        now += TimeSpan.FromSeconds(3);
        await Rows.BeatAsync([new HeldStep("a", 1, 4, 9, "steps")]);
        var at = DateTimeOffset.UnixEpoch;

        var use = Assert.Single(rows.Uses(at));
        Assert.Equal(["one"], use.Runs);
        Assert.Equal(new SlotUse("lab", "cpu:0", "a", "step-a", 1, at - TimeSpan.FromSeconds(3), 4, 9, "steps"), use with { Runs = [] });
        await Rows.WriteAsync("a", 1, new RowWrite.Released());
        Assert.Empty(rows.Uses(at));
    }

    public async ValueTask InitializeAsync()
    {
        source = await ClusterDatabase.SqliteAsync(store, CancellationToken.None);
        BeginAnotherLife();
    }

    public async ValueTask DisposeAsync()
    {
        await source.DisposeAsync();
        Directory.Delete(store, recursive: true);
    }

    private void BeginAnotherLife() => rows = new MemoryStepRows(() => now, Lease, () => seat, new LastingSteps(source));

    private async Task Done(string hash, string artifact)
    {
        await Want("one", hash);
        await Rows.ClaimAsync("lab", "cpu:0", ["here"], ["chain@1"]);
        Assert.True(await Rows.WriteAsync(hash, 1, new RowWrite.Done(ImmutableSortedDictionary<string, string>.Empty.Add("out", artifact), ImmutableSortedDictionary<string, double>.Empty.Add("loss", 0.5))));
    }
}

/// <summary>Rows of a real server.</summary>
[Collection("postgres")]
public sealed class PostgresStepRowsTests : StepRowsSuite, IAsyncLifetime
{
    private readonly JournalSettings journal;
    private NpgsqlDataSource source = null!;

    public PostgresStepRowsTests(PostgresServer server) => journal = server.NewDatabase();

    internal override IStepRows Rows => new PostgresStepRows(source, TimeSpan.FromMinutes(1));

    protected override long Seat => new LeaseRow(source, LeaseRow.Coordinator, "me", TimeSpan.FromMinutes(1)).TakeAsync().Result!.Value;

    protected override void LoseSeat()
    {
        Execute("update fer.lease set expires = clock_timestamp() - interval '1 second'");
        Assert.Equal(2, new LeaseRow(source, LeaseRow.Coordinator, "another", TimeSpan.FromMinutes(1)).TakeAsync().Result);
    }

    protected override void LetLeasesRunOut() => Execute("update fer.step set until = clock_timestamp() - interval '1 second'");

    [Fact]
    public async Task A_host_that_others_miss_keeps_its_steps_while_it_speaks_to_the_database()
    {
        var hosts = new HostRows(source, TimeSpan.FromSeconds(1));
        await hosts.EnterAsync("lab", "life-1", "1", [], "", CancellationToken.None);
        await Want("one", "a");
        await Rows.ClaimAsync("lab", "cpu:0", ["here"], ["chain@1"]);

        await Rows.ExpireAsync("lab", TimeSpan.FromMinutes(1));
        Assert.Null(await Rows.ClaimAsync("attic", "cpu:0", ["here"], ["chain@1"]));

        await Rows.ExpireAsync("lab", TimeSpan.Zero);
        Assert.Equal(2, (await Rows.ClaimAsync("attic", "cpu:0", ["here"], ["chain@1"]))!.Token);
    }

    [Fact]
    public async Task A_database_of_a_newer_version_is_refused_with_one_sentence()
    {
        Execute("update fer.schema set version = 99");

        var refused = await Assert.ThrowsAsync<Fer.Models.BadInputException>(() => ClusterDatabase.PostgresAsync(journal, CancellationToken.None));

        Assert.Equal($"The database of fer.journal.connection-string has tables of version 99, this program writes version {ClusterDatabase.SchemaVersion}: upgrade this host.", refused.Message);
    }

    public async ValueTask InitializeAsync() => source = await ClusterDatabase.PostgresAsync(journal, CancellationToken.None);

    public ValueTask DisposeAsync() => source.DisposeAsync();

    private void Execute(string sql)
    {
        using var command = source.CreateCommand(sql);
        command.ExecuteNonQuery();
    }
}
