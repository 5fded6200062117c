using System.Collections.Immutable;
using System.Globalization;
using Fer.Actors.Runs;
using Fer.Actors.Storage;
using Fer.Models.Training;
using Npgsql;

namespace Fer.Actors.Sweeps;

/// <summary>Steps as rows of PostgreSQL. Each method is one statement or one transaction, on the server's clock.</summary>
/// <param name="lease">How long a silent slot's step is its own.</param>
public sealed class PostgresStepRows(NpgsqlDataSource source, TimeSpan lease) : IStepRows
{
    /// <summary>A step that took so many hosts along without coming forward is at fault itself.</summary>
    private const int MostExpiries = 10;

    private const int MostAtOnce = 200;

    private const string Columns = "s.hash, s.spec, s.place, s.precision, s.checkpoint_every, s.checkpoint_steps, s.token, s.checkpoints, s.adjustments";

    public async Task<bool> WantAsync(long seat, ImmutableArray<Wanted> wanted)
    {
        foreach (var some in wanted.Chunk(MostAtOnce))
        {
            if (!await WantSomeAsync(seat, some).ConfigureAwait(false))
            {
                return false;
            }
        }

        return true;
    }

    // One statement, so that no lock outlives a coordinator that stands still in the middle. A new row begins behind the tries that the journal
    // knows, so that the number of a try is never used twice for a run; that number also says which ended rows are opened again. That a step was done
    // before it was wanted is seen here, before anybody can claim it, and stays with the wish: no later look can tell.
    private async Task<bool> WantSomeAsync(long seat, Wanted[] wanted)
    {
        await using var command = source.Command(
            """
            with seat as (select from fer.lease where name = $1 and token = $2),
              w as (select * from unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::double precision[], $10::int[], $11::int[], $12::text[], $13::text[], $14::bigint[])
                as w(run, hash, kind, spec, place, precision, checkpoint_every, checkpoint_steps, priority, adjustments, checkpoints, folded) where exists (select from seat)),
              put as (
                insert into fer.step as s (hash, kind, spec, place, precision, checkpoint_every, checkpoint_steps, state, priority, adjustments, checkpoints, token)
                select distinct on (hash) hash, kind, spec, place, precision, checkpoint_every, checkpoint_steps, 'Open', priority, adjustments, checkpoints, folded from w order by hash, folded desc
                on conflict (hash) do update set priority = greatest(s.priority, excluded.priority),
                  state = case when s.state in ('Failed', 'Done') and s.token <= excluded.token then 'Open' else s.state end,
                  adjustments = case when s.state in ('Failed', 'Done') and s.token <= excluded.token then excluded.adjustments else s.adjustments end,
                  checkpoints = case when s.state in ('Failed', 'Done') and s.token <= excluded.token then excluded.checkpoints else s.checkpoints end,
                  began = case when s.state in ('Failed', 'Done') and s.token <= excluded.token then null else s.began end),
              said as (insert into fer.want (run, hash, priority, there) select run, hash, priority, exists (select from fer.step s where s.hash = w.hash and s.state = 'Done' and s.token > all (select o.folded from w o where o.hash = w.hash)) from w
                on conflict (run, hash) do update set priority = excluded.priority, there = fer.want.there and excluded.there)
            select exists (select from seat)
            """,
            LeaseRow.Coordinator, seat, Each(w => w.Run), Each(w => w.Step.Hash), Each(w => w.Step.Kind), Each(w => Json.Write(w.Step.Spec)), Each(w => w.Step.Place), Each(w => w.Step.Precision),
            Each(w => w.Step.CheckpointEvery.TotalSeconds), Each(w => w.Step.CheckpointSteps), Each(w => w.Priority), Each(w => Json.Write(w.Adjustments)), Each(w => Json.Write(w.Checkpoints)), Each(w => w.FoldedTry));
        return (bool)(await command.ExecuteScalarAsync().ConfigureAwait(false))!;

        T[] Each<T>(Func<Wanted, T> of) => [.. wanted.Select(of)];
    }

    public async Task UnwantAsync(long seat, string run, ImmutableArray<string> hashes)
    {
        await using var command = source.Command("delete from fer.want where run = $1 and hash = any($2) and exists (select from fer.lease where name = $3 and token = $4)", run, hashes.ToArray(), LeaseRow.Coordinator, seat);
        await command.ExecuteNonQueryAsync().ConfigureAwait(false);
    }

