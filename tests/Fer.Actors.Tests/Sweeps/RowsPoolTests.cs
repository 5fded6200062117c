using System.Collections.Immutable;
using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit;
using Fer.Actors.Artifacts;
using Fer.Actors.Devices;
using Fer.Actors.Runs;
using Fer.Actors.Storage;
using Fer.Actors.Sweeps;
using Fer.Actors.Sweeps.Schedules;
using Fer.Actors.Tests.Storage;
using Fer.Models.Training;

namespace Fer.Actors.Tests.Sweeps;

/// <summary>The pool of rows between owners of steps and slots; the test stands where both do.</summary>
public sealed class RowsPoolTests : TestKit
{
    private readonly TemporaryFolder folder = new();
    private readonly TestProbe parent;
    private readonly MemoryStepRows rows;
    private long seat = 1;

    public RowsPoolTests()
        : base("""
            akka { loggers = ["Akka.Event.DefaultLogger, Akka"]
              loglevel = OFF
              stdout-loglevel = OFF
              log-dead-letters = off
              log-dead-letters-during-shutdown = off }
            """)
    {
        parent = CreateTestProbe();
        rows = new MemoryStepRows(() => TimeSpan.Zero, TimeSpan.FromSeconds(6), () => Interlocked.Read(ref seat));
    }

    [Fact]
    public void A_step_that_is_placed_is_wanted_and_its_result_told_after_which_nobody_wants_it()
    {
        var (pool, owner) = (Pool(), CreateTestProbe());
        pool.Tell(Placed(owner, "one", "a"));
        var claimed = Claim();
        Write(claimed, new RowWrite.Opened(0, []));
        Write(claimed, new RowWrite.Done(ImmutableSortedDictionary<string, string>.Empty.Add("out", "x"), ImmutableSortedDictionary<string, double>.Empty));
        pool.Tell(new Hinted(Hints.Rows));

        Assert.Equal("x", owner.FishForMessage<WorkDone>(_ => true).Files["out"]);
        AwaitAssert(() => Assert.Empty(Looked()));
    }

    [Fact]
    public void A_step_that_is_done_before_anybody_looks_was_done_for_its_run_and_for_the_next_run_it_was_there()
    {
        var (pool, owner, next) = (Pool(), CreateTestProbe(), CreateTestProbe());
        pool.Tell(Placed(owner, "one", "a"));
        var claimed = Claim();
        Write(claimed, new RowWrite.Done(ImmutableSortedDictionary<string, string>.Empty.Add("out", "x"), ImmutableSortedDictionary<string, double>.Empty));
        pool.Tell(Placed(next, "two", "a"));
        pool.Tell(new Hinted(Hints.Rows));

        Assert.StartsWith("lab/", owner.FishForMessage<Placed>(_ => true).Device, StringComparison.Ordinal);
        Assert.Equal(Attempt.Nowhere, next.FishForMessage<Placed>(_ => true).Device);
    }

    [Fact]
    public void What_one_run_stops_another_goes_on_with_although_both_call_it_the_same()
    {
        var (pool, mine, other) = (Pool(), CreateTestProbe(), CreateTestProbe());
        pool.Tell(Placed(other, "other", "a"));
        pool.Tell(Placed(mine, "mine", "b"));
        var claims = new[] { Claim(), Claim() };

        pool.Tell(new Unplace("1.generator.1", Save: true), mine);

        mine.ExpectMsg<WorkStopped>();
        AwaitAssert(() => Assert.Equal(
            [("a", Held.Kept), ("b", Held.Unwanted)],
            claims.Select(c => (c.Step.Hash, Heard(c))).Order()));
    }

    [Fact]
    public void A_step_that_failed_stays_wanted_until_its_run_has_decided_what_becomes_of_it()
    {
        var (pool, owner) = (Pool(), CreateTestProbe());
        pool.Tell(Placed(owner, "one", "a"));
        Write(Claim(), new RowWrite.Failed(new RowFault("io", "m", 2, null)));
        pool.Tell(new Hinted(Hints.Rows));
        owner.FishForMessage<WorkFault>(_ => true);

        // What was to be taken away about the first would be gone by the time that the second is there.
        pool.Tell(Placed(owner, "one", "b"));
        Assert.Equal("b", Claim().Step.Hash);
        Assert.Contains(Looked(), s => s.Hash == "a");
        pool.Tell(Placed(owner, "one", "a") with { FoldedTry = 1 });

        Assert.Equal(2, Claim().Token);
    }

    [Fact]
    public void Only_files_that_no_row_needs_leave_the_store()
    {
        var store = new ArtifactStore(folder.Path);
        var (kept, free) = (store.Put([1, 2, 3]), store.Put([4, 5, 6]));
        var (pool, owner) = (Pool(), CreateTestProbe());
        pool.Tell(Placed(owner, "one", "a"));
        Write(Claim(), new RowWrite.Saved([new CheckpointRef(3, 10, kept)]));

        pool.Tell(new Retire([kept, free]));

        AwaitAssert(() => Assert.False(store.Has(free)));
        Assert.True(store.Has(kept));
    }

    [Fact]
    public void A_pool_whose_seat_is_anothers_says_so()
    {
        var pool = Pool();
        Interlocked.Increment(ref seat);
        pool.Tell(Placed(CreateTestProbe(), "one", "a"));

        parent.ExpectMsg<SeatLost>();
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        folder.Dispose();
    }

    private IActorRef Pool() => parent.ChildActorOf(Props.Create(() => new RowsPool(rows, 1, new FolderBin(new ArtifactStore(folder.Path)))));

    private ClaimedStep Claim()
    {
        ClaimedStep? claimed = null;
        AwaitCondition(() => (claimed = rows.ClaimAsync("lab", $"cpu:{claims++}", ["here"], ["chain@1"]).Result) is not null);
        return claimed!;
    }

    private int claims;

    // Rows in memory answer at once.
    private ImmutableArray<SeenStep> Looked() => rows.LookAsync().Result;

    private Held Heard(ClaimedStep held) => rows.BeatAsync([new HeldStep(held.Step.Hash, held.Token, 0, 0, "")]).Result.Values.Single();

    private void Write(ClaimedStep claimed, RowWrite write) => Assert.True(rows.WriteAsync(claimed.Step.Hash, claimed.Token, write).Result);

    private static Place Placed(TestProbe owner, string run, string hash) => new(
        new StepOrder("1.generator.1", run, new StepSpec($"step-{hash}", "chain", 1, ImmutableSortedDictionary<string, string>.Empty, "{}", 1), "", [], Adjustments.None, "fp32", TimeSpan.FromSeconds(30), 0), 0, owner) { Hash = hash, Where = "here" };
}
