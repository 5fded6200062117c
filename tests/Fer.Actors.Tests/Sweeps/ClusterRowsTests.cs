using System.Data.Common;
using Fer.Actors.Storage;
using Fer.Actors.Sweeps;
using Fer.Actors.Tests.Journals;
using Fer.Models;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Fer.Actors.Tests.Sweeps;

/// <summary>Rows of a real server.</summary>
[Collection("postgres")]
public sealed class PostgresClusterRowsTests(PostgresServer server) : ClusterRowsSuite, IAsyncLifetime
{
    private DbDataSource source = null!;

    protected override DbDataSource Source => source;

    public async ValueTask InitializeAsync() => source = await ClusterDatabase.OpenAsync(server.NewDatabase(), "", CancellationToken.None);

    public ValueTask DisposeAsync() => source.DisposeAsync();

    [Fact]
    public async Task A_database_with_tables_of_an_older_version_is_refused_with_one_sentence_and_left_as_it_is()
    {
        var journal = server.NewDatabase();
        await using (var older = NpgsqlDataSource.Create(JournalFiles.ForHost(journal)))
        {
            // Those of version 1 lacked columns and tables; two are enough to tell.
            await using var command = older.CreateCommand(
                """
                create schema fer;
                create table fer.schema (version int not null);
                insert into fer.schema values (1);
                create table fer.host (
                  name text primary key, incarnation text not null, version text not null, slots text not null, address text not null,
                  draining boolean not null default false, started timestamptz not null, seen timestamptz not null);
                """);
            await command.ExecuteNonQueryAsync();
        }

        var refused = await Assert.ThrowsAsync<BadInputException>(() => ClusterDatabase.OpenAsync(journal, "", CancellationToken.None));

        Assert.Equal($"The database of fer.journal.connection-string has tables of version 1, this program writes version {ClusterDatabase.SchemaVersion}: nothing carries them over, so begin anew with another database and store, and look at what these hold with the program that made them.", refused.Message);
        await using var now = NpgsqlDataSource.Create(JournalFiles.ForHost(journal));
        await using var tables = now.CreateCommand("select count(*) from information_schema.tables where table_schema = 'fer'");
        Assert.Equal(2L, await tables.ExecuteScalarAsync());
    }

    [Fact]
    public async Task Several_that_come_first_at_once_make_one_set_of_tables()
    {
        var journal = server.NewDatabase();
        var all = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => ClusterDatabase.OpenAsync(journal, "", CancellationToken.None)));

        Assert.Equal(1, await new LeaseRow(all[0], "seat", "mine", TimeSpan.FromMinutes(1)).TakeAsync());
        Assert.Null(await new LeaseRow(all[^1], "seat", "other", TimeSpan.FromMinutes(1)).TakeAsync());
        foreach (var one in all)
        {
            await one.DisposeAsync();
        }
    }
}

/// <summary>Rows of a single host.</summary>
public sealed class SqliteClusterRowsTests : ClusterRowsSuite, IAsyncLifetime
{
    private readonly string store = Directory.CreateTempSubdirectory("fer-store-").FullName;
    private SqliteSource source = null!;

    protected override DbDataSource Source => source;

    [Fact]
    public async Task What_one_process_writes_another_reads()
    {
        await new LeaseRow(source, "seat", "mine", TimeSpan.FromMinutes(1)).TakeAsync();
        await using var other = await ClusterDatabase.SqliteAsync(store, CancellationToken.None);

        Assert.Null(await new LeaseRow(other, "seat", "other", TimeSpan.FromMinutes(1)).TakeAsync());
    }

