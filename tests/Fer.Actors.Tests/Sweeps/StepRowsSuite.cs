using System.Collections.Immutable;
using Fer.Actors.Runs;
using Fer.Actors.Sweeps;
using Fer.Models.Training;

namespace Fer.Actors.Tests.Sweeps;

/// <summary>What rows of steps promise, on every store.</summary>
public abstract class StepRowsSuite
{
    private static readonly ImmutableSortedDictionary<string, double> NoFigures = ImmutableSortedDictionary<string, double>.Empty;

    internal abstract IStepRows Rows { get; }

    /// <summary>The coordinator's number.</summary>
    protected abstract long Seat { get; }

    /// <summary>Another takes the coordinator's seat.</summary>
    protected abstract void LoseSeat();

    /// <summary>All leases run out.</summary>
    protected abstract void LetLeasesRunOut();

    [Fact]
    public async Task A_step_that_is_wanted_is_claimed_once()
    {
        await Want("one", "a");

        Assert.Equal(("a", 1), await Claim("lab", "cpu:0"));
        Assert.Null(await Claim("lab", "cpu:1"));
        Assert.Null(await Claim("attic", "cpu:0"));
    }

    [Fact]
    public async Task The_most_urgent_goes_first_and_of_equals_the_one_that_was_wanted_first()
    {
        await Want("one", "b");
        await Want("one", "a");
        await Want("one", "c", priority: 5);

        Assert.Equal(["c", "b", "a"], new[] { (await Claim("lab", "cpu:0"))!.Value.Hash, (await Claim("lab", "cpu:1"))!.Value.Hash, (await Claim("lab", "cpu:2"))!.Value.Hash });
    }

    [Fact]
    public async Task A_slot_takes_only_what_it_can_compute()
    {
        await Want("one", "a");

        Assert.Null(await Rows.ClaimAsync("lab", "cpu:0", ["another place"], ["chain@1"]));
        Assert.Null(await Rows.ClaimAsync("lab", "cpu:0", ["here"], ["chain@2"]));
        Assert.NotNull(await Rows.ClaimAsync("lab", "cpu:0", ["another place", "here"], ["chain@2", "chain@1"]));
    }

    [Fact]
    public async Task A_step_that_a_host_has_given_back_is_passed_over_by_it_and_holds_up_nothing_behind_it()
    {
        await Want("one", "a");
        await Want("one", "b");

        Assert.Equal("b", (await Rows.ClaimAsync("lab", "cpu:0", ["here"], ["chain@1"], ["a"]))!.Step.Hash);
        Assert.Null(await Rows.ClaimAsync("lab", "cpu:1", ["here"], ["chain@1"], ["a"]));
        Assert.Equal("a", (await Rows.ClaimAsync("attic", "cpu:0", ["here"], ["chain@1"], []))!.Step.Hash);
    }

    [Fact]
    public async Task A_silent_slots_step_is_taken_and_what_it_writes_afterwards_is_refused()
    {
        await Want("one", "a");
        await Claim("lab", "cpu:0");
        Assert.True(await Rows.WriteAsync("a", 1, new RowWrite.Saved([Checkpoint(3)])));
        LetLeasesRunOut();

        var second = (await Rows.ClaimAsync("attic", "cpu:0", ["here"], ["chain@1"]))!;

        Assert.Equal(2, second.Token);
        Assert.Equal(3, Assert.Single(second.Checkpoints).Position);
        Assert.All(
            new RowWrite[] { new RowWrite.Opened(0, []), new RowWrite.Saved([Checkpoint(6)]), new RowWrite.Done(Made("old"), NoFigures), new RowWrite.Failed(new RowFault("io", "m", 1, null)), new RowWrite.Released() },
            late => Assert.False(Rows.WriteAsync("a", 1, late).Result));
        Assert.Equal(Held.Taken, (await Rows.BeatAsync([Word("a", 1)]))[("a", 1)]);
        Assert.True(await Rows.WriteAsync("a", 2, new RowWrite.Done(Made("new"), NoFigures)));
        Assert.Equal("new", Assert.Single(await Rows.LookAsync()).Files["out"]);
    }

