using System.Collections.Immutable;
using System.Data.Common;
using Fer.Actors.Storage;
using Fer.Models;

namespace Fer.Actors.Sweeps;

/// <summary>A sweep that was handed to hosts.</summary>
/// <param name="Spec"><see cref="SweepSpec"/> as JSON.</param>
/// <param name="Summary">How it stands, as the coordinator last wrote it down.</param>
public sealed record SweepRow(string Id, string Spec, string Status, string Reason, SweepSummary Summary, DateTimeOffset Submitted, string Submitter);

/// <summary>A sweep in short: what lists show without reading its journal.</summary>
public sealed record SweepSummary
{
    public int Planned { get; init; }

    public int Running { get; init; }

    public int Waiting { get; init; }

    public int Completed { get; init; }

    public int Pruned { get; init; }

    public int Failed { get; init; }

    public int Cancelled { get; init; }

    public int? Best { get; init; }

    public double? Value { get; init; }

    public double DeviceSeconds { get; init; }

    /// <summary>Why no further trial is planned; empty: there may be more.</summary>
    public string Filled { get; init; } = "";

    /// <summary>The webhook is yet to be told something: a coordinator has something to do although the sweep is over.</summary>
    [OmittedAt(false)]
    public bool Untold { get; init; }

    public static SweepSummary Of(SweepState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        int Count(Search.TrialStatus status) => state.Trials.Count(t => t.Status == status);
        return new SweepSummary
        {
            Planned = state.Trials.Count, Running = state.Active.Count, Waiting = state.Waiting.Count, Completed = Count(Search.TrialStatus.Completed), Pruned = Count(Search.TrialStatus.Pruned),
            Failed = Count(Search.TrialStatus.Failed), Cancelled = Count(Search.TrialStatus.Cancelled), Best = state.Best, Value = state.BestTrial?.Value, DeviceSeconds = state.DeviceSeconds, Filled = state.Filled,
        };
    }
}

/// <summary>What a person wants of a sweep.</summary>
/// <param name="Wish"><c>pause</c>, <c>resume</c>, <c>cancel</c> or <c>retry</c>.</param>
/// <param name="Trial">Of which trial; 0: of the sweep.</param>
public sealed record SweepWish(string Id, string Sweep, string Wish, int Trial);

/// <summary>Sweeps as rows: the queue that waits while no coordinator is up, what people want of them, and what they see in lists.</summary>
public sealed class SweepRows(DbDataSource source)
{
    private const string Columns = "id, spec, status, reason, summary, submitted, submitter";

    /// <summary>Hands a sweep over. Throws <see cref="BadInputException"/> where the id is taken.</summary>
    public async Task SubmitAsync(string id, SweepSpec spec, string submitter)
    {
        await using var command = source.Command(
            "insert into fer.sweep (id, spec, status, summary, submitted, submitter) values ($1, $2, 'queued', $3, clock_timestamp(), $4) on conflict (id) do nothing",
            id, Json.Write(spec), Json.Write(new SweepSummary()), submitter);
        if (await command.ExecuteNonQueryAsync().ConfigureAwait(false) == 0)
        {
            throw new BadInputException($"A sweep '{id}' was handed to these hosts before: choose another --sweep-id.");
        }
    }

    public Task<ImmutableArray<SweepRow>> AllAsync() => ReadAsync("true");

    public async Task<SweepRow?> FindAsync(string id) => (await ReadAsync("id = $1", id).ConfigureAwait(false)).FirstOrDefault();

    /// <summary>Ids of sweeps that a coordinator has something to do for: those that are not over, those whose end was not told, and those of which somebody wants something.</summary>
    public async Task<ImmutableArray<string>> LiveAsync()
    {
        await using var command = source.Command("select id from fer.sweep where status in ('queued', 'running', 'paused') or summary like '%\"Untold\":true%' or id in (select sweep from fer.sweep_wish where answer is null) order by submitted, id");
        await using var rows = await command.ExecuteReaderAsync().ConfigureAwait(false);
        var ids = ImmutableArray.CreateBuilder<string>();
        while (await rows.ReadAsync().ConfigureAwait(false))
        {
            ids.Add(rows.GetString(0));
        }

        return ids.ToImmutable();
    }

