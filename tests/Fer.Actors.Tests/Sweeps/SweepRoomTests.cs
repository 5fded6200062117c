using System.Collections.Immutable;
using Fer.Actors.Runs;
using Fer.Actors.Sweeps;

namespace Fer.Actors.Tests.Sweeps;

public sealed class SweepRoomTests
{
    private static readonly Fingerprint Cpu = new(ImmutableSortedDictionary<string, string>.Empty.Add("device", "cpu"));
    private static readonly Fingerprint Gpu = new(ImmutableSortedDictionary<string, string>.Empty.Add("device", "gpu"));

    private readonly Dictionary<string, int> runs = new(StringComparer.Ordinal);
    private readonly SweepRoom room;
    private long now = 1_000_000;

    public SweepRoomTests()
    {
        room = new SweepRoom(id => runs.GetValueOrDefault(id));
        room.Slots([Slot("cpu:0", Cpu), Slot("cpu:1", Cpu)]);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void However_words_cross_and_whoever_dies_no_more_trials_run_than_there_is_room_and_every_sweep_ends(int first)
    {
        foreach (var seed in Enumerable.Range(first, 100))
        {
            var play = new RoomPlay(seed);
            var trouble = play.ToTheEnd();
            Assert.True(trouble is null, $"seed {seed}: {trouble}\n{string.Join('\n', play.Log.TakeLast(60))}");
        }
    }

    public static TheoryData<int> Seeds => [0, 1000, 2000, 3000];

    [Fact]
    public void A_sweep_that_stops_keeps_its_room_until_it_speaks_again()
    {
        Begin("a", "b");
        room.Says(new SweepIs("a", 0, 4, null, 0));
        room.Says(new SweepIs("b", 0, 4, null, 0));
        Assert.Equal([("a", 2), ("b", 2)], Granted());
        room.Says(new SweepIs("a", 1, 3, null, 1));

        // One of its trials runs as far as it said; it may have begun another.
        room.Stops("a", now);
        room.Says(new SweepIs("b", 2, 2, null, 1));
        Assert.Empty(Granted());

        room.Begins("a", SweepPlay.Spec, 0, now += 2000);
        now += 25_000;
        room.Says(new SweepIs("b", 2, 2, null, 1));
        Assert.Empty(Granted());

        room.Says(new SweepIs("a", 1, 0, null, 0));
        Assert.Contains(("b", 3), Granted());
    }

    [Fact]
    public void One_that_is_over_or_is_away_for_long_and_runs_nothing_holds_nothing()
    {
        foreach (var isOver in new[] { true, false })
        {
            Begin("a", "b");
            room.Says(new SweepIs("a", 3, 0, null, 0));
            room.Says(new SweepIs("b", 0, 4, null, 0));
            Assert.Contains(("b", 1), Granted());
            room.Stops("a", now);
            room.Live(isOver ? ["b"] : ["a", "b"]);

            runs["a"] = 1;
            now += isOver ? 0 : (long)SweepRoom.LongestAway.TotalMilliseconds;

            Assert.Equal([("b", isOver ? 4 : 3)], Granted());
        }
    }

    [Fact]
    public void One_that_takes_long_to_recover_keeps_what_it_ran_as_far_as_is_known()
    {
        room.Begins("a", SweepPlay.Spec, shown: 3, now);
        room.Begins("b", SweepPlay.Spec, shown: 0, now);
        room.Says(new SweepIs("b", 0, 4, null, 0));
        Assert.Empty(Granted());

        now += (long)SweepRoom.LongestSilence.TotalMilliseconds;

        Assert.Equal([("b", 1)], Granted());
    }

    [Fact]
    public void A_kind_that_others_use_is_not_one_that_is_gone()
    {
        Begin("any", "cpu", "gpu", "gone");
        room.Says(new SweepIs("cpu", 0, 1, Cpu.Digest, 0));
        room.Says(new SweepIs("gpu", 0, 1, Gpu.Digest, 0));
        room.Says(new SweepIs("gone", 0, 1, "another", 0));

        var kinds = room.Slots([Slot("cpu:0", Cpu), Slot("cuda:0", Gpu) with { OthersBytes = 5_000_000_000 }]);

        Assert.Equal((KindIs.There, KindIs.There, KindIs.Taken, KindIs.Gone), (kinds["any"], kinds["cpu"], kinds["gpu"], kinds["gone"]));
        Assert.Equal((null, true, true), (SweepRoom.Trouble(KindIs.There), SweepRoom.Trouble(KindIs.Taken)!.StartsWith("others use", StringComparison.Ordinal), SweepRoom.Trouble(KindIs.Gone)!.StartsWith("no host", StringComparison.Ordinal)));
    }

    private void Begin(params string[] ids)
    {
        foreach (var id in ids)
        {
            room.Begins(id, SweepPlay.Spec, 0, now);
        }
    }

    private IEnumerable<(string Sweep, int Trials)> Granted() => room.Grant(now).Select(g => (g.Sweep, g.Word.Trials));

    private static SlotInfo Slot(string name, Fingerprint facts) => new(name, "", facts);
}
