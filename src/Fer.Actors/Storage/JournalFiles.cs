using System.Diagnostics;
using Fer.Actors.Hosting;
using Fer.Models;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Fer.Actors.Storage;

/// <summary>
/// Looks at the journal before the actor system starts: a broken one would only hang recovery for half a minute and
/// name no cause. Says in one sentence what is wrong and where.
/// </summary>
public static class JournalFiles
{
    /// <summary>Below the 10 s of Akka's circuit breaker, so that a lock is named instead of a timeout.</summary>
    private const int LockSeconds = 5;

    public static string ConnectionString(RunFolder folder, JournalSettings journal) => journal.Provider == "postgres"
        ? journal.ConnectionString
        : OfFile(folder.Journal);

    private static string OfFile(string file) => new SqliteConnectionStringBuilder { DataSource = file, DefaultTimeout = LockSeconds }.ToString();

    private const int AnswerSeconds = 5;

    /// <summary>The same for a host, which has the journals of all its runs in one place.</summary>
    /// <param name="store">Where a single host's is.</param>
    public static string ForHost(JournalSettings journal, string store) => SingleHost.Is(journal) ? OfFile(SingleHost.Journal(store)) : ForHost(journal);

    /// <summary>
    /// How one of several hosts connects. Frozen, or cut off, in the middle of a transaction, it would hold its locks until the server's TCP gave it up,
    /// which takes hours, and no other host could have the seat or open the journal: the server ends such a transaction after a few seconds.
    /// </summary>
    public static string ForHost(JournalSettings journal)
    {
        var connection = new NpgsqlConnectionStringBuilder(journal.ConnectionString);
        connection.Options = $"{connection.Options} -c idle_in_transaction_session_timeout=4s".TrimStart();

        // A server that became a black hole must not hold a beat for longer than a lease, unless the string says otherwise.
        var defaults = new NpgsqlConnectionStringBuilder();
        connection.Timeout = connection.Timeout == defaults.Timeout ? AnswerSeconds : connection.Timeout;
        connection.CommandTimeout = connection.CommandTimeout == defaults.CommandTimeout ? AnswerSeconds : connection.CommandTimeout;
        (connection.TcpKeepAlive, connection.TcpKeepAliveTime, connection.TcpKeepAliveInterval) = (true, AnswerSeconds, 1);
        return connection.ConnectionString;
    }

    /// <summary>Makes sure that the journal can be read and written, and that SQLite's is in WAL mode. Throws <see cref="BadInputException"/>.</summary>
    public static void Probe(RunFolder folder, JournalSettings journal)
    {
        if (journal.Provider == "postgres")
        {
            ProbePostgres(journal);
        }
        else
        {
            ProbeSqlite(folder.Journal, "run's folder");
        }
    }

    /// <summary>The same for a single host's journal.</summary>
    public static void ProbeSingle(string store) => ProbeSqlite(SingleHost.Journal(store), "store");

    private static readonly TimeSpan ServerNotices = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Runs of one id in two folders meet in one PostgreSQL database, where no file lock keeps them apart: a lock of the
    /// server's does, as long as the returned connection lives. Null where the journal is the folder's own file.
    /// </summary>
    public static IDisposable? Claim(RunFolder folder, JournalSettings journal)
    {
        if (journal.Provider != "postgres")
        {
            return null;
        }

        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(journal.ConnectionString) { Pooling = false }.ToString());
        try
        {
            connection.Open();
            using var command = new NpgsqlCommand("select pg_try_advisory_lock(hashtextextended($1, 0))", connection) { Parameters = { new() { Value = RunReader.PersistenceId(folder.RunId) } } };

            // The server notices the end of a killed holder a moment after it.
            for (var started = Stopwatch.GetTimestamp(); ;)
            {
                if (command.ExecuteScalar() is true)
                {
                    return new HeldOnServer(connection);
                }

                if (Stopwatch.GetElapsedTime(started) > ServerNotices)
                {
                    break;
                }

                Thread.Sleep(ServerNotices / 20);
            }
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException)
        {
            connection.Dispose();
            throw new BadInputException($"fer.journal.connection-string: PostgreSQL does not answer: {e.Message.Split('\n')[0]}", e);
        }

