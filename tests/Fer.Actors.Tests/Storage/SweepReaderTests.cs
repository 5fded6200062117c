using System.Collections.Immutable;
using Fer.Actors.Hosting;
using Fer.Actors.Storage;
using Fer.Actors.Sweeps;
using Fer.Actors.Sweeps.Search;
using Fer.Actors.Sweeps.V1;
using Fer.Models;
using Microsoft.Data.Sqlite;

namespace Fer.Actors.Tests.Storage;

public sealed class SweepReaderTests : IDisposable
{
    private static readonly DateTimeOffset At = DateTimeOffset.UnixEpoch;

    private readonly TemporaryFolder folder = new();
    private readonly RunFolder run;

    public SweepReaderTests()
    {
        run = new RunFolder(folder.Path, "wide");
        Directory.CreateDirectory(run.Path);
        RunReaderTests.Sql(run, "create table journal (persistence_id text, sequence_number integer, manifest text, message blob)");
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void What_is_read_in_one_thread_and_folded_in_another_is_what_the_events_come_to_one_by_one()
    {
        Write([.. Enumerable.Range(1, 1000).SelectMany(TrialOf)]);

        var read = SweepReader.Read(run, "wide", new JournalSettings())!;

        var folded = SweepReader.Events(run, "wide", new JournalSettings()).Aggregate(SweepState.Empty, (s, e) => s.Apply(e));
        Assert.Equal(1000, folded.Counted.Count);
        Assert.Equal(Json.Write(folded with { Counted = DeviceTime.None }), Json.Write(read));
        Assert.Equal((1000, 500.0), (read.Trials.Count(t => t.Status == TrialStatus.Completed), read.DeviceSeconds));
    }

    [Fact]
    public void An_event_that_cannot_be_read_is_named_though_thousands_before_it_can()
    {
        Write([.. Enumerable.Range(1, 1000).SelectMany(TrialOf)]);
        RunReaderTests.Sql(run, "update journal set manifest = 'sweep.TrialEnded.V7' where sequence_number = 3000");

        var refused = Assert.Throws<BadInputException>(() => SweepReader.Read(run, "wide", new JournalSettings()));

        Assert.Contains("'sweep.TrialEnded.V7'", refused.Message);
    }

    [Fact]
    public void Of_a_sweep_without_an_event_there_is_no_state() => Assert.Null(SweepReader.Read(run, "wide", new JournalSettings()));

    private static IEnumerable<ISweepEvent> TrialOf(int number) =>
    [
        new TrialPlanned(At, number, ImmutableSortedDictionary<string, string>.Empty.Add("x", "1")),
        new TriesCounted(At, number, ImmutableSortedDictionary<string, double>.Empty.Add($"{number:0000}", 0.5)),
        new TrialEnded(At, number, 1, "completed", null, "", 0.5),
    ];

    private void Write(IReadOnlyList<ISweepEvent> events)
    {
        using var connection = new SqliteConnection($"Data Source={run.Journal};Pooling=False");
        connection.Open();
        using var transaction = connection.BeginTransaction();
        foreach (var (e, number) in events.Select((e, i) => (e, i + 1)))
        {
            using var command = connection.CreateCommand();
            command.CommandText = "insert into journal values ($id, $number, $manifest, $message)";
            command.Parameters.AddWithValue("$id", SweepReader.PersistenceId("wide"));
            command.Parameters.AddWithValue("$number", number);
            command.Parameters.AddWithValue("$manifest", RecordSerializer.ManifestOf(e.GetType()));
            command.Parameters.AddWithValue("$message", System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(e, e.GetType(), Json.Options));
            command.ExecuteNonQuery();
        }

        transaction.Commit();
    }
}