    [Fact]
    public async Task A_slot_whose_lease_ran_out_and_whose_step_nobody_took_may_still_write()
    {
        await Want("one", "a");
        await Claim("lab", "cpu:0");
        LetLeasesRunOut();

        Assert.True(await Rows.WriteAsync("a", 1, new RowWrite.Done(Made("late"), NoFigures)));
    }

    [Fact]
    public async Task A_beat_prolongs_what_is_held_and_says_what_became_of_each()
    {
        await Want("one", "a");
        await Want("one", "b");
        await Claim("lab", "cpu:0");
        await Claim("lab", "cpu:1");
        LetLeasesRunOut();
        await Rows.UnwantAsync(Seat, "one", ["b"]);

        var answer = await Rows.BeatAsync([Word("a", 1) with { Position = 4, Length = 10 }, Word("b", 1), Word("a", 7)]);

        Assert.Equal([Held.Kept, Held.Unwanted, Held.Taken], new[] { answer[("a", 1)], answer[("b", 1)], answer[("a", 7)] });
        Assert.Null(await Claim("attic", "cpu:0"));
        Assert.Equal((4, 10), (Assert.Single(await Rows.LookAsync()).Position, Assert.Single(await Rows.LookAsync()).Length));
    }

    [Fact]
    public async Task Two_slots_of_a_host_that_name_one_step_are_answered_each_by_its_number()
    {
        await Want("one", "a");
        await Claim("lab", "cpu:0");
        LetLeasesRunOut();
        await Claim("lab", "cpu:1");

        var answer = await Rows.BeatAsync([Word("a", 1), Word("a", 2)]);

        Assert.Equal([Held.Taken, Held.Kept], new[] { answer[("a", 1)], answer[("a", 2)] });
    }

    [Fact]
    public async Task A_slot_that_knows_nothing_of_its_claim_gets_it_again_under_a_new_number()
    {
        await Want("one", "a");
        await Claim("lab", "cpu:0");

        Assert.Equal(("a", 2), await Claim("lab", "cpu:0"));
        Assert.False(await Rows.WriteAsync("a", 1, new RowWrite.Released()));
    }

    [Fact]
    public async Task A_slot_lets_go_of_what_it_had_in_an_earlier_life_and_will_not_get_again()
    {
        await Want("one", "a");
        await Want("one", "b");
        await Want("two", "c");
        await Claim("lab", "cpu:0");
        await Rows.UnwantAsync(Seat, "one", ["a"]);
        Assert.Equal(("b", 1), await Claim("lab", "cpu:0"));

        // Another program, or another card: what it had is no longer for it.
        Assert.Null(await Rows.ClaimAsync("lab", "cpu:0", ["another place"], ["chain@1"]));
        Assert.Equal(("b", 2), await Claim("attic", "cpu:0"));
    }

    [Fact]
    public async Task A_run_that_is_over_wants_nothing()
    {
        await Want("one", "a");
        await Want("one", "b");
        await Want("two", "b");
        await Rows.ForgetAsync(Seat, "one");

        Assert.Equal(("b", 1), await Claim("lab", "cpu:0"));
        Assert.Null(await Claim("lab", "cpu:1"));
    }

    [Fact]
    public async Task A_row_that_is_made_again_counts_tries_from_where_the_journal_is()
    {
        await Rows.WantAsync(Seat, [Wanted("one", "a") with { FoldedTry = 6 }]);

        Assert.Equal(("a", 7), await Claim("lab", "cpu:0"));
    }

    [Fact]
    public async Task What_is_given_back_goes_on_elsewhere_from_its_last_checkpoint()
    {
        await Want("one", "a");
        await Claim("lab", "cpu:0");
        await Rows.WriteAsync("a", 1, new RowWrite.Saved([Checkpoint(3), Checkpoint(6)]));
        Assert.True(await Rows.WriteAsync("a", 1, new RowWrite.Released()));

        var next = (await Rows.ClaimAsync("attic", "cpu:0", ["here"], ["chain@1"]))!;

        Assert.Equal([3, 6], next.Checkpoints.Select(c => c.Position));
    }

