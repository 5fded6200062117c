using System.Collections.Immutable;
using System.Data.Common;
using Fer.Actors.Storage;
using Fer.Actors.Sweeps;
using Microsoft.Data.Sqlite;

namespace Fer.Host.Live.Web;

/// <summary>A sweep as lists show it: its row without the spec, which is long and never changes.</summary>
internal sealed record SweepLine(string Id, string Status, string Reason, SweepSummary Summary, DateTimeOffset Submitted, string Submitter);

/// <summary>A run, or a trial, as lists show it: its row without settings and inputs.</summary>
internal sealed record RunLine(string Id, string Job, int Priority, string Status, string Wish, string Reason, DateTimeOffset Submitted, string Submitter, DateTimeOffset? Ended, string Sweep, int Trial, int Attempt);

/// <summary>
/// What the page asks the database: plain selects of committed rows, for which no writer ever waits, and no more of them than is shown.
/// </summary>
/// <param name="source">Rows of sweeps, runs and hosts.</param>
/// <param name="journal">Where journals are: in the same database, or, of a single host, in a file of their own.</param>
internal sealed class LiveRows(DbDataSource source, DbDataSource journal)
{
    /// <summary>Lists end here; what is over and older is found by its address alone.</summary>
    public const int Longest = 200;

    /// <summary>As everywhere beside hosts: longer than a slow answer, shorter than a lease.</summary>
    private const int AnswerSeconds = 5;

    private const string RunColumns = "id, job, priority, status, wish, reason, submitted, submitter, ended, sweep, trial, attempt";

    /// <summary>Those that are not over first, then the newest.</summary>
    private const string Order = "order by case when status in ('queued', 'running', 'paused') then 0 else 1 end, submitted desc, id limit 200";

    public Task<ImmutableArray<SweepLine>> SweepsAsync() => ReadAsync($"select id, status, reason, summary, submitted, submitter from fer.sweep {Order}", Sweep);

    /// <summary>The newest of those that are not over.</summary>
    /// <param name="most">So many of them.</param>
    public Task<ImmutableArray<SweepLine>> LiveSweepsAsync(int most) =>
        ReadAsync("select id, status, reason, summary, submitted, submitter from fer.sweep where status in ('queued', 'running', 'paused') order by submitted desc, id limit @most", Sweep, ("most", most));

    /// <summary>The sweep that was handed over last, whatever became of it.</summary>
    public async Task<SweepLine?> NewestSweepAsync() =>
        (await ReadAsync("select id, status, reason, summary, submitted, submitter from fer.sweep order by submitted desc, id limit 1", Sweep).ConfigureAwait(false)).FirstOrDefault();

    public async Task<SweepLine?> SweepAsync(string id) =>
        (await ReadAsync("select id, status, reason, summary, submitted, submitter from fer.sweep where id = @id", Sweep, ("id", id)).ConfigureAwait(false)).FirstOrDefault();

    /// <summary>The spec of a sweep that no coordinator has taken up yet; its journal has it afterwards.</summary>
    public async Task<SweepSpec?> SpecAsync(string id) =>
        (await ReadAsync("select spec from fer.sweep where id = @id", r => Json.Read<SweepSpec>(r.GetString(0)), ("id", id)).ConfigureAwait(false)).FirstOrDefault();

    /// <summary>Runs that are no trials of a sweep.</summary>
    public Task<ImmutableArray<RunLine>> RunsAsync() => ReadAsync($"select {RunColumns} from fer.run where sweep = '' {Order}", Run);

    public async Task<RunLine?> RunAsync(string id) => (await ReadAsync($"select {RunColumns} from fer.run where id = @id", Run, ("id", id)).ConfigureAwait(false)).FirstOrDefault();

    /// <summary>What a run computes, as it was handed over; its journal has it afterwards.</summary>
    public async Task<string?> SettingsAsync(string id) => (await ReadAsync("select settings from fer.run where id = @id", r => r.GetString(0), ("id", id)).ConfigureAwait(false)).FirstOrDefault();

    /// <summary>Records of a journal that come after one, in their order.</summary>
    /// <param name="most">So many of them.</param>
    public async Task<ImmutableArray<(long Sequence, T Event)>> EventsAsync<T>(string persistenceId, long after, int most = int.MaxValue)
    {
        try
        {
            return await ReadAsync(journal,
                "select sequence_number, manifest, message from journal where persistence_id = @id and sequence_number > @after order by sequence_number limit @most",
                r => (r.GetInt64(0), (T)RecordSerializer.Read((byte[])r[2], r.GetString(1))), ("id", persistenceId), ("after", after), ("most", most)).ConfigureAwait(false);
        }
        catch (DbException e) when (e.SqlState == "42P01" || e is SqliteException { SqliteErrorCode: 1 or 14 })
        {
            // No journal yet: the first host makes it with its first event.
            return [];
        }
    }

    private static SweepLine Sweep(DbDataReader r) => new(r.GetString(0), r.GetString(1), r.GetString(2), Json.Read<SweepSummary>(r.GetString(3)), Moment(r, 4), r.GetString(5));

    private static RunLine Run(DbDataReader r) => new(
        r.GetString(0), r.GetString(1), r.GetInt32(2), r.GetString(3), r.GetString(4), r.GetString(5), Moment(r, 6), r.GetString(7),
        r.IsDBNull(8) ? null : Moment(r, 8), r.GetString(9), r.GetInt32(10), r.GetInt32(11));

    // A single host's rows have whole numbers of 100 ns.
    private static DateTimeOffset Moment(DbDataReader r, int column) => r.GetValue(column) is long ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : r.GetFieldValue<DateTimeOffset>(column);

    private Task<ImmutableArray<T>> ReadAsync<T>(string sql, Func<DbDataReader, T> read, params (string Name, object Value)[] values) => ReadAsync(source, sql, read, values);

    private static async Task<ImmutableArray<T>> ReadAsync<T>(DbDataSource source, string sql, Func<DbDataReader, T> read, params (string Name, object Value)[] values)
    {
        await using var command = source.CreateCommand(sql);
        command.CommandTimeout = AnswerSeconds;
        foreach (var (name, value) in values)
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (name, value);
            command.Parameters.Add(parameter);
        }

        await using var rows = await command.ExecuteReaderAsync().ConfigureAwait(false);
        var all = ImmutableArray.CreateBuilder<T>();
        while (await rows.ReadAsync().ConfigureAwait(false))
        {
            all.Add(read(rows));
        }

        return all.ToImmutable();
    }
}
