using System.Text;
using Fer.Actors.Storage;

namespace Fer.Actors.Tests.Storage;

public sealed class GoldenJournalTests
{
    public static TheoryData<string> Versions => ["v0.1", "v0.2", "v0.3", "v0.4", "v0.5"];

    [Fact]
    public void Every_event_in_use_is_in_a_golden_journal()
    {
        var golden = Versions.Select(v => v.Data).Append("sweeps-v0.1").Append("sweeps-v0.2").Append("sweeps-v0.3").SelectMany(v => new GoldenJournal(v).Lines).Select(l => l.Manifest).ToHashSet();

        Assert.Empty(RecordSerializer.KnownManifests.Where(m => m.EndsWith(".V1", StringComparison.Ordinal)).Except(golden));
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public void Every_released_event_is_read_and_written_as_it_was(string version)
    {
        Assert.All(new GoldenJournal(version).Lines, line =>
        {
            var e = RecordSerializer.Read(Encoding.UTF8.GetBytes(line.Json), line.Manifest);

            Assert.Equal(line.Manifest, RecordSerializer.ManifestOf(e.GetType()));
            Assert.Equal(line.Json, System.Text.Json.JsonSerializer.Serialize(e, e.GetType(), Json.Options));
        });
    }

    [Fact]
    public void A_step_that_a_released_run_found_done_was_there() => Assert.True(new GoldenJournal("v0.5").Runs.Single().Steps.Values.Single().WasThere);

    [Theory]
    [MemberData(nameof(Versions))]
    public void Released_runs_fold_to_the_states_they_had(string version)
    {
        var golden = new GoldenJournal(version);

        Assert.Equal(golden.ExpectedStates, string.Concat(golden.Runs.Select(Summary.Of)));
    }
}
