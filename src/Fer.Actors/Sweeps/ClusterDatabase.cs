using System.Data.Common;
using Fer.Actors.Hosting;
using Fer.Actors.Storage;
using Fer.Models;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Fer.Actors.Sweeps;

/// <summary>
/// The database that hosts share: PostgreSQL's, with journals and beside them the tables of schema <c>fer</c>; or, for one host alone, a file of its store.
/// </summary>
public static class ClusterDatabase
{
    /// <summary>Raised whenever a table changes its shape or one is added: by this alone is it known that all are there, as this program writes them.</summary>
    public const int SchemaVersion = 2;

    private static readonly string Tables = $$"""
        create schema if not exists fer;
        create table if not exists fer.schema (version int not null, wire int not null);
        create table if not exists fer.lease (name text primary key, holder text not null, token bigint not null, expires timestamptz not null);
        create table if not exists fer.host (
          name text primary key, incarnation text not null, version text not null, slots text not null, address text not null,
          draining boolean not null default false, started timestamptz not null, seen timestamptz not null, wire int not null);
        create table if not exists fer.run (
          id text primary key, job text not null, settings text not null, inputs text not null, engine text not null, submitted timestamptz not null, submitter text not null,
          priority int not null default 0, status text not null, wish text not null default '', reason text not null default '', ended timestamptz, sweep text not null default '', trial int not null default 0, attempt int not null default 0, slot text not null default '', fork text not null default '');
        create index if not exists run_live on fer.run (status) where status in ('queued', 'running') or wish <> '';
        create index if not exists run_sweep on fer.run (sweep, trial) where sweep <> '';
        create table if not exists fer.sweep (
          id text primary key, spec text not null, status text not null, reason text not null default '', summary text not null, submitted timestamptz not null, submitter text not null);
        create table if not exists fer.sweep_wish (id text primary key, sweep text not null, wish text not null, trial int not null, made timestamptz not null, answer text, refused int not null default 0);
        create table if not exists fer.step (
          hash text primary key, kind text not null, spec text not null, place text not null, precision text not null, checkpoint_every double precision not null, checkpoint_steps int not null,
          state text not null, priority int not null, token bigint not null default 0, host text not null default '', device text not null default '',
          until timestamptz not null default 'infinity', claimed timestamptz, began bigint, position bigint not null default 0, length bigint not null default 0, unit text not null default '',
          checkpoints text not null default '[]', damaged text not null default '[]', adjustments text not null, files text not null default '{}', figures text not null default '{}', fault text,
          expiries int not null default 0, created timestamptz not null default clock_timestamp());
        create unique index if not exists step_slot on fer.step (host, device) where state = 'Running';
        create index if not exists step_claim on fer.step (priority desc, created) where state in ('Open', 'Running');
        create table if not exists fer.want (run text not null, hash text not null references fer.step, priority int not null, there boolean not null default false, primary key (run, hash));
        create index if not exists want_hash on fer.want (hash);
        create table if not exists fer.store (one boolean primary key, id text not null);
        create table if not exists fer.holder (name text primary key, url text not null, store text not null, life text not null, said timestamptz not null default clock_timestamp(), leaving boolean not null default false);
        create table if not exists fer.door (one boolean primary key, key text not null);
        create table if not exists fer.parcel (hash text, part int, bytes bytea not null, primary key (hash, part));
        create table if not exists fer.retired (hash text primary key, at timestamptz not null default clock_timestamp());
        create index if not exists retired_at on fer.retired (at);
        insert into fer.schema select {{SchemaVersion}}, 0 where not exists (select from fer.schema);
        """;

    // As above where both have the same rows. Of steps there is only what outlives the process that computes them.
    private static readonly string SqliteTables = $$"""
        create table if not exists fer.schema (version integer not null, wire integer not null);
        create table if not exists fer.lease (name text primary key, holder text not null, token integer not null, expires integer not null);
        create table if not exists fer.host (
          name text primary key, incarnation text not null, version text not null, slots text not null, address text not null,
          draining integer not null default false, started integer not null, seen integer not null, uses text not null default '[]', wire integer not null);
        create table if not exists fer.run (
          id text primary key, job text not null, settings text not null, inputs text not null, engine text not null, submitted integer not null, submitter text not null,
          priority integer not null default 0, status text not null, wish text not null default '', reason text not null default '', ended integer, sweep text not null default '', trial integer not null default 0, attempt integer not null default 0, slot text not null default '', fork text not null default '');
        create index if not exists fer.run_live on run (status) where status in ('queued', 'running') or wish <> '';
        create index if not exists fer.run_sweep on run (sweep, trial) where sweep <> '';
        create table if not exists fer.sweep (
          id text primary key, spec text not null, status text not null, reason text not null default '', summary text not null, submitted integer not null, submitter text not null);
        create table if not exists fer.sweep_wish (id text primary key, sweep text not null, wish text not null, trial integer not null, made integer not null, answer text, refused integer not null default 0);
        create table if not exists fer.step (hash text primary key, token integer not null, result text);
        create table if not exists fer.made (artifact text primary key) without rowid;
        create table if not exists fer.store (one integer primary key, id text not null);
        insert into fer.schema select {{SchemaVersion}}, 0 where not exists (select 1 from fer.schema);
        """;

