using Npgsql;
using NpgsqlTypes;

namespace Fer.Actors.Sweeps;

/// <summary>How this folder asks the database: positional values, and no question that waits for ever.</summary>
internal static class Sql
{
    /// <summary>Longer than a slow answer takes, shorter than a lease should be.</summary>
    private const int AnswerSeconds = 5;

    public static NpgsqlCommand Command(this NpgsqlDataSource source, string sql, params object[] values) => With(source.CreateCommand(sql), values);

    public static NpgsqlCommand Command(this NpgsqlConnection connection, string sql, params object[] values) => With(new NpgsqlCommand(sql, connection), values);

    public static NpgsqlBatchCommand Batched(string sql, params object[] values)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var value in values)
        {
            command.Parameters.Add(Parameter(value));
        }

        return command;
    }

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
}
