using System.Collections.Immutable;
using System.Security.Cryptography;
using Fer.Actors.Sweeps;
using Npgsql;

namespace Fer.Actors.Artifacts;

/// <summary>
/// What hosts without a common folder tell each other of artifacts in the database: who gives them away, what was handed over and is not on any host
/// yet, and what is no longer needed.
/// </summary>
/// <param name="lease">A host that was silent for longer is not asked.</param>
public sealed class ArtifactRows(NpgsqlDataSource source, TimeSpan lease)
{
    /// <summary>A message to the server holds a part; larger ones cost both sides memory.</summary>
    private const int PartBytes = 4 << 20;

    /// <summary>A host that was away for longer keeps what was retired meanwhile, and is asked for nothing.</summary>
    private static readonly TimeSpan Remembered = TimeSpan.FromDays(30);

    /// <summary>The key that hosts of this database sign with; made by the first.</summary>
    public async Task<string> KeyAsync(CancellationToken stop = default)
    {
        await using var make = source.Command("insert into fer.door (one, key) values (true, $1) on conflict (one) do nothing", Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)));
        await make.ExecuteNonQueryAsync(stop).ConfigureAwait(false);
        await using var command = source.Command("select key from fer.door");
        return (string)(await command.ExecuteScalarAsync(stop).ConfigureAwait(false))!;
    }

    /// <summary>Says where a host gives away its artifacts; again and again, as a database may be one restored from a copy.</summary>
    public async Task ServeAsync(Holder self, CancellationToken stop = default)
    {
        await using var command = source.Command(
            """
            insert into fer.holder (name, url, store, life) values ($1, $2, $3, $4)
            on conflict (name) do update set url = $2, store = $3, life = $4, said = clock_timestamp(), leaving = fer.holder.leaving and fer.holder.life = $4
            """,
            self.Name, self.Url, self.Store, self.Life);
        await command.ExecuteNonQueryAsync(stop).ConfigureAwait(false);
    }

    /// <summary>Says that a host is about to go: it gives away still, and keeps nothing new for others.</summary>
    public async Task LeaveAsync(Holder self, CancellationToken stop = default)
    {
        await using var command = source.Command("update fer.holder set leaving = true where name = $1 and life = $2", self.Name, self.Life);
        await command.ExecuteNonQueryAsync(stop).ConfigureAwait(false);
    }

    /// <summary>Says that others have all that a host has: once it is gone, nobody need wait for it.</summary>
    public async Task HandedOverAsync(Holder self, CancellationToken stop = default)
    {
        await using var command = source.Command("delete from fer.holder where name = $1 and life = $2", self.Name, self.Life);
        await command.ExecuteNonQueryAsync(stop).ConfigureAwait(false);
    }

    /// <summary>Hosts that give artifacts away, or did before they went, however they went.</summary>
    public async Task<ImmutableArray<Holder>> HoldersAsync(CancellationToken stop = default)
    {
        await using var command = source.Command(
            """
            select h.name, url, store, life, coalesce(incarnation = life and seen > clock_timestamp() - $1, false), coalesce(draining, false) or leaving
            from fer.holder h left join fer.host o on o.name = h.name where said > clock_timestamp() - $2 order by h.name
            """,
            lease, Remembered);
        await using var rows = await command.ExecuteReaderAsync(stop).ConfigureAwait(false);
        var all = ImmutableArray.CreateBuilder<Holder>();
        while (await rows.ReadAsync(stop).ConfigureAwait(false))
        {
            var isThere = rows.GetBoolean(4);
            all.Add(new Holder(rows.GetString(0), rows.GetString(1), rows.GetString(2), rows.GetString(3)) { IsThere = isThere, Keeps = isThere && !rows.GetBoolean(5) });
        }

        return all.ToImmutable();
    }

    /// <summary>Lays an artifact into the database until hosts have taken it: so a run can be handed over while none is up.</summary>
    public async Task PostAsync(string hash, ReadOnlyMemory<byte> content, CancellationToken stop = default)
    {
        await using var connection = await source.OpenConnectionAsync(stop).ConfigureAwait(false);
        await using var transaction = await connection.BeginTransactionAsync(stop).ConfigureAwait(false);
        for (var part = 0; part == 0 || part * (long)PartBytes < content.Length; part++)
        {
            var from = part * PartBytes;
            await using var command = connection.Command("insert into fer.parcel (hash, part, bytes) values ($1, $2, $3) on conflict (hash, part) do nothing", hash, part, content.Slice(from, Math.Min(PartBytes, content.Length - from)));

            // As long as the line takes for a part.
            command.CommandTimeout = 60;
            await command.ExecuteNonQueryAsync(stop).ConfigureAwait(false);
        }

        await transaction.CommitAsync(stop).ConfigureAwait(false);
    }

    /// <summary>What lies in the database.</summary>
    public Task<ImmutableArray<string>> PostedAsync(CancellationToken stop = default) => HashesAsync("select distinct hash from fer.parcel order by hash", stop);

    /// <summary>Writes what lies there under a hash into a stream.</summary>
    /// <param name="open">Gives the stream, emptied; called only where something lies there.</param>
    /// <returns>False: nothing does, or it was taken away meanwhile.</returns>
    public async Task<bool> CollectAsync(string hash, Func<Stream> open, CancellationToken stop = default)
    {
        Stream? to = null;
        for (var part = 0; ; part++)
        {
            await using var command = source.Command("select bytes from fer.parcel where hash = $1 and part = $2", hash, part);
            command.CommandTimeout = 60;
            if (await command.ExecuteScalarAsync(stop).ConfigureAwait(false) is not byte[] bytes)
            {
                return part > 0;
            }

            await (to ??= open()).WriteAsync(bytes, stop).ConfigureAwait(false);
        }
    }

    /// <summary>Removes from the database what lies on enough hosts.</summary>
    public async Task TakeAwayAsync(IReadOnlyCollection<string> hashes, CancellationToken stop = default)
    {
        await using var command = source.Command("delete from fer.parcel where hash = any($1)", (object)hashes.ToArray());
        await command.ExecuteNonQueryAsync(stop).ConfigureAwait(false);
    }

    /// <summary>Says that no host needs these any more.</summary>
    public async Task RetireAsync(IReadOnlyCollection<string> hashes)
    {
        await using var command = source.Command("insert into fer.retired (hash) select unnest($1) on conflict (hash) do update set at = clock_timestamp()", (object)hashes.ToArray());
        await command.ExecuteNonQueryAsync().ConfigureAwait(false);
    }

    /// <summary>What was retired since a moment of the database's clock, and that clock now; null: since ever.</summary>
    public async Task<(ImmutableArray<string> Hashes, DateTimeOffset Now)> RetiredAsync(DateTimeOffset? since, CancellationToken stop = default)
    {
        if (since is null)
        {
            await using var forget = source.Command("delete from fer.retired where at < clock_timestamp() - $1", Remembered);
            await forget.ExecuteNonQueryAsync(stop).ConfigureAwait(false);
        }

        await using var clock = source.Command("select clock_timestamp()");
        var now = new DateTimeOffset((DateTime)(await clock.ExecuteScalarAsync(stop).ConfigureAwait(false))!);

        // A row that was on its way at that moment shows a little later.
        var from = (since ?? DateTimeOffset.UnixEpoch.AddDays(1)) - TimeSpan.FromMinutes(1);
        return (await HashesAsync("select hash from fer.retired where at >= $1 order by at", stop, from).ConfigureAwait(false), now);
    }

    private async Task<ImmutableArray<string>> HashesAsync(string sql, CancellationToken stop, params object[] values)
    {
        await using var command = source.Command(sql, values);
        await using var rows = await command.ExecuteReaderAsync(stop).ConfigureAwait(false);
        var all = ImmutableArray.CreateBuilder<string>();
        while (await rows.ReadAsync(stop).ConfigureAwait(false))
        {
            all.Add(rows.GetString(0));
        }

        return all.ToImmutable();
    }
}