    [Fact]
    public async Task Two_runs_that_want_the_same_step_share_its_row_and_its_result()
    {
        await Want("one", "a");
        await Want("two", "a");
        await Claim("lab", "cpu:0");
        await Rows.UnwantAsync(Seat, "one", ["a"]);
        Assert.Equal(Held.Kept, (await Rows.BeatAsync([Word("a", 1)]))[("a", 1)]);
        await Rows.WriteAsync("a", 1, new RowWrite.Done(Made("x"), NoFigures));

        var seen = Assert.Single(await Rows.LookAsync());

        Assert.Equal(("two", RowState.Done, "x"), (seen.Run, seen.State, seen.Files["out"]));
        await Want("three", "a");
        Assert.Equal(["three", "two"], (await Rows.LookAsync()).Select(s => s.Run).Order());
        Assert.Null(await Claim("lab", "cpu:0"));
    }

    [Fact]
    public async Task Who_claims_a_step_is_told_for_which_run_it_is_and_for_how_many()
    {
        await Want("two", "a");
        await Want("one", "a");
        await Want("three", "a");
        await Want("two", "b");

        var shared = (await Rows.ClaimAsync("lab", "cpu:0", ["here"], ["chain@1"]))!;
        var alone = (await Rows.ClaimAsync("lab", "cpu:1", ["here"], ["chain@1"]))!;

        Assert.Equal(("one", 3, "step-a for one and 2 more"), (shared.Run, shared.Runs, shared.Title));
        Assert.Equal(("two", 1, "step-b for two"), (alone.Run, alone.Runs, alone.Title));
    }

    [Fact]
    public async Task A_failed_step_opens_again_for_who_has_folded_the_failure_and_for_nobody_else()
    {
        await Want("one", "a");
        await Claim("lab", "cpu:0");
        await Rows.WriteAsync("a", 1, new RowWrite.Failed(new RowFault("io", "m", 2, null)));

        await Want("one", "a");
        Assert.Null(await Claim("lab", "cpu:0"));
        Assert.Equal(("io", 2), (Assert.Single(await Rows.LookAsync()).Fault!.Fault, (int)Assert.Single(await Rows.LookAsync()).Fault!.Position));

        var changed = new Adjustments([new Adjustment(0, 0.5, 1)]);
        await Rows.WantAsync(Seat, [Wanted("one", "a") with { FoldedTry = 1, Adjustments = changed }]);
        var again = (await Rows.ClaimAsync("lab", "cpu:0", ["here"], ["chain@1"]))!;
        Assert.Equal((2, 0.5), (again.Token, again.Adjustments.LearningRateFactor(0)));

        // Who folds it late finds it in hand, and disturbs nobody.
        await Rows.WantAsync(Seat, [Wanted("two", "a") with { FoldedTry = 1 }]);
        Assert.True(await Rows.WriteAsync("a", 2, new RowWrite.Done(Made("x"), NoFigures)));
    }

    [Fact]
    public async Task A_result_whose_files_are_damaged_is_computed_again()
    {
        await Want("one", "a");
        await Claim("lab", "cpu:0");
        await Rows.WriteAsync("a", 1, new RowWrite.Done(Made("x"), NoFigures));

        await Rows.WantAsync(Seat, [Wanted("one", "a") with { FoldedTry = 1 }]);

        Assert.Equal(("a", 2), await Claim("lab", "cpu:0"));
    }

    [Fact]
    public async Task Nothing_that_nobody_wants_is_claimed()
    {
        await Want("one", "a");
        await Rows.UnwantAsync(Seat, "one", ["a"]);

        Assert.Null(await Claim("lab", "cpu:0"));
    }

    [Fact]
    public async Task Who_lost_the_seat_can_want_nothing_and_take_no_wish_away()
    {
        var old = Seat;
        await Want("one", "a");
        LoseSeat();

        Assert.False(await Rows.WantAsync(old, [Wanted("one", "b")]));
        await Rows.UnwantAsync(old, "one", ["a"]);

        Assert.Equal(("a", 1), await Claim("lab", "cpu:0"));
        Assert.Null(await Claim("lab", "cpu:1"));
    }

