using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;
using NpgsqlTypes;

namespace Fer.Actors.Sweeps;

/// <summary>How this folder asks a database: positional values, and no question that waits for ever. All that differs between PostgreSQL and SQLite is here.</summary>
internal static class Sql
{
    /// <summary>Longer than a slow answer takes, shorter than a lease should be.</summary>
    public const int AnswerSeconds = 5;

    public static DbCommand Command(this DbDataSource source, string sql, params object[] values) => source is NpgsqlDataSource postgres ? postgres.Command(sql, values) : OfSqlite(source.CreateCommand(sql), values);

    public static NpgsqlCommand Command(this NpgsqlDataSource source, string sql, params object[] values) => With(source.CreateCommand(sql), values);

    public static NpgsqlCommand Command(this NpgsqlConnection connection, string sql, params object[] values) => With(new NpgsqlCommand(sql, connection), values);

    public static DbCommand Command(this DbConnection connection, string sql, params object[] values)
    {
        if (connection is NpgsqlConnection postgres)
        {
            return postgres.Command(sql, values);
        }

        var command = connection.CreateCommand();
        command.CommandText = sql;
        return OfSqlite(command, values);
    }

    public static NpgsqlBatchCommand Batched(string sql, params object[] values)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var value in values)
        {
            command.Parameters.Add(Parameter(value));
        }

        return command;
    }

    /// <summary>Yes or no as an answer's only value; null: there is no row.</summary>
    public static async Task<bool?> YesAsync(this DbCommand command, CancellationToken stop = default) => await command.ExecuteScalarAsync(stop).ConfigureAwait(false) switch
    {
        null => null,
        bool yes => yes,
        var number => (long)number != 0,
    };

    public static DateTimeOffset Moment(this DbDataReader rows, int column) => rows.GetValue(column) is long ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : rows.GetFieldValue<DateTimeOffset>(column);

    public static TimeSpan Span(this DbDataReader rows, int column) => rows.GetValue(column) is long ticks ? TimeSpan.FromTicks(ticks) : rows.GetFieldValue<TimeSpan>(column);

    private static NpgsqlCommand With(NpgsqlCommand command, object[] values)
    {
        command.CommandTimeout = AnswerSeconds;
        foreach (var value in values)
        {
            command.Parameters.Add(Parameter(value));
        }

        return command;
    }

    private static NpgsqlParameter Parameter(object value) => value is TimeSpan time ? new NpgsqlParameter { Value = time, NpgsqlDbType = NpgsqlDbType.Interval } : new NpgsqlParameter { Value = value };

    private static DbCommand OfSqlite(DbCommand command, object[] values)
    {
        command.CommandTimeout = AnswerSeconds;
        for (var i = 0; i < values.Length; i++)
        {
            command.Parameters.Add(new SqliteParameter(FormattableString.Invariant($"${i + 1}"), values[i] switch
            {
                TimeSpan time => time.Ticks,
                DateTimeOffset moment => moment.UtcTicks,
                var value => value,
            }));
        }

        return command;
    }
}
