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
    private static readonly GoldenJournal Golden3 = new("sweeps-v0.3");

    [Fact]
    public void Every_released_event_of_a_sweep_is_read_and_written_as_it_was() => Assert.All(Golden.Lines.Concat(Golden2.Lines).Concat(Golden3.Lines), line =>
    {
        var e = RecordSerializer.Read(Encoding.UTF8.GetBytes(line.Json), line.Manifest);

        Assert.Equal(line.Manifest, RecordSerializer.ManifestOf(e.GetType()));
        Assert.Equal(line.Json, System.Text.Json.JsonSerializer.Serialize(e, e.GetType(), Json.Options));
    });

    [Fact]
    public void Released_sweeps_fold_to_the_states_they_had()
    {
        var all = Events(Golden).ToList();
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
    public void Where_a_released_sweep_went_on_before_trials_were_let_on_one_by_one_all_of_them_run()
    {
        var all = Events(Golden).TakeWhile(e => e is not TrialRetried).ToList();
        Assert.IsType<SweepResumed>(all[^1]);

        var state = all.Aggregate(SweepState.Empty, (s, e) => s.Apply(e));

        Assert.Equal((SweepStatus.Running, 1, 0), (state.Status, state.Running, state.Standing.Count));
    }

    [Fact]
    public void A_sweep_whose_trials_are_let_on_one_by_one_and_that_somebody_hears_of_folds_to_the_state_it_had()
    {
        var all = Events(Golden3).ToList();
        var resumed = all.TakeWhile(e => e is not TrialLetOn).Aggregate(SweepState.Empty, (s, e) => s.Apply(e));
        var state = all.Aggregate(SweepState.Empty, (s, e) => s.Apply(e));

        Assert.Equal([1, 2], resumed.Standing);
        Assert.Equal([2], state.Standing);
        Assert.Equal((12, 7), state.Work);
        Assert.Equal(["u/1"], state.Untold.Select(m => m.Id));
        Assert.Equal((true, 3), state.Spec!.Space.Axes[^1] is IntegerAxis axis ? (axis.IsLog, axis.Points!.Value) : (false, 0));
    }

    [Fact]
    public void How_many_steps_were_there_already_is_kept_and_of_journals_from_before_it_was_counted_is_not_known()
    {
        var counted = new TrialEnded(DateTimeOffset.UnixEpoch, 1, 1, "completed", 0.5, "", 3) { Steps = 12, Reused = 7 };
        var json = System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(counted, Json.Options);

        Assert.Equal(counted, RecordSerializer.Read(json, "sweep.TrialEnded.V1"));
        Assert.All(Golden.Lines.Where(l => l.Manifest == "sweep.TrialEnded.V1"), l => Assert.Equal((0, 0), RecordSerializer.Read(Encoding.UTF8.GetBytes(l.Json), l.Manifest) is TrialEnded e ? (e.Steps, e.Reused) : (1, 1)));
    }

    private static IEnumerable<ISweepEvent> Events(GoldenJournal golden) => golden.Lines.Select(l => (ISweepEvent)RecordSerializer.Read(Encoding.UTF8.GetBytes(l.Json), l.Manifest));
}
