using System.Collections.Immutable;
using Akka.Actor;
using Fer.Actors.Hosting;
using Fer.Actors.Jobs;
using Fer.Actors.Runs;
using Fer.Actors.Runs.V1;
using Fer.Actors.Sweeps.Search;

namespace Fer.Actors.Sweeps;

/// <summary>What a coordinator sees of sweeps when it looks.</summary>
/// <param name="Live">Those that are not over; null: it could not be seen.</param>
/// <param name="Slots">Slots of hosts that are there and take steps, whoever uses them; null: not looked for this time.</param>
internal sealed record SweepsSeen(ImmutableArray<string>? Live, ImmutableArray<SweepRow> New, ImmutableArray<SweepWish> Wishes, ImmutableArray<SlotInfo>? Slots)
{
    public static readonly SweepsSeen Nothing = new(null, [], [], null);
}

/// <summary>The coordinator's sweeps: makes an actor for each that is not over, gives them room, and tells them of their trials' runs.</summary>
/// <param name="activeBy">How many runs are active on each kind of slot; asked on the coordinator's thread.</param>
/// <param name="runsOf">How many runs of a sweep are under way; asked on the coordinator's thread.</param>
internal sealed class SweepDesk(CoordinatorSetup setup, long seat, IActorContext context, Func<string, Task<RunState?>> readRun, Func<IReadOnlyDictionary<string, int>> activeBy, Func<string, int> runsOf)
{
    /// <summary>A host that was silent for so long is not counted on.</summary>
    private static readonly TimeSpan Gone = TimeSpan.FromSeconds(10);

    /// <summary>One that stopped, because the journal let it down or it breaks, is taken up again after so long; doubles each time.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);

    private const int MostDoublings = 7;

    /// <summary>One that lived so long had no lasting trouble.</summary>
    private static readonly TimeSpan Healthy = TimeSpan.FromMinutes(5);

    private const int LooksForHosts = 4;

    private readonly Dictionary<string, Sweep> sweeps = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (long Until, int Times)> resting = new(StringComparer.Ordinal);
    private readonly HashSet<string> told = new(StringComparer.Ordinal);
    private volatile ImmutableHashSet<string> known = [];
    private readonly SweepRoom room = new(runsOf);
    private int looks;
    private int made;

    public async Task<SweepsSeen> SeeAsync()
    {
        var live = await setup.SweepRows.LiveAsync().ConfigureAwait(false);
        var fresh = ImmutableArray.CreateBuilder<SweepRow>();
        foreach (var id in live.Where(id => !known.Contains(id)))
        {
            if (await setup.SweepRows.FindAsync(id).ConfigureAwait(false) is { } row)
            {
                fresh.Add(row);
            }
        }

        var wishes = live.IsEmpty ? [] : await setup.SweepRows.WishesAsync().ConfigureAwait(false);
        ImmutableArray<SlotInfo>? slots = live.IsEmpty || looks++ % LooksForHosts != 0 ? null : [.. await SlotsAsync().ConfigureAwait(false)];
        return new SweepsSeen(live, fresh.ToImmutable(), wishes, slots);
    }

    public void OnSeen(SweepsSeen seen)
    {
        foreach (var row in seen.New.Where(r => !sweeps.ContainsKey(r.Id) && resting.GetValueOrDefault(r.Id).Until <= Environment.TickCount64))
        {
            TakeUp(row);
        }

        foreach (var wish in seen.Wishes.Where(w => sweeps.ContainsKey(w.Sweep) && told.Add(w.Id)))
        {
            sweeps[wish.Sweep].Actor.Tell(new WishFor(wish));
        }

        if (seen.Live is { } live)
        {
            room.Live(live);
        }

        if (seen.Slots is { } slots)
        {
            var kinds = room.Slots(slots);
            foreach (var (id, sweep) in sweeps)
            {
                sweep.Actor.Tell(new SlotsAre(kinds[id]));
            }

            Grant();
        }
    }

    public void OnIs(SweepIs now)
    {
        room.Says(now);
        Grant();
    }

    public void OnStopped(IActorRef actor)
    {
        if (sweeps.FirstOrDefault(s => s.Value.Actor.Equals(actor)).Key is { } id)
        {
            var lived = TimeSpan.FromMilliseconds(Environment.TickCount64 - sweeps[id].Since);
            sweeps.Remove(id);
            room.Stops(id, Environment.TickCount64);
            known = known.Remove(id);
            Rests(id, lived);

            // What it was told, it may not have done.
            told.Clear();
        }
    }

    public void OnBroke(SweepBroke broke) => _ = SayAsync(broke.Id, $"it breaks: {broke.Reason.TrimEnd('.')}");

    private async Task SayAsync(string id, string reason)
    {
        try
        {
            await setup.SweepRows.SayReasonAsync(seat, id, reason).ConfigureAwait(false);
        }
        catch (Exception e) when (e is System.Data.Common.DbException or TimeoutException)
        {
            // It is in the log, and said again when it breaks again.
        }
    }