    [Fact]
    public async Task Several_that_come_first_at_once_make_one_file()
    {
        var fresh = Path.Combine(store, "fresh");
        var all = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => ClusterDatabase.SqliteAsync(fresh, CancellationToken.None))));

        Assert.Equal(1, await new LeaseRow(all[0], "seat", "mine", TimeSpan.FromMinutes(1)).TakeAsync());
        Assert.Null(await new LeaseRow(all[^1], "seat", "other", TimeSpan.FromMinutes(1)).TakeAsync());
        foreach (var one in all)
        {
            await one.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_reader_in_the_middle_of_reading_holds_no_writer_up()
    {
        await using var reading = await source.OpenConnectionAsync();
        await using var command = reading.CreateCommand();
        command.CommandText = "begin; select count(*) from fer.lease";
        await command.ExecuteScalarAsync();

        Assert.Equal(1, await new LeaseRow(source, "seat", "mine", TimeSpan.FromMinutes(1)).TakeAsync());
    }

    [Fact]
    public async Task What_slots_hold_is_said_with_each_beat()
    {
        var use = new SlotUse("lab", "cpu:0", "abc", "gan/round-1/all", 2, DateTimeOffset.UtcNow, 3, 9, "steps");
        var lease = TimeSpan.FromMinutes(1);
        var hosts = new HostRows(source, lease, () => [use]);
        await hosts.EnterAsync("lab", "life-1", "1", [], "", CancellationToken.None);
        Assert.Empty(await new HostRows(source, lease).UsesAsync());

        await hosts.BeatAsync("lab", "life-1", "");
        Assert.Equal(use, Assert.Single(await new HostRows(source, lease).UsesAsync()));

        await hosts.DrainAsync("lab", true);
        await hosts.LeaveAsync("lab", "life-1");
        Assert.Empty(await new HostRows(source, lease).UsesAsync());
    }

    [Fact]
    public async Task Who_only_looks_makes_no_file()
    {
        var nowhere = Path.Combine(store, "nowhere");

        Assert.Null(await ClusterDatabase.FindAsync(new(), nowhere, CancellationToken.None));
        Assert.False(Directory.Exists(nowhere));
        await using var found = await ClusterDatabase.FindAsync(new(), store, CancellationToken.None);
        Assert.NotNull(found);
    }

    [Fact]
    public async Task A_file_of_a_newer_version_or_of_something_else_is_refused_with_one_sentence()
    {
        await using (var command = source.CreateCommand("update fer.schema set version = 99"))
        {
            await command.ExecuteNonQueryAsync();
        }

        var newer = await Assert.ThrowsAsync<BadInputException>(() => ClusterDatabase.SqliteAsync(store, CancellationToken.None));
        Assert.Equal($"The hosts' file {SingleHost.Rows(store)} has tables of version 99, this program writes version {ClusterDatabase.SchemaVersion}: upgrade this host.", newer.Message);

        var other = Directory.CreateDirectory(Path.Combine(store, "other")).FullName;
        await File.WriteAllTextAsync(SingleHost.Rows(other), new string('x', 5000));
        var strange = await Assert.ThrowsAsync<BadInputException>(() => ClusterDatabase.SqliteAsync(other, CancellationToken.None));
        Assert.Equal($"The hosts' file {SingleHost.Rows(other)} cannot be used: it is no SQLite database: something else was written over it.", strange.Message);
    }

    [Fact]
    public async Task A_file_with_tables_of_an_older_version_is_refused_with_one_sentence()
    {
        var old = Directory.CreateDirectory(Path.Combine(store, "old")).FullName;
        await using (var older = new SqliteConnection($"Data Source={SingleHost.Rows(old)};Pooling=False"))
        {
            await older.OpenAsync();
            await using var command = older.CreateCommand();
            command.CommandText = """
                create table schema (version integer not null);
                insert into schema values (1);
                create table host (name text primary key, incarnation text not null, version text not null, slots text not null, address text not null,
                  draining integer not null default false, started integer not null, seen integer not null, uses text not null default '[]');
                create table store (one integer primary key, id text not null);
                """;
            await command.ExecuteNonQueryAsync();
        }

        var refused = await Assert.ThrowsAsync<BadInputException>(() => ClusterDatabase.OpenAsync(new(), old, CancellationToken.None));

        Assert.Equal($"The hosts' file {SingleHost.Rows(old)} has tables of version 1, this program writes version {ClusterDatabase.SchemaVersion}: nothing carries them over, so begin anew with another database and store, and look at what these hold with the program that made them.", refused.Message);
    }

    public async ValueTask InitializeAsync() => source = await ClusterDatabase.SqliteAsync(store, CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        await source.DisposeAsync();
        Directory.Delete(store, recursive: true);
    }
}
