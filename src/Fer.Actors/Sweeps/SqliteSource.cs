using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Fer.Actors.Sweeps;

/// <summary>
/// A file of SQLite that is asked as PostgreSQL is: its tables are those of schema <c>fer</c>, and what this folder uses of PostgreSQL's
/// functions is there. Moments and spans are whole numbers of 100 ns, so that one can be added to the other.
/// </summary>
public sealed class SqliteSource : DbDataSource
{
    private readonly string file;
    private readonly DbConnection anchor;

    public SqliteSource(string file)
    {
        this.file = file;

        // The last connection that closes folds SQLite's write-ahead log into the file and flushes both: not after every question.
        anchor = OpenConnection();
    }

    public override string ConnectionString => new SqliteConnectionStringBuilder { DataSource = file }.ToString();

    protected override DbConnection CreateDbConnection() => new Attached(file);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            anchor.Dispose();
        }

        base.Dispose(disposing);
    }

    protected override async ValueTask DisposeAsyncCore()
    {
        await anchor.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsyncCore().ConfigureAwait(false);
    }

    private sealed class Attached(string file) : SqliteConnection($"Data Source=:memory:;Default Timeout={Sql.AnswerSeconds}")
    {
        public override void Open()
        {
            base.Open();
            CreateFunction("clock_timestamp", () => DateTime.UtcNow.Ticks);
            CreateFunction("greatest", (long a, long b) => Math.Max(a, b), isDeterministic: true);
            using var command = CreateCommand();
            command.CommandText = "attach $file as fer";
            command.Parameters.AddWithValue("$file", file);
            command.ExecuteNonQuery();
        }
    }
}
