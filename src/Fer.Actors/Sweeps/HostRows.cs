using System.Collections.Immutable;
using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using Fer.Actors.Runs;
using Fer.Actors.Storage;
using Fer.Models;

namespace Fer.Actors.Sweeps;

/// <summary>Hosts as rows: who is there, with which devices, who is to take nothing new.</summary>
/// <param name="uses">What this process's slots hold now, where no other has it in rows: said with each beat. Null: the rows of steps say it.</param>
public sealed class HostRows(DbDataSource source, TimeSpan lease, Func<ImmutableArray<SlotUse>>? uses = null)
{
    /// <summary>A host that was told to drain and left was seen then.</summary>
    private static readonly DateTimeOffset Never = DateTimeOffset.UnixEpoch;

    /// <summary>One that has not spoken for so long has left without a word, and is listed no more.</summary>
    private static readonly TimeSpan Forgotten = TimeSpan.FromDays(7);

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250);

    /// <summary>What this program speaks (<see cref="Hosting.HostWire.Version"/>).</summary>
    public int Wire { get; init; } = Hosting.HostWire.Version;

    /// <summary>Throws <see cref="BadInputException"/> where this program and the database's hosts, or what they wrote, would not understand each other.</summary>
    /// <param name="name">Of this host: what another life of it spoke is nobody's trouble.</param>
    public async Task RequireWireAsync(string name, CancellationToken stop)
    {
        await using var connection = await source.OpenConnectionAsync(stop).ConfigureAwait(false);
        await RequireWireAsync(connection, name, stop).ConfigureAwait(false);
    }

    private async Task RequireWireAsync(DbConnection connection, string name, CancellationToken stop)
    {
        await using (var written = connection.Command(WrittenWire))
        {
            Require(await written.ExecuteScalarAsync(stop).ConfigureAwait(false));
        }

        await using var command = connection.Command("select name, wire from fer.host where wire <> $1 and name <> $2 and seen > clock_timestamp() - $3 order by name", Wire, name, lease);
        await using var rows = await command.ExecuteReaderAsync(stop).ConfigureAwait(false);
        if (await rows.ReadAsync(stop).ConfigureAwait(false))
        {
            var other = rows.GetInt32(1);
            throw new BadInputException($"Host '{rows.GetString(0)}' is there and is of wire version {other}, this program is of wire version {Wire}: {(other > Wire ? "upgrade this host" : "stop all hosts of the older version first, drained, then start this one")}.");
        }
    }

    private const string WrittenWire = "select wire from fer.schema";

    private void Require(object? written)
    {
        if (Convert.ToInt32(written, CultureInfo.InvariantCulture) is var most && most > Wire)
        {
            throw new BadInputException($"The journals of this database were written by a program of wire version {most}, this one is of wire version {Wire}: upgrade this host.");
        }
    }

    /// <summary>
    /// Enters this process under a name. One that was killed leaves its name behind for a lease: that is waited for. Throws
    /// <see cref="BadInputException"/> where another process goes on speaking under it.
    /// </summary>
    /// <param name="incarnation">Unique for each life of a process.</param>
    /// <returns>Whether it was told before to take nothing new.</returns>
    public async Task<bool> EnterAsync(string name, string incarnation, string version, ImmutableArray<SlotInfo> slots, string address, CancellationToken stop)
    {
        for (var started = Stopwatch.GetTimestamp(); ; await Task.Delay(Look, stop).ConfigureAwait(false))
        {
            if (await TryEnterAsync(name, incarnation, version, slots, address, stop).ConfigureAwait(false) is { } draining)
            {
                return draining;
            }

            if (Stopwatch.GetElapsedTime(started) > 2 * lease)
            {
                throw new BadInputException($"A host named '{name}' is there already and speaks: give this one another name with fer.cluster.name.");
            }
        }
    }

    // One after another: two of different versions that look at the same instant would both see nobody, and come in.
    private async Task<bool?> TryEnterAsync(string name, string incarnation, string version, ImmutableArray<SlotInfo> slots, string address, CancellationToken stop)
    {
        await using var connection = await source.OpenConnectionAsync(stop).ConfigureAwait(false);
        await using var transaction = await connection.BeginTransactionAsync(stop).ConfigureAwait(false);
        if (source is not SqliteSource)
        {
            // SQLite has one writer at a time anyhow.
            await using var turn = connection.Command("select pg_advisory_xact_lock(7002)");
            await turn.ExecuteNonQueryAsync(stop).ConfigureAwait(false);
        }

        await RequireWireAsync(connection, name, stop).ConfigureAwait(false);
        await using var forget = connection.Command("delete from fer.host where name <> $1 and not draining and seen < clock_timestamp() - $2", name, Forgotten);
        await forget.ExecuteNonQueryAsync(stop).ConfigureAwait(false);
        await using var enter = connection.Command(
            """
            insert into fer.host as h (name, incarnation, version, slots, address, started, seen, wire) values ($1, $2, $3, $4, $5, clock_timestamp(), clock_timestamp(), $7)
            on conflict (name) do update set incarnation = $2, version = $3, slots = $4, address = $5, wire = $7, started = clock_timestamp(), seen = clock_timestamp()
            where h.incarnation = $2 or h.seen < clock_timestamp() - $6
            returning draining
            """,
            name, incarnation, version, Json.Write(slots), address, lease, Wire);
        var draining = await enter.YesAsync(stop).ConfigureAwait(false);
        if (draining is not null)
        {
            // From now on older ones are refused.
            await using var raise = connection.Command("update fer.schema set wire = $1 where wire < $1", Wire);
            await raise.ExecuteNonQueryAsync(stop).ConfigureAwait(false);
            await transaction.CommitAsync(stop).ConfigureAwait(false);
        }

        return draining;
    }

    /// <summary>
    /// Says that the host is there. Throws <see cref="BadInputException"/> where hosts of a newer wire version have entered since, as while
    /// this one was cut off from the database.
    /// </summary>
    /// <returns>Whether it is to take nothing new; null: the name is another process's now.</returns>
    public async Task<bool?> BeatAsync(string name, string incarnation, string address)
    {
        const string seen = "update fer.host set seen = clock_timestamp(), address = $3";
        const string mine = $"where name = $1 and incarnation = $2 and ({WrittenWire}) <= $4 returning draining";
        await using var command = uses is null ? source.Command($"{seen} {mine}", name, incarnation, address, Wire) : source.Command($"{seen}, uses = $5 {mine}", name, incarnation, address, Wire, Json.Write(uses()));
        if (await command.YesAsync().ConfigureAwait(false) is { } draining)
        {
            return draining;
        }

        await using var written = source.Command(WrittenWire);
        Require(await written.ExecuteScalarAsync().ConfigureAwait(false));
        return null;
    }

    /// <summary>Says anew what a host's slots are; nothing where the name is another process's now.</summary>
    public async Task SaySlotsAsync(string name, string incarnation, ImmutableArray<SlotInfo> slots)
    {
        await using var command = source.Command("update fer.host set slots = $3 where name = $1 and incarnation = $2", name, incarnation, Json.Write(slots));
        await command.ExecuteNonQueryAsync().ConfigureAwait(false);
    }

    public async Task LeaveAsync(string name, string incarnation)
    {
        await using var command = source.Command("delete from fer.host where name = $1 and incarnation = $2 and not draining", name, incarnation);
        await command.ExecuteNonQueryAsync().ConfigureAwait(false);

        // A host that was told to drain stays so over a restart: its row keeps that.
        await using var silent = source.Command("update fer.host set seen = $3 where name = $1 and incarnation = $2", name, incarnation, Never);
        await silent.ExecuteNonQueryAsync().ConfigureAwait(false);
    }

    /// <summary>The same for whoever has a row: only for who knows that none of them lives.</summary>
    public async Task LeaveAllAsync()
    {
        await using var command = source.Command("delete from fer.host where not draining");
        await command.ExecuteNonQueryAsync().ConfigureAwait(false);
        await using var silent = source.Command("update fer.host set seen = $1", Never);
        await silent.ExecuteNonQueryAsync().ConfigureAwait(false);
    }

    /// <returns>False: there is no such host.</returns>
    public async Task<bool> DrainAsync(string name, bool draining)
    {
        await using var command = source.Command("update fer.host set draining = $2 where name = $1", name, draining);
        return await command.ExecuteNonQueryAsync().ConfigureAwait(false) == 1;
    }

    public async Task<ImmutableArray<HostRow>> AllAsync()
    {
        await using var command = source.Command("select name, version, slots, address, draining, started, clock_timestamp() - greatest(seen, $1) from fer.host order by name", Never);
        await using var rows = await command.ExecuteReaderAsync().ConfigureAwait(false);
        var all = ImmutableArray.CreateBuilder<HostRow>();
        while (await rows.ReadAsync().ConfigureAwait(false))
        {
            all.Add(new HostRow(rows.GetString(0), rows.GetString(1), Json.Read<ImmutableArray<SlotInfo>>(rows.GetString(2)), rows.GetString(3), rows.GetBoolean(4), rows.Moment(5), rows.Span(6)));
        }

        return all.ToImmutable();
    }

    /// <summary>The ledger: which slot holds which step, since when.</summary>
    public Task<ImmutableArray<SlotUse>> UsesAsync() => source is SqliteSource ? SaidAsync() : InRowsAsync();

    // A host that is silent there is no more, and what its slots held nobody holds.
    private async Task<ImmutableArray<SlotUse>> SaidAsync()
    {
        await using var command = source.Command("select uses from fer.host where seen > clock_timestamp() - $1 order by name", lease);
        await using var rows = await command.ExecuteReaderAsync().ConfigureAwait(false);
        var all = ImmutableArray.CreateBuilder<SlotUse>();
        while (await rows.ReadAsync().ConfigureAwait(false))
        {
            all.AddRange(Json.Read<ImmutableArray<SlotUse>>(rows.GetString(0)));
        }

        return all.ToImmutable();
    }

    private async Task<ImmutableArray<SlotUse>> InRowsAsync()
    {
        await using var command = source.Command("select host, device, hash, spec, token, claimed, position, length, unit, (select array_agg(run order by run) from fer.want w where w.hash = s.hash) from fer.step s where state = 'Running' order by host, device");
        await using var rows = await command.ExecuteReaderAsync().ConfigureAwait(false);
        var all = ImmutableArray.CreateBuilder<SlotUse>();
        while (await rows.ReadAsync().ConfigureAwait(false))
        {
            all.Add(new SlotUse(
                rows.GetString(0), rows.GetString(1), rows.GetString(2), Json.Read<StepSpec>(rows.GetString(3)).Name, rows.GetInt64(4), rows.Moment(5),
                rows.GetInt64(6), rows.GetInt64(7), rows.GetString(8))
            {
                Runs = rows.IsDBNull(9) ? [] : [.. rows.GetFieldValue<string[]>(9)],
            });
        }

        return all.ToImmutable();
    }
}
