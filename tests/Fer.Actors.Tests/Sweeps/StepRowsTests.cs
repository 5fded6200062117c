using Fer.Actors.Hosting;
using Fer.Actors.Sweeps;
using Fer.Actors.Sweeps.Schedules;
using Fer.Actors.Tests.Journals;
using Npgsql;

namespace Fer.Actors.Tests.Sweeps;

/// <summary>Rows of the schedules in virtual time: one after another, as all they do is.</summary>
public sealed class ModelStepRowsTests : StepRowsSuite
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(6);

    private TimeSpan now;
    private long seat = 1;

    public ModelStepRowsTests() => Rows = new MemoryStepRows(() => now, Lease, () => seat);

    internal override IStepRows Rows { get; }

    protected override long Seat => seat;

    protected override void LoseSeat() => seat++;

    protected override void LetLeasesRunOut() => now += Lease + TimeSpan.FromSeconds(1);
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
    public async Task A_seat_has_one_holder_and_a_number_that_grows_with_each_change_of_hands()
    {
        var (mine, other) = (new LeaseRow(source, "seat", "mine", TimeSpan.FromMinutes(1)), new LeaseRow(source, "seat", "other", TimeSpan.FromMinutes(1)));

        Assert.Equal(1, await mine.TakeAsync());
        Assert.Equal(1, await mine.TakeAsync());
        Assert.Null(await other.TakeAsync());
        await mine.ReleaseAsync();
        Assert.Equal(2, await other.TakeAsync());
        Assert.Null(await mine.TakeAsync());
    }

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

        Assert.Equal("The database's tables are of version 99, this program writes version 1: upgrade this host.", refused.Message);
    }

    public async ValueTask InitializeAsync() => source = await ClusterDatabase.PostgresAsync(journal, CancellationToken.None);

    public ValueTask DisposeAsync() => source.DisposeAsync();

    private void Execute(string sql)
    {
        using var command = source.CreateCommand(sql);
        command.ExecuteNonQuery();
    }
}
