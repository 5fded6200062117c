using System.Diagnostics;
using Akka.Actor;
using Akka.Event;
using Fer.Actors.Hosting;
using Fer.Actors.Hosts;

namespace Fer.Actors.Sweeps;

/// <summary>To the seat of a host that leaves: give it back.</summary>
internal sealed record LeaveSeat
{
    public static readonly LeaveSeat Instance = new();
}

/// <summary>
/// Every host has one. It asks for the coordinator's row again and again; while it has it, a coordinator is its child. By its own clock it
/// gives up when its lease ends; another may have been let in a moment before, where all others miss this host, and what an old coordinator still writes is refused by the row's number and the journal's key.
/// </summary>
internal sealed class CoordinatorSeat : ReceiveActor, IWithTimers
{
    /// <summary>After the last word of the one before; the bar for a new step to start is 8 s.</summary>
    internal static readonly TimeSpan Lease = TimeSpan.FromSeconds(4);

    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(1);

    private readonly Func<int, LeaseRow> rowOf;
    private LeaseRow row;
    private readonly Func<long, Props> coordinator;
    private readonly Action<bool> onSeat;
    private readonly ILoggingAdapter log = Context.GetLogger();
    private IActorRef child = ActorRefs.Nobody;
    private long seat;
    private long deadline;
    private bool asking;
    private bool leaving;
    private Task taking = Task.CompletedTask;
    private Task givenBack = Task.CompletedTask;
    private int made;
    private int tenure;

    /// <param name="rowOf">The row as each tenure of this host asks for it: whoever loses the seat comes back as somebody else, with a number of its own.</param>
    /// <param name="coordinator">Makes it, given the seat's number.</param>
    /// <param name="onSeat">Told when the seat is taken (true) and lost.</param>
    public CoordinatorSeat(Func<int, LeaseRow> rowOf, Func<long, Props> coordinator, Action<bool> onSeat)
    {
        this.rowOf = rowOf;
        row = rowOf(0);
        this.coordinator = coordinator;
        this.onSeat = onSeat;
        Receive<Tick>(_ => Ask());
        Receive<Answer>(OnAnswer);
        Receive<SeatLost>(_ => Lose("another host has it"));
        Receive<Terminated>(_ => child = ActorRefs.Nobody);
        Receive<LeaveSeat>(_ =>
        {
            leaving = true;
            if (HasSeat)
            {
                Lose("this host leaves");
            }
            else
            {
                GiveBack();
            }

            givenBack.PipeTo(Sender, success: () => Akka.Done.Instance, failure: _ => Akka.Done.Instance);
        });
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        Timers.StartPeriodicTimer(nameof(Tick), Tick.Instance, TimeSpan.Zero, Beat);
        HostMeter.HasSeat = false;
    }

    protected override void PostStop() => HostMeter.HasSeat = null;

    // A coordinator that breaks is made again at the next beat, from journals and rows.
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(e =>
    {
        log.Error(e, "The coordinator broke and is made again: {Reason}", e.Message);
        return Directive.Stop;
    });

    private bool HasSeat => seat > 0;

    private void Ask()
    {
        if (HasSeat && Environment.TickCount64 > deadline)
        {
            Lose("the database was silent, or this process stood still, for a whole lease");
        }

        if (!asking && !leaving)
        {
            asking = true;

            // Counted from before the question: the database can only start its own count later.
            var asked = Environment.TickCount64;
            var by = tenure;
            var take = row.TakeAsync();
            taking = take;
            take.PipeTo(Self, success: token => new Answer(token, asked, by, null), failure: e => new Answer(null, asked, by, e.Message));
        }
    }

    private void OnAnswer(Answer answer)
    {
        asking = false;
        if (leaving || answer.Trouble is not null || answer.Tenure != tenure)
        {
            return;
        }

        if (answer.Token is not { } token)
        {
            if (HasSeat)
            {
                Lose("another host has it, or one of a newer version is there");
            }

            return;
        }

        deadline = answer.Asked + (long)Lease.TotalMilliseconds;
        if (Environment.TickCount64 > deadline)
        {
            return;
        }

        if (!HasSeat)
        {
            seat = token;
            HostMeter.HasSeat = true;
            log.As(HostEvents.SeatTaken).Info("This host coordinates now, as number {Seat}", seat);
            onSeat(true);
        }

        if (child.IsNobody())
        {
            child = Context.Watch(Context.ActorOf(coordinator(seat), FormattableString.Invariant($"coordinator-{seat}-{++made}")));
        }
    }

    private void Lose(string reason)
    {
        HostMeter.HasSeat = false;
        log.As(HostEvents.SeatLost).Info("This host no longer coordinates: {Reason}", reason);
        seat = 0;
        onSeat(false);
        Context.Stop(child);
        GiveBack();
        row = rowOf(++tenure);
    }

    // Whatever the reason: where the row is this tenure's still, nobody else should have to wait for its end.
    private void GiveBack() => givenBack = Task.WhenAll(givenBack, GiveBackAsync(row, taking));

    // A question that is under way would take it again.
    private static async Task GiveBackAsync(LeaseRow row, Task taking)
    {
        await Task.WhenAny(taking).ConfigureAwait(false);
        await row.ReleaseAsync().ConfigureAwait(false);
    }

    private sealed record Answer(long? Token, long Asked, int Tenure, string? Trouble);

    private sealed class Tick
    {
        public static readonly Tick Instance = new();
    }
}
