using System.Collections.Immutable;
using System.Data.Common;
using Fer.Actors.Hosting;
using Fer.Actors.Runs;
using Fer.Actors.Runs.V1;
using Fer.Actors.Storage;
using Fer.Models;

namespace Fer.Actors.Sweeps;

/// <summary>What became of a run that was handed to hosts, in short; the journal has the whole.</summary>
public static class RunRowStatus
{
    public const string Queued = "queued";
    public const string Running = "running";
    public const string Paused = "paused";
    public const string Completed = "completed";
    public const string Failed = "failed";
    public const string Cancelled = "cancelled";

    public static bool IsOver(string status) => status is Completed or Failed or Cancelled;
}

/// <summary>A run that was handed to hosts.</summary>
/// <param name="Wish">What a person wants of it and no coordinator has done yet: <c>pause</c>, <c>resume</c>, <c>cancel</c>, or nothing.</param>
public sealed record RunRow(string Id, NewRun Run, EngineSettings Engine, int Priority, string Status, string Wish, string Reason, DateTimeOffset Submitted, string Submitter)
{
    /// <summary>The sweep that it is a trial of; empty: none.</summary>
    public string Sweep { get; init; } = "";

    public int Trial { get; init; }

    public int Attempt { get; init; }

    /// <summary>The kind of slot that it must keep to; null: the coordinator chooses.</summary>
    public Fingerprint? Slot { get; init; }
}

/// <summary>What a coordinator looks at of a run again and again.</summary>
public sealed record LiveRun(string Id, int Priority, string Status, string Wish);

/// <summary>Runs as rows: the queue that waits while no coordinator is up, and what people see of them.</summary>
public sealed class RunRows(DbDataSource source)
{
    /// <summary>Hands a run over. Throws <see cref="BadInputException"/> where the id is taken.</summary>
    public async Task SubmitAsync(string id, NewRun run, EngineSettings engine, int priority, string submitter)
    {
        await using var command = source.Command(
            "insert into fer.run (id, job, settings, inputs, engine, submitted, submitter, priority, status, fork) values ($1, $2, $3, $4, $5, clock_timestamp(), $6, $7, 'queued', $8) on conflict (id) do nothing",
            id, run.Job, run.Settings, Json.Write(run.Inputs), Json.Write(engine), submitter, priority, run.Fork is { } fork ? Json.Write(fork) : "");
        if (await command.ExecuteNonQueryAsync().ConfigureAwait(false) == 0)
        {
            throw new BadInputException($"A run '{id}' was handed to these hosts before: choose another --run-id.");
        }
    }

    public Task<ImmutableArray<RunRow>> AllAsync() => ReadAsync("true");

    /// <summary>Runs that a coordinator has something to do for, the most urgent first.</summary>
    public async Task<ImmutableArray<LiveRun>> LiveAsync()
    {
        await using var command = source.Command("select id, priority, status, wish from fer.run where status in ('queued', 'running') or wish <> '' order by priority desc, submitted, id");
        await using var rows = await command.ExecuteReaderAsync().ConfigureAwait(false);
        var all = ImmutableArray.CreateBuilder<LiveRun>();
        while (await rows.ReadAsync().ConfigureAwait(false))
        {
            all.Add(new LiveRun(rows.GetString(0), rows.GetInt32(1), rows.GetString(2), rows.GetString(3)));
        }

        return all.ToImmutable();
    }

    /// <summary>Hands trials of a sweep over, while <paramref name="seat"/> is the coordinator's number; those that are there stay as they are.</summary>
    /// <returns>Those whose id a run has that is none of the sweep's.</returns>
    public async Task<ImmutableArray<RunRow>> SubmitTrialsAsync(long seat, ImmutableArray<RunRow> trials)
    {
        var taken = ImmutableArray.CreateBuilder<RunRow>();
        foreach (var row in trials)
        {
            await using var command = source.Command(
                """
                insert into fer.run (id, job, settings, inputs, engine, submitted, submitter, priority, status, sweep, trial, attempt, slot)
                select $1, $2, $3, $4, $5, clock_timestamp(), $6, $7, 'queued', $8, $9, $10, $11 where exists (select 1 from fer.lease where name = 'coordinator' and token = $12)
                on conflict (id) do nothing
                """,
                row.Id, row.Run.Job, row.Run.Settings, Json.Write(row.Run.Inputs), Json.Write(row.Engine), row.Submitter, row.Priority, row.Sweep, row.Trial, row.Attempt, row.Slot is null ? "" : Json.Write(row.Slot), seat);
            if (await command.ExecuteNonQueryAsync().ConfigureAwait(false) == 0 && await FindAsync(row.Id).ConfigureAwait(false) is { } there && there.Sweep != row.Sweep)
            {
                taken.Add(row);
            }
        }

        return taken.ToImmutable();
    }

