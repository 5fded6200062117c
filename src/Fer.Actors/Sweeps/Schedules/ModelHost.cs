using System.Collections.Immutable;
using Fer.Actors.Devices;
using Fer.Actors.Hosts;
using Fer.Actors.Runs;

namespace Fer.Actors.Sweeps.Schedules;

/// <summary>A host in virtual time: the real slots' machines and beat, on a network and a device that fail by chance.</summary>
internal sealed class ModelHost
{
    private const long Timeout = 3000;

    private readonly World world;
    private readonly MemoryStepRows rows;
    private readonly TimeSpan lease;
    private readonly long beat;
    private readonly string[] devices;
    private Slot[] slots = [];
    private BeatWatch watch = null!;
    private bool beating;

    public ModelHost(World world, MemoryStepRows rows, string name, int slotCount, TimeSpan lease, long beat)
    {
        (this.world, this.rows, Name, this.lease, this.beat) = (world, rows, name, lease, beat);
        devices = [.. Enumerable.Range(0, slotCount).Select(i => FormattableString.Invariant($"cpu:{i}"))];
    }

    public string Name { get; }

    /// <summary>Lives that this host had; what is meant for an earlier one is lost.</summary>
    public int Life { get; private set; }

    public bool IsAlive { get; private set; }

    public long StandsUntil { get; set; }

    public long CutOffUntil { get; set; }

    /// <summary>The number that this host coordinates with; 0: it does not.</summary>
    public long Seat { get; private set; }

    private long seatUntil;
    private int tenure;

    public void Start()
    {
        (IsAlive, beating) = (true, false);
        Life++;
        watch = new BeatWatch(lease, world.Now);
        slots = [.. devices.Select(d => new Slot(d))];
        world.Say($"{Name} starts");
        Every(1000, Look);
        Every(beat, Beat);
    }

    public void Kill()
    {
        world.Say($"{Name} is killed");
        IsAlive = false;
        Seat = 0;
    }

    /// <summary>Takes the seat when it is free, and gives it up by its own clock.</summary>
    public void AskForSeat(ModelSeat row, Action<long> onSeat)
    {
        if (Seat > 0 && world.Now > seatUntil)
        {
            Seat = 0;
            tenure++;
        }

        var (asked, mine) = (world.Now, tenure);
        Ask(
            () => row.Take(FormattableString.Invariant($"{Name}.{Life}.{mine}"), world.Now),
            token =>
            {
                if (mine != tenure)
                {
                    return;
                }

                seatUntil = token is null ? 0 : asked + ModelSeat.Lease;
                if (token is null || world.Now > seatUntil)
                {
                    Seat = 0;
                    tenure++;
                }
                else if (Seat != token)
                {
                    Seat = token.Value;
                    world.Say($"{Name} coordinates as {Seat}");
                    onSeat(Seat);
                }
            },
            () => { });
    }

    public void Drain(bool draining)
    {
        foreach (var slot in slots)
        {
            Turn(slot, draining ? slot.Machine.Close() : (slot.Machine.Reopen(), []));
        }
    }

    /// <summary>A worker process of this host dies.</summary>
    public void CrashWorker(int slot)
    {
        if (IsAlive && slots[slot].Work is { } work)
        {
            slots[slot].Work = null;
            Deliver(slots[slot], work.Order, s => s.Machine.Failed(new RowFault("worker-lost", "its process ended", work.Position, null)));
        }
    }

    /// <summary>Does something in this life of the host, when it does not stand still.</summary>
    public void Later(long milliseconds, Action act)
    {
        var life = Life;
        world.After(milliseconds, () => InLife(life, act));
    }

    /// <summary>Asks the store; the question or the answer may be lost, and then nothing is known.</summary>
    public void Ask<T>(Func<T> question, Action<T> answered, Action failed)
    {
        var (life, asked) = (Life, world.Now);
        world.After(Latency(), () =>
        {
            // A question that is under way arrives although the host is dead or stands still by now.
            if (!Reaches())
            {
                world.After(asked + Timeout - world.Now, () => InLife(life, failed));
                return;
            }

            var answer = question();
            world.After(Latency(), () => InLife(life, Reaches() ? () => answered(answer) : failed));
        });
    }

    private bool Reaches() => world.Now >= CutOffUntil && world.Now >= world.StoreDownUntil && world.Chance.Next(200) > 0;

    private long Latency() => world.Chance.Next(20) == 0 ? world.Chance.Next(2500) : world.Chance.Next(1, 30);

    private void InLife(int life, Action act)
    {
        if (!IsAlive || life != Life)
        {
            return;
        }

        if (world.Now < StandsUntil)
        {
            world.After(StandsUntil - world.Now, () => InLife(life, act));
            return;
        }

        act();
    }

    public void Every(long milliseconds, Action act) => Later(world.Chance.NextInt64(1, milliseconds + 1), () => Again(milliseconds, act));

    private void Again(long milliseconds, Action act)
    {
        act();
        Later(milliseconds, () => Again(milliseconds, act));
    }

