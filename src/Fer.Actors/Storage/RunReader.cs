using System.Collections.Concurrent;
using System.Data.Common;
using System.Runtime.Serialization;
using System.Text.Json;
using Fer.Actors.Hosting;
using Fer.Actors.Runs;
using Fer.Actors.Runs.V1;
using Fer.Models;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Fer.Actors.Storage;

/// <summary>
/// Reads runs beside whoever writes them: plain reads of committed rows that hold no lock a writer waits for (SQLite's
/// WAL, PostgreSQL's snapshots), folded into <see cref="RunState"/>.
/// </summary>
public static class RunReader
{
    private const int Batch = 256;

    /// <summary>The run's state, or null when its journal has no event.</summary>
    public static RunState? Read(RunFolder folder, JournalSettings journal) =>
        Fold<IRunEvent, RunState>(folder, journal, PersistenceId(folder.RunId), RunState.Empty, (state, e) => state.Apply(e));

    public static IReadOnlyList<IRunEvent> Events(RunFolder folder, JournalSettings journal) => Records<IRunEvent>(folder, journal, PersistenceId(folder.RunId));

    /// <summary>All of one persistence id, in their order, but for the first <paramref name="after"/>.</summary>
    internal static IReadOnlyList<T> Records<T>(RunFolder folder, JournalSettings journal, string persistenceId, int after = 0)
    {
        var all = new List<T>();
        Each<T>(folder, journal, persistenceId, after, except: null, all.AddRange);
        return all;
    }

    /// <summary>What they come to; null when there is none. While one thread reads on, another folds: of ten thousands of events each takes as long as the other.</summary>
    /// <param name="except">Events that change nothing of what is asked for.</param>
    internal static TState? Fold<T, TState>(RunFolder folder, JournalSettings journal, string persistenceId, TState empty, Func<TState, T, TState> apply, Type? except = null)
        where TState : class
    {
        using var batches = new BlockingCollection<List<T>>();

        // A thread of its own: of the pool's, of which there are as many as processors, this one waits already.
        var reading = Task.Factory.StartNew(Read, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            var state = empty;
            foreach (var e in batches.GetConsumingEnumerable().SelectMany(b => b))
            {
                state = apply(state, e);
            }

            return ReferenceEquals(state, empty) ? null : state;
        }
        finally
        {
            reading.GetAwaiter().GetResult();
        }

        void Read()
        {
            try
            {
                Each<T>(folder, journal, persistenceId, after: 0, except, batches.Add);
            }
            finally
            {
                batches.CompleteAdding();
            }
        }
    }

    private static void Each<T>(RunFolder folder, JournalSettings journal, string persistenceId, int after, Type? except, Action<List<T>> take)
    {
        var sqlite = journal.Provider != "postgres";
        if (sqlite && !File.Exists(folder.Journal))
        {
            return;
        }

        try
        {
            using DbConnection connection = sqlite ? new SqliteConnection(SqliteSource(folder)) : JournalFiles.Postgres(journal);
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = $"select manifest, message from journal where persistence_id = @id and sequence_number > @after {(except is null ? "" : "and manifest <> @except")} order by sequence_number";
            foreach (var (name, value) in new[] { ("id", persistenceId), ("after", (object)(long)after), ("except", except is null ? null : RecordSerializer.ManifestOf(except)) }.Where(p => p.Item2 is not null))
            {
                var parameter = command.CreateParameter();
                (parameter.ParameterName, parameter.Value) = (name, value);
                command.Parameters.Add(parameter);
            }

            using var rows = command.ExecuteReader();
            var batch = new List<T>(Batch);
            while (rows.Read())
            {
                batch.Add((T)RecordSerializer.Read((byte[])rows[1], rows.GetString(0)));
                if (batch.Count == Batch)
                {
                    take(batch);
                    batch = new List<T>(Batch);
                }
            }

            take(batch);
        }
        catch (Exception e) when (e is SqliteException { SqliteErrorCode: 1 } || e is PostgresException { SqlState: "42P01" })
        {
            // No journal table yet: the run's process has not written its first event.
        }
        catch (SqliteException e) when (e.SqliteErrorCode is 8 or 14 && !MayWrite(folder))
        {
            throw new BadInputException($"The journal of run '{folder.RunId}' cannot be read where nothing may be written: part of it is in {folder.Journal}-wal, which SQLite reads only with the right to write beside it. Give that right, or copy the run's folder to where you have it.", e);
        }
        catch (Exception e) when (e is DbException or SerializationException or JsonException)
        {
            throw new BadInputException($"The journal of run '{folder.RunId}' cannot be read: {e.Message}", e);
        }
    }

    /// <summary>
    /// Even a reader of a WAL journal shares a file beside it with the writer. On a mount or in a folder where it can make none, a
    /// journal whose WAL is empty is read as a file that does not change.
    /// </summary>
    private static string SqliteSource(RunFolder folder)
    {
        var source = new SqliteConnectionStringBuilder { DataSource = folder.Journal, Mode = SqliteOpenMode.ReadWrite, DefaultTimeout = 5, Pooling = false };
        if (!MayWrite(folder))
        {
            source.Mode = SqliteOpenMode.ReadOnly;
            if (new FileInfo(folder.Journal + "-wal") is not { Exists: true, Length: > 0 })
            {
                source.DataSource = $"file:{string.Join('/', folder.Journal.Split(Path.DirectorySeparatorChar).Select(Uri.EscapeDataString))}?immutable=1";
            }
        }

        return source.ToString();
    }

    private static bool MayWrite(RunFolder folder) => Durable.MayWrite(Path.GetDirectoryName(folder.Journal)!) && Durable.MayWrite(folder.Journal);

    /// <summary>Ids of all runs below a folder, in name order.</summary>
    public static IReadOnlyList<string> RunIds(string runs) => Directory.Exists(runs)
        ? [.. Directory.EnumerateDirectories(runs).Where(d => !SingleHost.IsStore(d)).Where(d => Directory.Exists(Path.Combine(d, "artifacts")) || File.Exists(Path.Combine(d, "journal.db")) || File.Exists(Path.Combine(d, "store"))).Select(d => Path.GetFileName(d)!).Order(StringComparer.Ordinal)]
        : [];

    /// <summary>Whether a process has the run now; of a run that hosts compute, whether one of them coordinates.</summary>
    public static bool IsHeld(RunFolder folder, JournalSettings journal) =>
        folder.Store is not { } store ? RunLock.IsHeld(folder) : SingleHost.Is(journal) ? SingleHost.IsUp(store) : IsCoordinated(journal);

    private static bool IsCoordinated(JournalSettings journal)
    {
        try
        {
            using var connection = JournalFiles.Postgres(journal);
            connection.Open();
            using var command = new NpgsqlCommand("select 1 from fer.lease where name = 'coordinator' and expires > clock_timestamp()", connection);
            return command.ExecuteScalar() is not null;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    public static string PersistenceId(string runId) => $"run-{runId}";
}