    [Fact]
    public async Task A_step_that_takes_slot_after_slot_along_is_at_fault_itself()
    {
        await Want("one", "a");
        for (var slots = 0; await Claim("lab", FormattableString.Invariant($"cpu:{slots}")) is not null; slots++)
        {
            Assert.InRange(slots, 0, 20);
            LetLeasesRunOut();
        }

        Assert.Equal((RowState.Failed, "worker-lost"), (Assert.Single(await Rows.LookAsync()).State, Assert.Single(await Rows.LookAsync()).Fault!.Fault));
    }

    [Fact]
    public async Task Many_slots_at_once_claim_each_step_once()
    {
        var hashes = Enumerable.Range(0, 40).Select(i => FormattableString.Invariant($"h{i:00}")).ToList();
        await Rows.WantAsync(Seat, [.. hashes.Select(h => Wanted("one", h))]);

        var claims = await Task.WhenAll(Enumerable.Range(0, 8).Select(slot => Task.Run(async () =>
        {
            var mine = new List<string>();
            while (await Claim("lab", FormattableString.Invariant($"cpu:{slot}")) is { } claim)
            {
                mine.Add(claim.Hash);
                Assert.True(await Rows.WriteAsync(claim.Hash, claim.Token, new RowWrite.Done(Made(claim.Hash), NoFigures)));
            }

            return mine;
        })));

        Assert.Equal(hashes, claims.SelectMany(c => c).Order());
    }

    [Fact]
    public async Task What_a_row_goes_on_from_or_has_made_is_referred_to()
    {
        await Want("one", "a");
        await Claim("lab", "cpu:0");
        await Rows.WriteAsync("a", 1, new RowWrite.Saved([Checkpoint(3), Checkpoint(6)]));
        Assert.Equal(["artifact-9"], await Rows.UnreferredAsync(["artifact-3", "artifact-6", "artifact-9"]));

        await Rows.WriteAsync("a", 1, new RowWrite.Done(Made("artifact-9"), NoFigures));
        Assert.Equal(["artifact-3", "artifact-6"], await Rows.UnreferredAsync(["artifact-3", "artifact-6", "artifact-9"]));
    }

    [Fact]
    public async Task What_was_done_before_a_run_wanted_it_was_there_and_what_was_done_for_it_was_not_whoever_asks_again()
    {
        await Want("one", "a");
        await Claim("lab", "cpu:0");
        await Rows.WriteAsync("a", 1, new RowWrite.Done(Made("x"), NoFigures));
        await Want("two", "a");

        // As a next coordinator does that knows of no look before.
        await Want("one", "a");
        await Want("two", "a");
        Assert.Equal([("one", false), ("two", true)], (await Rows.LookAsync()).Select(s => (s.Run, s.WasThere)).Order());

        // What it made is damaged: it is made again, and then for both.
        await Rows.WantAsync(Seat, [Wanted("two", "a") with { FoldedTry = 1 }]);
        await Claim("lab", "cpu:0");
        await Rows.WriteAsync("a", 2, new RowWrite.Done(Made("x"), NoFigures));
        Assert.Equal([("one", false), ("two", false)], (await Rows.LookAsync()).Select(s => (s.Run, s.WasThere)).Order());
    }

    protected Task Want(string run, string hash, int priority = 0) => Rows.WantAsync(Seat, [Wanted(run, hash) with { Priority = priority }]);

    private protected static Wanted Wanted(string run, string hash) =>
        new(run, new RowSpec(hash, new StepSpec($"step-{hash}", "chain", 1, ImmutableSortedDictionary<string, string>.Empty, "{}", 1), "here", "fp32", TimeSpan.FromSeconds(30), 0), 0, [], Adjustments.None, 0);

    private async Task<(string Hash, long Token)?> Claim(string host, string device) =>
        await Rows.ClaimAsync(host, device, ["here"], ["chain@1"]) is { } claimed ? (claimed.Step.Hash, claimed.Token) : null;

    private static CheckpointRef Checkpoint(long position) => new(position, 10, $"artifact-{position}");

    private static HeldStep Word(string hash, long token) => new(hash, token, 0, 0, "links");

    private static ImmutableSortedDictionary<string, string> Made(string what) => ImmutableSortedDictionary<string, string>.Empty.Add("out", what);
}