    public async Task ForgetAsync(long seat, string run)
    {
        await using var command = source.Command("delete from fer.want where run = $1 and exists (select from fer.lease where name = $2 and token = $3)", run, LeaseRow.Coordinator, seat);
        await command.ExecuteNonQueryAsync().ConfigureAwait(false);
    }

    public async Task<ImmutableArray<SeenStep>> LookAsync()
    {
        await using var command = source.Command(
            """
            select w.run, s.hash, s.state, s.token, s.host, s.device, s.began, s.position, s.length, s.unit, s.checkpoints, s.damaged, s.adjustments, s.files, s.figures, s.fault, w.there
            from fer.want w join fer.step s using (hash) where s.token > 0
            """);
        await using var rows = await command.ExecuteReaderAsync().ConfigureAwait(false);
        var seen = ImmutableArray.CreateBuilder<SeenStep>();
        while (await rows.ReadAsync().ConfigureAwait(false))
        {
            seen.Add(new SeenStep(
                rows.GetString(0), rows.GetString(1), Enum.Parse<RowState>(rows.GetString(2)), rows.GetInt64(3), rows.GetString(4), rows.GetString(5), rows.IsDBNull(6) ? null : rows.GetInt64(6),
                rows.GetInt64(7), rows.GetInt64(8), rows.GetString(9), Read<ImmutableArray<CheckpointRef>>(rows, 10), Read<ImmutableArray<DamagedCheckpoint>>(rows, 11), Read<Adjustments>(rows, 12),
                Read<ImmutableSortedDictionary<string, string>>(rows, 13), Read<ImmutableSortedDictionary<string, double>>(rows, 14), rows.IsDBNull(15) ? null : Read<RowFault>(rows, 15))
            {
                WasThere = rows.GetBoolean(16),
            });
        }

        return seen.ToImmutable();
    }

    public async Task<ClaimedStep?> ClaimAsync(string host, string device, IReadOnlyCollection<string> places, IReadOnlyCollection<string> kinds, IReadOnlyCollection<string>? except = null)
    {
        await GiveUpAsync().ConfigureAwait(false);
        await LetGoAsync(host, device, places, kinds).ConfigureAwait(false);
        await using var command = source.Command(
            $"""
            update fer.step s set state = 'Running', token = s.token + 1, host = $1, device = $2, until = clock_timestamp() + $3, claimed = clock_timestamp(), began = null, damaged = '[]', fault = null,
              expiries = s.expiries + case when s.state = 'Running' and s.until < clock_timestamp() then 1 else 0 end
            where s.hash = (
              select c.hash from fer.step c
              where (c.state = 'Open' or (c.state = 'Running' and (c.until < clock_timestamp() or (c.host = $1 and c.device = $2))))
                and c.place = any($4) and c.kind = any($5) and (c.hash <> all($6) or (c.host = $1 and c.device = $2)) and exists (select from fer.want w where w.hash = c.hash)
              order by (c.state = 'Running' and c.host = $1 and c.device = $2) desc, c.priority desc, c.created, c.hash limit 1 for update skip locked)
            returning {Columns}, (select array[min(w.run), count(*)::text] from fer.want w where w.hash = s.hash)
            """,
            host, device, lease, places.ToArray(), kinds.ToArray(), (except ?? []).ToArray());
        await using var rows = await command.ExecuteReaderAsync().ConfigureAwait(false);
        if (!await rows.ReadAsync().ConfigureAwait(false))
        {
            return null;
        }

        // The last run may have withdrawn its wish in this very moment.
        var wanting = rows.GetFieldValue<string?[]>(9);
        return new ClaimedStep(
            new RowSpec(rows.GetString(0), Read<StepSpec>(rows, 1), rows.GetString(2), rows.GetString(3), TimeSpan.FromSeconds(rows.GetDouble(4)), rows.GetInt32(5)),
            rows.GetInt64(6), Read<ImmutableArray<CheckpointRef>>(rows, 7), Read<Adjustments>(rows, 8))
        {
            Run = wanting[0] ?? "", Runs = int.Parse(wanting[1]!, CultureInfo.InvariantCulture),
        };
    }

    // Its slots fell silent again and again, on whatever host: for ever would be no answer.
    private async Task GiveUpAsync()
    {
        var fault = new RowFault("worker-lost", FormattableString.Invariant($"{MostExpiries} slots that computed it fell silent, one after another, and it came no further"), 0, null);
        await using var command = source.Command("update fer.step set state = 'Failed', fault = $1, expiries = 0 where state = 'Running' and until < clock_timestamp() and expiries >= $2", Json.Write(fault), MostExpiries);
        await command.ExecuteNonQueryAsync().ConfigureAwait(false);
    }

