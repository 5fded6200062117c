using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using Fer.Actors.Devices;
using Fer.Actors.Runs;
using Fer.Actors.Artifacts;

namespace Fer.Actors.Sweeps;

/// <summary>To a coordinator from what it made: the seat is another's now.</summary>
internal sealed record SeatLost;

/// <summary>
/// To the owners of a run's steps a pool of devices like any other; behind it no device, but rows that slots of all hosts claim. Says
/// what the rows say, so that owners and journals need not know how many hosts there are. Keeps no truth: made again, it learns all of it from owners and rows.
/// </summary>
internal sealed class RowsPool : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(500);

    /// <summary>Everything that is wanted is said again so often, whatever became of rows meanwhile: they are a projection.</summary>
    private static readonly TimeSpan SayAgainEvery = TimeSpan.FromSeconds(20);

    private readonly IStepRows rows;
    private readonly long seat;
    private readonly ILoggingAdapter log = Context.GetLogger();
    private readonly Dictionary<(string Run, string Hash), Placement> placed = [];
    private readonly Dictionary<(string Run, string Hash), Wanted> wants = [];
    private readonly HashSet<(string Run, string Hash)> unwants = [];
    private bool syncing;
    private bool looking;
    private bool lookAgain;
    private bool isDown;

    /// <param name="bin">Where artifacts go that no row refers to any more.</param>
    public RowsPool(IStepRows rows, long seat, IArtifactBin bin)
    {
        this.rows = rows;
        this.seat = seat;
        Receive<Place>(OnPlace);
        Receive<Unplace>(OnUnplace);
        Receive<Terminated>(t =>
        {
            foreach (var key in placed.Where(p => p.Value.Place.Owner.Equals(t.ActorRef)).Select(p => p.Key).ToList())
            {
                placed.Remove(key);
                wants.Remove(key);
            }
        });
        Receive<Retire>(r => RemoveAsync(r.Artifacts, bin).ContinueWith(
            t => log.Debug("Files of the store could not be removed: {Reason}", t.Exception!.InnerException!.Message), CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default));
        Receive<Synced>(OnSynced);
        Receive<Seen>(OnSeen);
        Receive<Hinted>(_ => Look());
        Receive<SayAgain>(_ =>
        {
            foreach (var (key, p) in placed)
            {
                wants.TryAdd(key, WantedBy(p.Place));
            }

            Sync();
        });
        Receive<Tick>(_ =>
        {
            Sync();
            Look();
        });
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        Timers.StartPeriodicTimer(nameof(Tick), Tick.Instance, LookEvery);
        Timers.StartPeriodicTimer(nameof(SayAgain), SayAgain.Instance, SayAgainEvery);
        Context.System.EventStream.Subscribe(Self, typeof(Hinted));
    }

    private void OnPlace(Place place)
    {
        Context.Watch(place.Owner);
        var order = place.Order;
        var key = (order.RunId, place.Hash);
        placed[key] = new Placement(place);
        unwants.Remove(key);
        wants[key] = WantedBy(place);
        Sync();
    }

    private static Wanted WantedBy(Place place)
    {
        var order = place.Order;
        return new Wanted(
            order.RunId, new RowSpec(place.Hash, order.Spec, place.Where, order.Precision, order.CheckpointEvery, order.CheckpointSteps),
            place.Priority, [.. order.Checkpoints.Reverse()], order.Adjustments, place.FoldedTry);
    }

    // A slot that computes it saves and gives it back when it hears of it; whoever goes on with the run finds what it saved in the row.
    private void OnUnplace(Unplace stop)
    {
        // Orders are unique within a run.
        var known = placed.Values.FirstOrDefault(p => p.Place.Order.Order == stop.Order && p.Place.Owner.Equals(Sender));
        if (known is not null)
        {
            Forget(known);
        }

        Sender.Tell(new WorkStopped(stop.Order));
    }

    private void Forget(Placement p)
    {
        var key = (p.Place.Order.RunId, p.Place.Hash);
        placed.Remove(key);
        wants.Remove(key);
        unwants.Add(key);
        Sync();
    }

    // What only this run went on from: runs that share a step refer to the same files through its row. What stays by a fault is only room.
    private async Task RemoveAsync(ImmutableArray<string> artifacts, IArtifactBin bin) =>
        await bin.RemoveAsync(await rows.UnreferredAsync(artifacts).ConfigureAwait(false)).ConfigureAwait(false);

    private void Sync()
    {
        if (syncing || (wants.Count == 0 && unwants.Count == 0))
        {
            return;
        }

        syncing = true;
        var (add, remove) = (wants.Values.ToImmutableArray(), unwants.ToImmutableArray());
        wants.Clear();
        unwants.Clear();
        SyncAsync(add, remove).PipeTo(Self, failure: e => new Synced(null, add, remove, e.Message));
    }

    private async Task<Synced> SyncAsync(ImmutableArray<Wanted> add, ImmutableArray<(string Run, string Hash)> remove)
    {
        foreach (var run in remove.GroupBy(r => r.Run, StringComparer.Ordinal))
        {
            await rows.UnwantAsync(seat, run.Key, [.. run.Select(r => r.Hash)]).ConfigureAwait(false);
        }

        return new Synced(add.IsEmpty || await rows.WantAsync(seat, add).ConfigureAwait(false), add, remove, "");
    }

    private void OnSynced(Synced s)
    {
        syncing = false;
        switch (s.Done)
        {
            case false:
                Context.Parent.Tell(new SeatLost());
                return;
            case null:
                Trouble(s.Trouble);

                // What was said since about the same steps is newer.
                foreach (var w in s.Add.Where(w => placed.ContainsKey((w.Run, w.Step.Hash))))
                {
                    wants.TryAdd((w.Run, w.Step.Hash), w);
                }

                unwants.UnionWith(s.Remove.Where(r => !placed.ContainsKey(r)));
                return;
            default:
                isDown = false;
                if (!s.Add.IsEmpty)
                {
                    Context.System.EventStream.Publish(new SayHint(Hints.Work));
                }

                foreach (var w in s.Add)
                {
                    if (placed.TryGetValue((w.Run, w.Step.Hash), out var p) && !wants.ContainsKey((w.Run, w.Step.Hash)))
                    {
                        p.IsWanted = true;
                    }
                }

                Sync();
                Look();
                return;
        }
    }

    private void Look()
    {
        if (looking)
        {
            lookAgain = true;
            return;
        }

        if (placed.Count == 0)
        {
            return;
        }

        looking = true;
        lookAgain = false;

        // Only what was in the rows before the question is answered by it.
        var asked = placed.Values.Where(p => p.IsWanted).ToHashSet();
        rows.LookAsync().PipeTo(Self, success: seen => new Seen(seen, asked, null), failure: e => new Seen([], asked, e.Message));
    }

    private void OnSeen(Seen seen)
    {
        looking = false;
        if (seen.Trouble is { } trouble)
        {
            Trouble(trouble);
            return;
        }

        isDown = false;
        foreach (var row in seen.Rows)
        {
            if (placed.TryGetValue((row.Run, row.Hash), out var p) && seen.Asked.Contains(p))
            {
                Tell(p, row);
            }
        }

        if (lookAgain)
        {
            Look();
        }
    }

    private void Tell(Placement p, SeenStep row)
    {
        (p.Story, var said) = p.Story.Read(row);
        foreach (var message in said)
        {
            p.Place.Owner.Tell(message);
        }

        if (!p.Story.IsOver)
        {
            return;
        }

        if (row.State == RowState.Done)
        {
            Forget(p);
        }
        else
        {
            // It will be placed again, and whoever computes it meanwhile is right to.
            placed.Remove((row.Run, row.Hash));
        }
    }

    private void Trouble(string message)
    {
        if (!isDown)
        {
            log.Warning("The steps' rows cannot be reached ({Reason}): asked again until they can", message.Split('\n')[0]);
        }

        isDown = true;
    }

    private sealed record Synced(bool? Done, ImmutableArray<Wanted> Add, ImmutableArray<(string Run, string Hash)> Remove, string Trouble);

    private sealed record Seen(ImmutableArray<SeenStep> Rows, HashSet<Placement> Asked, string? Trouble);

    private sealed class SayAgain
    {
        public static readonly SayAgain Instance = new();
    }

    private sealed class Tick
    {
        public static readonly Tick Instance = new();
    }

    /// <summary>A step that an owner wants carried.</summary>
    private sealed class Placement(Place place)
    {
        public Place Place { get; } = place;

        public bool IsWanted { get; set; }

        public RowStory Story { get; set; } = new(place);
    }
}