        connection.Dispose();
        throw new BadInputException($"Run '{folder.RunId}' is in use by another process on the same database: wait for it, stop it, or choose another --run-id.");
    }

    /// <summary>The server's lock, given back before the connection is: closing alone lets it stand until the server has noticed.</summary>
    private sealed class HeldOnServer(NpgsqlConnection connection) : IDisposable
    {
        public void Dispose()
        {
            try
            {
                using var command = new NpgsqlCommand("select pg_advisory_unlock_all()", connection);
                command.ExecuteScalar();
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException or InvalidOperationException)
            {
                // A server that is gone holds nothing.
            }

            connection.Dispose();
        }
    }

    private static void ProbeSqlite(string file, string folderWord)
    {
        var folder = Path.GetDirectoryName(file)!;
        try
        {
            Directory.CreateDirectory(folder);

            // Before SQLite looks: beside a read-only file it leaves others as read-only, which nobody would think to mend.
            foreach (var part in new[] { file, file + "-wal", file + "-shm" }.Where(f => File.Exists(f) && !Durable.MayWrite(f)))
            {
                throw new BadInputException($"The journal {part} cannot be used: it is read-only: give this user the right to write the file and its folder.");
            }

            using var connection = new SqliteConnection(OfFile(file) + ";Pooling=False");
            connection.Open();
            var check = Text(connection, "PRAGMA quick_check(1)");
            if (check != "ok")
            {
                throw new BadInputException($"The journal {file} is damaged ({string.Join(' ', check.Split('\n'))}): put back a copy, or start the run under another id.");
            }

            _ = Text(connection, "PRAGMA journal_mode=WAL");
            using var write = connection.BeginTransaction();
            using var command = connection.CreateCommand();
            command.Transaction = write;
            command.CommandText = "create table fer_probe (x integer)";
            command.ExecuteNonQuery();
            write.Rollback();
        }
        catch (SqliteException e)
        {
            throw new BadInputException($"The journal {file} cannot be used: {Reason(e, folder)}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"The {folderWord} {folder} cannot be used: {e.Message}", e);
        }
    }

    internal static string Reason(SqliteException e, string folder) => e.SqliteErrorCode switch
    {
        5 or 6 => $"another process has locked it for more than {LockSeconds} s.",
        8 => "it is read-only: give this user the right to write the file and its folder.",
        // The file beside it that its readers share has no room: SQLite calls that an I/O error.
        10 when new DriveInfo(folder).AvailableFreeSpace < 1 << 16 => "the disk is full.",
        11 => "it is damaged (truncated or overwritten): put back a copy, or start the run under another id.",
        13 => "the disk is full.",
        14 => "it cannot be opened: look at the rights of the file and its folder.",
        26 => "it is no SQLite database: something else was written over it.",
        _ => e.Message,
    };

    private static string Text(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return Convert.ToString(command.ExecuteScalar(), System.Globalization.CultureInfo.InvariantCulture) ?? "";
    }

    /// <summary>A connection that is not open yet. Throws a <see cref="BadInputException"/> that shows nothing of the connection string.</summary>
    internal static NpgsqlConnection Postgres(JournalSettings journal)
    {
        if (journal.ConnectionString.Length == 0)
        {
            throw new BadInputException("fer.journal.connection-string is empty: fer.journal.provider = postgres needs an Npgsql connection string there, or in the variable FER_JOURNAL_CONNECTION_STRING.");
        }

        try
        {
            return new NpgsqlConnection(journal.ConnectionString);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or OverflowException or InvalidCastException)
        {
            // Npgsql's own message may name a piece of the password that it takes for a key.
            throw new BadInputException("fer.journal.connection-string is no Npgsql connection string (it is not shown): expected such as \"Host=db;Port=5432;Database=fer;Username=fer;Password=…\".", e);
        }
    }

    private static void ProbePostgres(JournalSettings journal)
    {
        try
        {
            using var connection = Postgres(journal);
            connection.Open();
            using var command = new NpgsqlCommand("select pg_is_in_recovery()", connection);
            if (command.ExecuteScalar() is true)
            {
                throw new BadInputException("fer.journal: the PostgreSQL server is a read-only standby; the journal needs the primary.");
            }
        }
        catch (Exception e) when (e is NpgsqlException or ArgumentException or TimeoutException or System.Net.Sockets.SocketException)
        {
            throw new BadInputException($"fer.journal.connection-string: PostgreSQL does not answer: {e.Message.Split('\n')[0]}", e);
        }
    }
}