    /// <summary>Says how a sweep stands, while <paramref name="seat"/> is the coordinator's number.</summary>
    public async Task SayAsync(long seat, string id, string status, string reason, SweepSummary summary)
    {
        await using var command = source.Command(
            "update fer.sweep set status = $2, reason = $3, summary = $4 where id = $1 and exists (select 1 from fer.lease where name = 'coordinator' and token = $5)",
            id, status, reason, Json.Write(summary), seat);
        await command.ExecuteNonQueryAsync().ConfigureAwait(false);
    }

    /// <summary>Says why a sweep does not go on, while <paramref name="seat"/> is the coordinator's number.</summary>
    public async Task SayReasonAsync(long seat, string id, string reason)
    {
        await using var command = source.Command("update fer.sweep set reason = $2 where id = $1 and exists (select 1 from fer.lease where name = 'coordinator' and token = $3)", id, reason, seat);
        await command.ExecuteNonQueryAsync().ConfigureAwait(false);
    }

    /// <summary>Leaves a wish for whoever coordinates.</summary>
    /// <returns>Its id, for <see cref="AnswerAsync"/>.</returns>
    public async Task<string> WishAsync(string sweep, string wish, int trial)
    {
        var id = Guid.NewGuid().ToString("N");
        await using var command = source.Command("insert into fer.sweep_wish (id, sweep, wish, trial, made) values ($1, $2, $3, $4, clock_timestamp())", id, sweep, wish, trial);
        await command.ExecuteNonQueryAsync().ConfigureAwait(false);
        return id;
    }

    /// <summary>Wishes that nobody has answered yet, in the order they were made.</summary>
    public async Task<ImmutableArray<SweepWish>> WishesAsync()
    {
        await using var command = source.Command("select id, sweep, wish, trial from fer.sweep_wish where answer is null order by made, id");
        await using var rows = await command.ExecuteReaderAsync().ConfigureAwait(false);
        var all = ImmutableArray.CreateBuilder<SweepWish>();
        while (await rows.ReadAsync().ConfigureAwait(false))
        {
            all.Add(new SweepWish(rows.GetString(0), rows.GetString(1), rows.GetString(2), rows.GetInt32(3)));
        }

        return all.ToImmutable();
    }

    /// <summary>One sentence about a wish that is done, or cannot be; null: nobody has answered it yet.</summary>
    public async Task<(string Sentence, bool IsRefused)?> AnswerAsync(string wish)
    {
        await using var command = source.Command("select answer, refused from fer.sweep_wish where id = $1 and answer is not null", wish);
        await using var rows = await command.ExecuteReaderAsync().ConfigureAwait(false);
        return await rows.ReadAsync().ConfigureAwait(false) ? (rows.GetString(0), rows.GetInt32(1) != 0) : null;
    }

    /// <summary>Answers a wish, while <paramref name="seat"/> is the coordinator's number.</summary>
    public async Task FulfilAsync(long seat, string wish, string answer, bool isRefused)
    {
        await using var command = source.Command("update fer.sweep_wish set answer = $2, refused = $4 where id = $1 and answer is null and exists (select 1 from fer.lease where name = 'coordinator' and token = $3)", wish, answer, seat, isRefused ? 1 : 0);
        await command.ExecuteNonQueryAsync().ConfigureAwait(false);
    }

    private async Task<ImmutableArray<SweepRow>> ReadAsync(string where, params object[] values)
    {
        await using var command = source.Command($"select {Columns} from fer.sweep where {where} order by submitted, id", values);
        await using var rows = await command.ExecuteReaderAsync().ConfigureAwait(false);
        var all = ImmutableArray.CreateBuilder<SweepRow>();
        while (await rows.ReadAsync().ConfigureAwait(false))
        {
            all.Add(new SweepRow(rows.GetString(0), rows.GetString(1), rows.GetString(2), rows.GetString(3), Json.Read<SweepSummary>(rows.GetString(4)), rows.Moment(5), rows.GetString(6)));
        }

        return all.ToImmutable();
    }
}