    // What the slot had in an earlier life and will not get again: a slot has one running row, and this one would be it for ever.
    private async Task LetGoAsync(string host, string device, IReadOnlyCollection<string> places, IReadOnlyCollection<string> kinds)
    {
        await using var command = source.Command(
            """
            update fer.step s set state = 'Open', host = '', device = ''
            where state = 'Running' and host = $1 and device = $2 and not (place = any($3) and kind = any($4) and exists (select from fer.want w where w.hash = s.hash))
            """,
            host, device, places.ToArray(), kinds.ToArray());
        await command.ExecuteNonQueryAsync().ConfigureAwait(false);
    }

    public async Task<IReadOnlyDictionary<(string Hash, long Token), Held>> BeatAsync(ImmutableArray<HeldStep> held)
    {
        var answer = held.ToDictionary(h => (h.Hash, h.Token), _ => Held.Taken);
        if (held.IsEmpty)
        {
            return answer;
        }

        await using var command = source.Command(
            """
            update fer.step s set until = clock_timestamp() + $1, position = m.position, length = m.length, unit = m.unit
            from unnest($2, $3, $4, $5, $6) as m(hash, token, position, length, unit)
            where s.hash = m.hash and s.token = m.token and s.state = 'Running'
            returning s.hash, s.token, exists (select from fer.want w where w.hash = s.hash)
            """,
            lease, held.Select(h => h.Hash).ToArray(), held.Select(h => h.Token).ToArray(), held.Select(h => h.Position).ToArray(), held.Select(h => h.Length).ToArray(), held.Select(h => h.Unit).ToArray());
        await using var rows = await command.ExecuteReaderAsync().ConfigureAwait(false);
        while (await rows.ReadAsync().ConfigureAwait(false))
        {
            answer[(rows.GetString(0), rows.GetInt64(1))] = rows.GetBoolean(2) ? Held.Kept : Held.Unwanted;
        }

        return answer;
    }

    public async Task<bool> WriteAsync(string hash, long token, RowWrite write)
    {
        const string mine = "where hash = $1 and token = $2 and state = 'Running'";
        await using var command = write switch
        {
            RowWrite.Opened o => source.Command($"update fer.step set began = $3, damaged = $4, position = $3, until = clock_timestamp() + $5 {mine}", hash, token, o.From, Json.Write(o.Damaged), lease),
            RowWrite.Saved s => source.Command($"update fer.step set checkpoints = $3, expiries = 0, until = clock_timestamp() + $4 {mine}", hash, token, Json.Write(s.Checkpoints), lease),
            RowWrite.Done d => source.Command($"update fer.step set state = 'Done', files = $3, figures = $4, checkpoints = '[]' {mine}", hash, token, Json.Write(d.Files), Json.Write(d.Figures)),
            RowWrite.Failed f => source.Command($"update fer.step set state = 'Failed', fault = $3 {mine}", hash, token, Json.Write(f.Fault)),
            RowWrite.Released => source.Command($"update fer.step set state = 'Open', host = '', device = '' {mine}", hash, token),
            _ => throw new InvalidOperationException($"A slot cannot write a {write.GetType().Name}."),
        };
        return await command.ExecuteNonQueryAsync().ConfigureAwait(false) == 1;
    }

    public async Task<ImmutableArray<string>> UnreferredAsync(ImmutableArray<string> artifacts)
    {
        await using var command = source.Command("select a from unnest($1) a where not exists (select from fer.step where strpos(files, a) > 0 or strpos(checkpoints, a) > 0)", (object)artifacts.ToArray());
        await using var rows = await command.ExecuteReaderAsync().ConfigureAwait(false);
        var free = ImmutableArray.CreateBuilder<string>();
        while (await rows.ReadAsync().ConfigureAwait(false))
        {
            free.Add(rows.GetString(0));
        }

        return free.ToImmutable();
    }

    public async Task ExpireAsync(string host, TimeSpan silent)
    {
        await using var command = source.Command(
            """
            with gone as (select name from fer.host where name = $1 and seen < clock_timestamp() - $2),
              seat as (update fer.lease set expires = clock_timestamp() where name = $3 and split_part(holder, '/', 1) in (select name from gone))
            update fer.step set until = clock_timestamp() where state = 'Running' and host in (select name from gone)
            """,
            host, silent, LeaseRow.Coordinator);
        await command.ExecuteNonQueryAsync().ConfigureAwait(false);
    }

    private static T Read<T>(NpgsqlDataReader rows, int column) => Json.Read<T>(rows.GetString(column));
}
