using System.Collections.Immutable;
using System.Data.Common;
using Fer.Actors.Storage;

namespace Fer.Actors.Sweeps;

/// <summary>What a step made.</summary>
internal sealed record StepResult(ImmutableSortedDictionary<string, string> Files, ImmutableSortedDictionary<string, double> Figures)
{
    public string Host { get; init; } = "";

    public string Device { get; init; } = "";

    /// <summary>Runs that wanted it then: for others it was there already.</summary>
    public ImmutableArray<string> MadeFor { get; init; } = [];
}

/// <summary>What an earlier life of this process left of a step.</summary>
/// <param name="Token">Number of the last try.</param>
internal sealed record LastingStep(long Token, StepResult? Result);

/// <summary>
/// What of a single host's steps must outlive its process, and no one run's journal knows: numbers of tries, so that none is used twice;
/// results, so that a later run with an equal step has it, and no file of theirs is taken for one that nobody needs.
/// </summary>
internal sealed class LastingSteps(SqliteSource sqlite)
{
    private readonly DbDataSource source = sqlite;

    public async Task<IReadOnlyDictionary<string, LastingStep>> FindAsync(IEnumerable<string> hashes)
    {
        await using var command = source.Command("select hash, token, result from fer.step where hash in (select value from json_each($1))", Json.Write(hashes.ToArray()));
        await using var rows = await command.ExecuteReaderAsync().ConfigureAwait(false);
        var found = new Dictionary<string, LastingStep>(StringComparer.Ordinal);
        while (await rows.ReadAsync().ConfigureAwait(false))
        {
            found.Add(rows.GetString(0), new LastingStep(rows.GetInt64(1), rows.IsDBNull(2) ? null : Json.Read<StepResult>(rows.GetString(2))));
        }

        return found;
    }

    /// <summary>Those of some artifacts that are no part of any step's result, and never were.</summary>
    public async Task<ImmutableArray<string>> UnreferredAsync(ImmutableArray<string> artifacts)
    {
        await using var command = source.Command("select value from json_each($1) where value not in (select artifact from fer.made)", Json.Write(artifacts));
        await using var rows = await command.ExecuteReaderAsync().ConfigureAwait(false);
        var free = ImmutableArray.CreateBuilder<string>();
        while (await rows.ReadAsync().ConfigureAwait(false))
        {
            free.Add(rows.GetString(0));
        }

        return free.ToImmutable();
    }

    // A step that is tried again has no result.
    public async Task ClaimedAsync(string hash, long token)
    {
        await using var command = source.Command("insert into fer.step (hash, token) values ($1, $2) on conflict (hash) do update set token = excluded.token, result = null", hash, token);
        await command.ExecuteNonQueryAsync().ConfigureAwait(false);
    }

    // The files first: a result without them would let them be removed.
    public async Task DoneAsync(string hash, long token, StepResult done)
    {
        await using var files = source.Command("insert or ignore into fer.made (artifact) select value from json_each($1)", Json.Write(done.Files.Values.ToArray()));
        await files.ExecuteNonQueryAsync().ConfigureAwait(false);
        await using var result = source.Command("update fer.step set result = $3 where hash = $1 and token = $2", hash, token, Json.Write(done));
        await result.ExecuteNonQueryAsync().ConfigureAwait(false);
    }
}