    private void Look() => Array.ForEach(slots, s => Turn(s, s.Machine.Look()));

    private void Beat()
    {
        (watch, var gap) = watch.Tick(world.Now);
        if (gap)
        {
            Array.ForEach(slots, s => s.Machine = s.Machine.Gap());
        }

        if (beating)
        {
            return;
        }

        beating = true;
        var (held, asked) = (slots.Select(s => s.Machine.Word).OfType<HeldStep>().ToImmutableArray(), world.Now);
        Ask(() => rows.BeatAsync(held).Result, answer => OnBeat(held, asked, answer), () => beating = false);
    }

    private void OnBeat(ImmutableArray<HeldStep> held, long asked, IReadOnlyDictionary<(string Hash, long Token), Held> answer)
    {
        beating = false;
        (watch, var counts) = watch.Heard(asked, world.Now);
        if (!counts)
        {
            Beat();
            return;
        }

        foreach (var word in held)
        {
            if (Array.Find(slots, s => s.Machine.Word is { } w && w.Hash == word.Hash && w.Token == word.Token) is { } slot)
            {
                Turn(slot, slot.Machine.Heard(answer[(word.Hash, word.Token)]));
            }
        }
    }

    private void Turn(Slot slot, (SlotMachine Next, ImmutableArray<SlotEffect> Do) turn)
    {
        var before = slot.Machine;
        slot.Machine = turn.Next;
        foreach (var effect in turn.Do)
        {
            switch (effect)
            {
                case SlotEffect.Claim:
                    Ask(() => rows.ClaimAsync(Name, slot.Device, ["place"], ["chain@1"]).Result, c => Turn(slot, slot.Machine.Claimed(c)), () => Turn(slot, slot.Machine.Claimed(null)));
                    break;
                case SlotEffect.Start start:
                    Begin(slot, start.Step);
                    break;
                case SlotEffect.Stop stop:
                    slot.StopAsked = stop;
                    break;
                case SlotEffect.Write write:
                    Ask(() => rows.WriteAsync(write.Hash, write.Token, write.What).Result, ok => Written(slot, write, ok), () => Written(slot, write, null));
                    break;
            }
        }

        if (before.Step is not null && slot.Machine.Step is null)
        {
            Turn(slot, slot.Machine.Look());
        }
    }

    private void Written(Slot slot, SlotEffect.Write write, bool? ok)
    {
        if (slot.Machine.Step is { } step && step.Step.Hash == write.Hash && step.Token == write.Token)
        {
            Turn(slot, slot.Machine.Written(ok));
        }
    }

    private void Begin(Slot slot, ClaimedStep step)
    {
        var work = Chain.Open(step, world.Chance, out var damaged);
        slot.Work = work;
        slot.StopAsked = null;
        world.Say($"{Name}/{slot.Device} opens {step.Step.Spec.Name} as {step.Token} at {work.Position}");
        Later(world.Chance.Next(50, 400), () =>
        {
            if (damaged is not null)
            {
                Deliver(slot, work.Order, s => s.Machine.FoundDamaged(damaged, "it is cut"));
            }

            Deliver(slot, work.Order, s => s.Machine.Opened(work.Position));
            Advance(slot, work);
        });
    }

    private void Advance(Slot slot, Chain work) => Later(world.Chance.Next(50, 400), () =>
    {
        if (!ReferenceEquals(slot.Work, work))
        {
            return;
        }

        if (slot.StopAsked is { } stop && stop.Order == work.Order)
        {
            slot.Work = null;
            if (stop.Save)
            {
                Deliver(slot, work.Order, s => s.Machine.Saved(work.Save()));
            }

            Deliver(slot, work.Order, s => s.Machine.Stopped());
            return;
        }

        if (world.Chance.Next(60) == 0)
        {
            slot.Work = null;
            Deliver(slot, work.Order, s => s.Machine.Failed(new RowFault(world.Chance.Next(3) == 0 ? "non-finite" : "io", "by chance", work.Position, null)));
            return;
        }

        work.Advance();
        slot.Machine = slot.Machine.Moved(new WorkMoved(work.Order, work.Position, Chain.Length, "links", ImmutableSortedDictionary<string, double>.Empty));
        if (work.Position == Chain.Length)
        {
            slot.Work = null;
            Deliver(slot, work.Order, s => s.Machine.Done(new WorkDone(work.Order, work.Files(), ImmutableSortedDictionary<string, double>.Empty)));
            return;
        }

        if (work.Position % 3 == 0)
        {
            Deliver(slot, work.Order, s => s.Machine.Saved(work.Save()));
        }

        Advance(slot, work);
    });

    private void Deliver(Slot slot, string order, Func<Slot, (SlotMachine, ImmutableArray<SlotEffect>)> turn)
    {
        if (slot.Machine.Order == order)
        {
            Turn(slot, turn(slot));
        }
    }

    private sealed class Slot(string device)
    {
        public string Device { get; } = device;

        public SlotMachine Machine { get; set; } = new();

        public Chain? Work { get; set; }

        public SlotEffect.Stop? StopAsked { get; set; }
    }
}