    private void Rests(string id, TimeSpan lived)
    {
        var times = lived > Healthy ? 0 : resting.GetValueOrDefault(id).Times;
        resting[id] = (Environment.TickCount64 + (long)(Rest.TotalMilliseconds * (1 << Math.Min(times, MostDoublings))), times + 1);
    }

    /// <summary>Tells the coordinator how a trial comes on.</summary>
    public static IRunObserver ObserverOf(RunRow run, IRunObserver inner, IActorRef coordinator) => run.Sweep.Length == 0 ? inner : new TrialObserver(run, coordinator, inner);

    public void OnRunMoved(RunMoved moved)
    {
        if (!sweeps.TryGetValue(moved.Row.Sweep, out var sweep))
        {
            return;
        }

        sweep.Actor.Tell(TrialLives.Instance);
        if (moved.State is { } state && JobRegistry.Find(state.Job).Reports(state, sweep.Spec.Objective) is { IsEmpty: false } reports)
        {
            sweep.Actor.Tell(new TrialMoved(moved.Row.Trial, moved.Row.Attempt, reports, TrialOutcome.TriesOf(state)));
        }
    }

    public void OnRunEnded(RunRow run, string status, RunOutcome outcome)
    {
        if (!sweeps.TryGetValue(run.Sweep, out var sweep))
        {
            return;
        }

        var stands = status == RunRowStatus.Paused && outcome.State.PausedBy == "fault";
        if (stands || RunRowStatus.IsOver(status))
        {
            sweep.Actor.Tell(TrialOutcome.Of(run.Trial, run.Attempt, stands ? RunRowStatus.Failed : status, outcome.Sentence, outcome.State, sweep.Spec.Objective) with { Stands = stands });
        }
    }

    /// <summary>The kind of slot that has the fewest active runs for its number, of hosts that are there: a run keeps to one kind, so that its bits are those of one. Null: none is there.</summary>
    public Task<Fingerprint?> ChooseSlotAsync() => ChooseSlotAsync(activeBy());

    private async Task<Fingerprint?> ChooseSlotAsync(IReadOnlyDictionary<string, int> active) =>
        (await SlotsAsync().ConfigureAwait(false)).Where(s => s.OthersBytes is null).GroupBy(s => s.Facts.Digest)
            .OrderBy(g => active.GetValueOrDefault(g.Key) / (double)g.Count()).ThenByDescending(g => g.Count()).ThenBy(g => g.Key, StringComparer.Ordinal).FirstOrDefault()?.First().Facts;

    private async Task<IEnumerable<SlotInfo>> SlotsAsync() =>
        (await setup.Hosts.AllAsync().ConfigureAwait(false)).Where(h => h.Silent < Gone && !h.IsDraining).SelectMany(h => h.RunSlots);

    private void TakeUp(SweepRow row)
    {
        SweepSpec spec;
        try
        {
            spec = Storage.Json.Read<SweepSpec>(row.Spec);
            _ = (Samplers.Find(spec.Sampler), Pruners.Of(spec.Pruner));
        }
        catch (Exception e) when (e is System.Text.Json.JsonException or NotSupportedException or Fer.Models.BadInputException)
        {
            // One of a newer version, which another host may know.
            Rests(row.Id, TimeSpan.Zero);
            _ = SayAsync(row.Id, $"this version cannot take it up: {e.Message.Split('\n')[0].TrimEnd('.')}");
            return;
        }

        var sweep = new SweepSetup(row, spec, seat, setup.RunRows, setup.SweepRows, setup.Sweeps.Make, readRun, ChooseSlotAsync, setup.Sweeps.Observe(row.Id), setup.Sweeps.Hook, setup.Version, setup.Clock);
        sweeps.Add(row.Id, new Sweep(spec, context.Watch(context.ActorOf(Props.Create(() => new SweepActor(sweep)), FormattableString.Invariant($"sweep-{++made}"))), Environment.TickCount64));
        room.Begins(row.Id, spec, row.Status == "running" ? row.Summary.Running : 0, Environment.TickCount64);
        known = known.Add(row.Id);
    }

    private void Grant()
    {
        foreach (var (id, word) in room.Grant(Environment.TickCount64))
        {
            sweeps[id].Actor.Tell(word);
        }
    }

    private sealed record Sweep(SweepSpec Spec, IActorRef Actor, long Since);

    private sealed class TrialObserver(RunRow row, IActorRef coordinator, IRunObserver inner) : IRunObserver
    {
        public void OnEvent(IRunEvent e, RunState state)
        {
            inner.OnEvent(e, state);
            coordinator.Tell(new RunMoved(row, e is StepCompleted or StepShared or Claimed ? state : null));
        }

        public void OnLive(LiveStep step) => inner.OnLive(step);
    }
}
