using System.Diagnostics;
using Npgsql;
using NpgsqlTypes;

namespace Fer.Actors.Hosts;

/// <summary>
/// Whom a new host joins: one row, held on the database's clock by one host that everyone else finds there. Its holder
/// joins itself, so no list of addresses is needed and no host is needed for ever: when the holder is gone, the next takes
/// the row. Not a word of safety rests on it.
/// </summary>
/// <param name="holder">Unique per life of a process: an address may be somebody else's tomorrow.</param>
internal sealed class SeedRow(NpgsqlDataSource database, Guid holder)
{
    private const string Name = "hosts";

    /// <summary>So long without a word, and the row is free.</summary>
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(5);

    /// <summary>A host that is in no cluster leaves a free row to those that are in one for so long: else it would begin a second one.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2.5);

    /// <summary>The same where the database was away: a question of theirs may hang for some seconds after it is back.</summary>
    private static readonly TimeSpan GraceAfterTrouble = TimeSpan.FromSeconds(8);

    /// <summary>A database that does not answer is away; the next beat asks again.</summary>
    private const int TimeoutSeconds = 3;

    private bool isThere;
    private long? troubled;

    /// <summary>
    /// Takes the row if it is free, renews it if it is this host's, and returns the address that it names: this host's
    /// own where it holds the row, null where nobody does yet.
    /// </summary>
    /// <param name="isMember">Whether this host is in a cluster.</param>
    /// <exception cref="NpgsqlException">The database is away.</exception>
    public async Task<string?> BeatAsync(string own, bool isMember, CancellationToken stop)
    {
        try
        {
            await EnsureAsync(stop).ConfigureAwait(false);
            var row = await ReadAsync(stop).ConfigureAwait(false);
            if (row is not { } found || (found.IsMine && (isMember || found.Left > TimeSpan.Zero || !IsJustBack)) || (found.Left < (isMember ? TimeSpan.Zero : -Grace) && (isMember || !IsJustBack)))
            {
                if (await TakeAsync(own, isMember ? TimeSpan.Zero : Grace, stop).ConfigureAwait(false))
                {
                    return own;
                }

                row = await ReadAsync(stop).ConfigureAwait(false);
            }

            // A row from an earlier life of this very address: those who knew it are still there and will take it.
            return row is { } named && named.Left > TimeSpan.Zero && named.Address != own ? named.Address : null;
        }
        catch (Exception e)
        {
            isThere &= e is not PostgresException { SqlState: PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName };
            troubled = Stopwatch.GetTimestamp();
            throw;
        }
    }

    /// <summary>While the database was away the row ran out under those who are in a cluster: the time that is left to them begins when it answers again.</summary>
    private bool IsJustBack => troubled is { } at && Stopwatch.GetElapsedTime(at) < GraceAfterTrouble;

    /// <summary>Gives the row up if it is this host's: at once for hosts in the cluster, and for anybody where there is no other.</summary>
    public async Task ReleaseAsync(bool isAlone, CancellationToken stop)
    {
        await using var command = Command("update fer.seed set holder = $3, expires = clock_timestamp() - $4 where name = $1 and holder = $2", Value(Name), Value(holder), Value(Guid.Empty), Value(isAlone ? Grace : TimeSpan.Zero));
        await command.ExecuteNonQueryAsync(stop).ConfigureAwait(false);
    }

    private async Task EnsureAsync(CancellationToken stop)
    {
        if (isThere)
        {
            return;
        }

        // Asked first: who may use the table need not have the right to create it.
        await using (var command = Command("select to_regclass('fer.seed') is not null"))
        {
            isThere = await command.ExecuteScalarAsync(stop).ConfigureAwait(false) is true;
            if (isThere)
            {
                return;
            }
        }

        // "if not exists" alone is no protection from another host that does the same in the same instant.
        await using var batch = database.CreateBatch();
        foreach (var sql in new[]
        {
            "select pg_advisory_xact_lock(hashtextextended('fer', 0))",
            "create schema if not exists fer",
            "create table if not exists fer.seed (name text primary key, address text not null, holder uuid not null, expires timestamptz not null)",
        })
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(sql));
        }

        batch.Timeout = TimeoutSeconds;
        await batch.ExecuteNonQueryAsync(stop).ConfigureAwait(false);
        isThere = true;
    }

    private async Task<(string Address, bool IsMine, TimeSpan Left)?> ReadAsync(CancellationToken stop)
    {
        await using var command = Command("select address, holder = $2, expires - clock_timestamp() from fer.seed where name = $1", Value(Name), Value(holder));
        await using var reader = await command.ExecuteReaderAsync(stop).ConfigureAwait(false);
        return await reader.ReadAsync(stop).ConfigureAwait(false)
            ? (reader.GetString(0), reader.GetBoolean(1), reader.GetTimeSpan(2))
            : null;
    }

    private async Task<bool> TakeAsync(string own, TimeSpan grace, CancellationToken stop)
    {
        await using var command = Command("""
            insert into fer.seed as s (name, address, holder, expires) values ($1, $3, $2, clock_timestamp() + $4)
            on conflict (name) do update set address = excluded.address, holder = excluded.holder, expires = excluded.expires
            where s.holder = excluded.holder or s.expires < clock_timestamp() - $5
            """, Value(Name), Value(holder), Value(own), Value(Lease), Value(grace));
        return await command.ExecuteNonQueryAsync(stop).ConfigureAwait(false) == 1;
    }

    private NpgsqlCommand Command(string sql, params NpgsqlParameter[] values)
    {
        var command = database.CreateCommand(sql);
        command.CommandTimeout = TimeoutSeconds;
        command.Parameters.AddRange(values);
        return command;
    }

    private static NpgsqlParameter Value<T>(T value) => value is TimeSpan
        ? new NpgsqlParameter { Value = value, NpgsqlDbType = NpgsqlDbType.Interval }
        : new NpgsqlParameter<T> { TypedValue = value };
}