    /// <summary>Runs of a sweep that are not over, and those of some of its trials whatever they are.</summary>
    public async Task<ImmutableArray<TrialRow>> OfSweepAsync(string sweep, IEnumerable<int> trials)
    {
        await using var command = source.Command($"select id, trial, attempt, status, wish, reason from fer.run where sweep = $1 and (status in ('queued', 'running', 'paused') or trial in ({string.Join(", ", trials.Prepend(0))})) order by trial, attempt", sweep);
        await using var rows = await command.ExecuteReaderAsync().ConfigureAwait(false);
        var all = ImmutableArray.CreateBuilder<TrialRow>();
        while (await rows.ReadAsync().ConfigureAwait(false))
        {
            all.Add(new TrialRow(rows.GetString(0), rows.GetInt32(1), rows.GetInt32(2), rows.GetString(3), rows.GetString(4), rows.GetString(5)));
        }

        return all.ToImmutable();
    }

    /// <summary>All runs that are trials, of whichever sweep.</summary>
    public async Task<ImmutableArray<string>> TrialIdsAsync()
    {
        await using var command = source.Command("select id from fer.run where sweep <> ''");
        await using var rows = await command.ExecuteReaderAsync().ConfigureAwait(false);
        var all = ImmutableArray.CreateBuilder<string>();
        while (await rows.ReadAsync().ConfigureAwait(false))
        {
            all.Add(rows.GetString(0));
        }

        return all.ToImmutable();
    }

    /// <summary>A run whose id one of a sweep's trials would have; null: there is none.</summary>
    public async Task<string?> InTheWayOfAsync(string sweep)
    {
        await using var command = source.Command("select id from fer.run where sweep <> $1 and substr(id, 1, $2) = $3 and length(id) > $4 limit 1", sweep, sweep.Length + 1, sweep + "-", sweep.Length + 4);
        return (string?)await command.ExecuteScalarAsync().ConfigureAwait(false);
    }

    public async Task<RunRow?> FindAsync(string id) => (await ReadAsync("id = $1", id).ConfigureAwait(false)).FirstOrDefault();

    /// <returns>False: there is no such run, or it is over.</returns>
    public async Task<bool> WishAsync(string id, string wish)
    {
        await using var command = source.Command("update fer.run set wish = $2 where id = $1 and status in ('queued', 'running', 'paused')", id, wish);
        return await command.ExecuteNonQueryAsync().ConfigureAwait(false) == 1;
    }

    /// <summary>The same of a coordinator, while <paramref name="seat"/> is its number.</summary>
    public async Task WishAsync(long seat, string id, string wish)
    {
        await using var command = source.Command("update fer.run set wish = $2 where id = $1 and status in ('queued', 'running', 'paused') and exists (select 1 from fer.lease where name = 'coordinator' and token = $3)", id, wish, seat);
        await command.ExecuteNonQueryAsync().ConfigureAwait(false);
    }

    /// <summary>Takes a wish away that was done, unless it has changed meanwhile, or <paramref name="seat"/> is no longer the coordinator's number.</summary>
    public async Task FulfilAsync(long seat, string id, string wish)
    {
        await using var command = source.Command("update fer.run set wish = '' where id = $1 and wish = $2 and exists (select 1 from fer.lease where name = 'coordinator' and token = $3)", id, wish, seat);
        await command.ExecuteNonQueryAsync().ConfigureAwait(false);
    }

    /// <summary>Says what became of a run, while <paramref name="seat"/> is the coordinator's number.</summary>
    public async Task SayAsync(long seat, string id, string status, string reason)
    {
        await using var command = source.Command(
            "update fer.run set status = $2, reason = $3, ended = case when $2 in ('completed', 'failed', 'cancelled') then clock_timestamp() end where id = $1 and exists (select 1 from fer.lease where name = 'coordinator' and token = $4)",
            id, status, reason, seat);
        await command.ExecuteNonQueryAsync().ConfigureAwait(false);
    }

    private async Task<ImmutableArray<RunRow>> ReadAsync(string where, params object[] values)
    {
        await using var command = source.Command($"select id, job, settings, inputs, engine, priority, status, wish, reason, submitted, submitter, sweep, trial, attempt, slot, fork from fer.run where {where} order by priority desc, submitted, id", values);
        await using var rows = await command.ExecuteReaderAsync().ConfigureAwait(false);
        var all = ImmutableArray.CreateBuilder<RunRow>();
        while (await rows.ReadAsync().ConfigureAwait(false))
        {
            all.Add(new RunRow(
                rows.GetString(0), new NewRun(rows.GetString(1), rows.GetString(2), Json.Read<ImmutableSortedDictionary<string, string>>(rows.GetString(3))) { Fork = rows.GetString(15) is { Length: > 0 } fork ? Json.Read<RunForked>(fork) : null }, Json.Read<EngineSettings>(rows.GetString(4)),
                rows.GetInt32(5), rows.GetString(6), rows.GetString(7), rows.GetString(8), rows.Moment(9), rows.GetString(10))
            {
                Sweep = rows.GetString(11), Trial = rows.GetInt32(12), Attempt = rows.GetInt32(13), Slot = rows.GetString(14) is { Length: > 0 } slot ? Json.Read<Fingerprint>(slot) : null,
            });
        }

        return all.ToImmutable();
    }
}