    /// <summary>Opens the database of a configuration and makes its tables where they are missing. Throws <see cref="BadInputException"/> or <see cref="NotReachableException"/> with one sentence.</summary>
    /// <param name="store">Where SQLite's file is: a single host's store.</param>
    public static async Task<DbDataSource> OpenAsync(JournalSettings journal, string store, CancellationToken stop) =>
        SingleHost.Is(journal) ? await SqliteAsync(store, stop).ConfigureAwait(false) : await PostgresAsync(journal, stop).ConfigureAwait(false);

    /// <summary>The same for who only looks: null where a single host has never been, and no run was handed over.</summary>
    public static async Task<DbDataSource?> FindAsync(JournalSettings journal, string store, CancellationToken stop) =>
        SingleHost.Is(journal) && !File.Exists(SingleHost.Rows(store)) ? null : await OpenAsync(journal, store, stop).ConfigureAwait(false);

    /// <summary>A single host's rows.</summary>
    public static async Task<SqliteSource> SqliteAsync(string store, CancellationToken stop)
    {
        var file = SingleHost.Rows(store);
        SqliteSource? source = null;
        try
        {
            Directory.CreateDirectory(store);
            source = new SqliteSource(file);
            await using var connection = await source.OpenConnectionAsync(stop).ConfigureAwait(false);
            await using var command = connection.CreateCommand();
            command.CommandText = "select count(*) from fer.sqlite_master where name = 'schema'";
            if ((long)(await command.ExecuteScalarAsync(stop).ConfigureAwait(false))! == 0)
            {
                // Readers and the writer do not wait for each other then; the file remembers.
                command.CommandText = "pragma fer.journal_mode = wal";
                await command.ExecuteNonQueryAsync(stop).ConfigureAwait(false);
                command.CommandText = $"begin immediate; {SqliteTables} commit";
                await command.ExecuteNonQueryAsync(stop).ConfigureAwait(false);
            }

            command.CommandText = "select version from fer.schema";
            RequireVersion((long)(await command.ExecuteScalarAsync(stop).ConfigureAwait(false))!, $"The hosts' file {file} has tables");
            return source;
        }
        catch (Exception e)
        {
            if (source is not null)
            {
                await source.DisposeAsync().ConfigureAwait(false);
            }

            throw e switch
            {
                SqliteException of => new BadInputException($"The hosts' file {file} cannot be used: {JournalFiles.Reason(of, store)}", of),
                IOException or UnauthorizedAccessException => new NotReachableException($"fer.cluster.store: {store} cannot be used: {e.Message}", e),
                _ => e,
            };
        }
    }

    // No version was released yet whose tables would have to be carried over.
    private static void RequireVersion(long version, string where)
    {
        if (version != SchemaVersion)
        {
            throw new BadInputException($"{where} of version {version}, this program writes version {SchemaVersion}: {(version > SchemaVersion ? "upgrade this host" : "nothing carries them over, so begin anew with another database and store, and look at what these hold with the program that made them")}.");
        }
    }

    /// <summary>The rows of several hosts, in PostgreSQL.</summary>
    public static async Task<NpgsqlDataSource> PostgresAsync(JournalSettings journal, CancellationToken stop)
    {
        // Refuses a string that is none.
        JournalFiles.Postgres(journal).Dispose();
        var source = NpgsqlDataSource.Create(JournalFiles.ForHost(journal));
        try
        {
            await using var connection = await source.OpenConnectionAsync(stop).ConfigureAwait(false);
            if (!await HasTablesAsync(connection, stop).ConfigureAwait(false))
            {
                await MakeTablesAsync(connection, stop).ConfigureAwait(false);
            }

            return source;
        }
        catch (Exception e)
        {
            await source.DisposeAsync().ConfigureAwait(false);
            throw e is NpgsqlException or TimeoutException
                ? new NotReachableException($"fer.journal.connection-string: PostgreSQL cannot be used: {e.Message.Split('\n')[0]}", e)
                : e;
        }
    }

    // Who only reads makes no table, and takes no lock that a writer would wait for. All are made at once, so those of one version are all there.
    private static async Task<bool> HasTablesAsync(NpgsqlConnection connection, CancellationToken stop)
    {
        await using var exists = connection.Command("select to_regclass('fer.schema') is not null");
        if (!(bool)(await exists.ExecuteScalarAsync(stop).ConfigureAwait(false))!)
        {
            return false;
        }

        await using var version = connection.Command("select version from fer.schema");
        RequireVersion((int)(await version.ExecuteScalarAsync(stop).ConfigureAwait(false))!, "The database of fer.journal.connection-string has tables");
        return true;
    }

    private static async Task MakeTablesAsync(NpgsqlConnection connection, CancellationToken stop)
    {
        await using var transaction = await connection.BeginTransactionAsync(stop).ConfigureAwait(false);

        // Two hosts that start together would make the same table twice, or, of two versions, each half of them.
        await ExecuteAsync(connection, "select pg_advisory_xact_lock(7001)", stop).ConfigureAwait(false);
        if (!await HasTablesAsync(connection, stop).ConfigureAwait(false))
        {
            await ExecuteAsync(connection, Tables, stop).ConfigureAwait(false);
        }

        await transaction.CommitAsync(stop).ConfigureAwait(false);
    }

    internal static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken stop)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(stop).ConfigureAwait(false);
    }
}
