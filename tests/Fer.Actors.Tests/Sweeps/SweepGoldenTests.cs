using System.Text;
using Fer.Actors.Storage;
using Fer.Actors.Sweeps;
using Fer.Actors.Sweeps.Search;
using Fer.Actors.Sweeps.V1;
using Fer.Actors.Tests.Storage;

namespace Fer.Actors.Tests.Sweeps;

public sealed class SweepGoldenTests
{
    private static readonly GoldenJournal Golden = new("sweeps-v0.1");
    private static readonly GoldenJournal Golden2 = new("sweeps-v0.2");

    [Fact]
    public void Every_released_event_of_a_sweep_is_read_and_written_as_it_was() => Assert.All(Golden.Lines.Concat(Golden2.Lines), line =>
    {
        var e = RecordSerializer.Read(Encoding.UTF8.GetBytes(line.Json), line.Manifest);

        Assert.Equal(line.Manifest, RecordSerializer.ManifestOf(e.GetType()));
        Assert.Equal(line.Json, System.Text.Json.JsonSerializer.Serialize(e, e.GetType(), Json.Options));
    });

    [Fact]
    public void Released_sweeps_fold_to_the_states_they_had()
    {
        var all = Golden.Lines.Select(l => (ISweepEvent)RecordSerializer.Read(Encoding.UTF8.GetBytes(l.Json), l.Manifest)).ToList();
        var second = all.FindLastIndex(e => e is SweepStarted);

        var completed = all.Take(second).Aggregate(SweepState.Empty, (s, e) => s.Apply(e));
        var cancelled = all.Skip(second).Aggregate(SweepState.Empty, (s, e) => s.Apply(e));

        Assert.Equal((SweepStatus.Completed, 2, 15.5, "trials", 3L), (completed.Status, completed.Best, completed.DeviceSeconds, completed.Filled, completed.Claims[^1].Number));
        Assert.Equal(
            [(TrialStatus.Pruned, 1, 0.25, "others were better at 2"), (TrialStatus.Completed, 2, 0.5, "")],
            completed.Trials.Select(t => (t.Status, t.Attempt, t.Value!.Value, t.Reason)));
        Assert.Equal("cpu", completed.Slot!.Facts["device"]);
        Assert.Equal(["choice gan.kind", "real gan.psi", "real classifier.learning-rate", "integer filter.target"], completed.Spec!.Space.Axes.Select(a => $"{a.GetType().Name[..^4].ToLowerInvariant()} {a.Key}"));
        Assert.Equal(["conditional"], completed.Spec.Space.Axes[^1].When["gan.kind"]);
        Assert.Equal((SweepStatus.Cancelled, TrialStatus.Failed, (int?)null), (cancelled.Status, cancelled.Trial(1).Status, cancelled.Best));
    }

    [Fact]
    public void How_many_steps_were_there_already_is_kept_and_of_journals_from_before_it_was_counted_is_not_known()
    {
        var counted = new TrialEnded(DateTimeOffset.UnixEpoch, 1, 1, "completed", 0.5, "", 3) { Steps = 12, Reused = 7 };
        var json = System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(counted, Json.Options);

        Assert.Equal(counted, RecordSerializer.Read(json, "sweep.TrialEnded.V1"));
        Assert.All(Golden.Lines.Where(l => l.Manifest == "sweep.TrialEnded.V1"), l => Assert.Equal((0, 0), RecordSerializer.Read(Encoding.UTF8.GetBytes(l.Json), l.Manifest) is TrialEnded e ? (e.Steps, e.Reused) : (1, 1)));
    }
}
