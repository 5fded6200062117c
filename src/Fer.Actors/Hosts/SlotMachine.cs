using System.Collections.Immutable;
using Fer.Actors.Devices;
using Fer.Actors.Runs;
using Fer.Actors.Sweeps;

namespace Fer.Actors.Hosts;

internal enum SlotPhase
{
    /// <summary>Nothing to do.</summary>
    Free,

    /// <summary>The store is asked for a step.</summary>
    Claiming,

    /// <summary>The device computes a step.</summary>
    Carrying,

    /// <summary>The device was asked to stop; the step goes back to the store.</summary>
    GivingBack,

    /// <summary>The device was asked to stop; the step is another's already, and nothing is written.</summary>
    Dropping,

    /// <summary>The device has ended; the last word is not in the store yet.</summary>
    Ending,
}

/// <summary>What a slot asks of the world outside.</summary>
internal abstract record SlotEffect
{
    public sealed record Claim : SlotEffect;

    public sealed record Start(ClaimedStep Step) : SlotEffect;

    public sealed record Stop(string Order, bool Save) : SlotEffect;

    public sealed record Write(string Hash, long Token, RowWrite What) : SlotEffect;
}

/// <summary>
/// One slot of a host: claims a step, has the device compute it, and writes down what becomes of it. Pure: what happens is a method that
/// gives the next state and what to do. While the store cannot be reached it computes on and keeps its words; after a gap in which it may
/// have been given up for dead it says nothing before it has heard that the step is still its own.
/// </summary>
internal sealed record SlotMachine
{
    public SlotPhase Phase { get; init; } = SlotPhase.Free;

    public ClaimedStep? Step { get; init; }

    /// <summary>Takes nothing new.</summary>
    public bool IsClosed { get; init; }

    /// <summary>Whether the step is still this slot's is not known.</summary>
    public bool Doubts { get; init; }

    /// <summary>Not in the store yet, in order; the first may be on its way.</summary>
    public ImmutableList<RowWrite> Unwritten { get; init; } = [];

    public bool IsWriting { get; init; }

    public long Position { get; init; }

    public long Length { get; init; }

    public string Unit { get; init; } = "";

    private ImmutableArray<CheckpointRef> Checkpoints { get; init; } = [];

    private ImmutableArray<DamagedCheckpoint> Damaged { get; init; } = [];

    /// <summary>Name of the try towards the device.</summary>
    public string Order => Step is null ? "" : OrderOf(Step);

    public HeldStep? Word => Step is null ? null : new HeldStep(Step.Step.Hash, Step.Token, Position, Length, Unit);

    public static string OrderOf(ClaimedStep step) => FormattableString.Invariant($"{step.Step.Hash}.{step.Token}");

    /// <summary>There may be work.</summary>
    public (SlotMachine Next, ImmutableArray<SlotEffect> Do) Look() => Phase == SlotPhase.Free && !IsClosed
        ? (this with { Phase = SlotPhase.Claiming }, [new SlotEffect.Claim()])
        : (this, []);

    /// <summary>What the store said to a claim; null: nothing to do, or it could not be asked. A claim whose answer was lost comes back with the next.</summary>
    public (SlotMachine Next, ImmutableArray<SlotEffect> Do) Claimed(ClaimedStep? step)
    {
        if (step is null)
        {
            return (this with { Phase = SlotPhase.Free }, []);
        }

        var taken = this with { Step = step, Checkpoints = step.Checkpoints, Damaged = [], Unwritten = [], IsWriting = false, Doubts = false, Position = 0, Length = 0, Unit = "" };
        return IsClosed
            ? (taken with { Phase = SlotPhase.Ending }).Say(new RowWrite.Released())
            : (taken with { Phase = SlotPhase.Carrying }, [new SlotEffect.Start(step)]);
    }

    public (SlotMachine Next, ImmutableArray<SlotEffect> Do) FoundDamaged(string artifact, string reason) =>
        (this with { Damaged = Damaged.Add(new DamagedCheckpoint(artifact, reason)), Checkpoints = Checkpoints.RemoveAll(c => c.Artifact == artifact) }, []);

    public (SlotMachine Next, ImmutableArray<SlotEffect> Do) Opened(long from) => (this with { Position = from }).Say(new RowWrite.Opened(from, Damaged));

    public SlotMachine Moved(WorkMoved m) => this with { Position = m.Position, Length = m.Length, Unit = m.Unit };

    /// <summary>The newest two are kept: one that turns out damaged has one before it.</summary>
    public (SlotMachine Next, ImmutableArray<SlotEffect> Do) Saved(CheckpointRef checkpoint)
    {
        var kept = this with { Checkpoints = [.. Checkpoints.TakeLast(1), checkpoint] };
        return kept.Say(new RowWrite.Saved(kept.Checkpoints));
    }

    public (SlotMachine Next, ImmutableArray<SlotEffect> Do) Done(WorkDone done) => EndWith(new RowWrite.Done(done.Files, done.Figures));

    public (SlotMachine Next, ImmutableArray<SlotEffect> Do) Failed(RowFault fault) => EndWith(new RowWrite.Failed(fault));

    /// <summary>The device did as asked.</summary>
    public (SlotMachine Next, ImmutableArray<SlotEffect> Do) Stopped() => EndWith(new RowWrite.Released());

    /// <summary>A write was answered.</summary>
    /// <param name="accepted">False: the number is another's now; null: the store could not be reached, and nothing is known.</param>
    public (SlotMachine Next, ImmutableArray<SlotEffect> Do) Written(bool? accepted)
    {
        if (accepted is null || Unwritten.IsEmpty)
        {
            return (this with { IsWriting = false }, []);
        }

        return accepted.Value ? (this with { IsWriting = false, Unwritten = Unwritten.RemoveAt(0) }).Flush() : Taken();
    }

    /// <summary>A beat was answered.</summary>
    public (SlotMachine Next, ImmutableArray<SlotEffect> Do) Heard(Held held) => held switch
    {
        // A last word on its way ends the holding by itself: the store may have answered the beat after it.
        _ when Phase is SlotPhase.Free or SlotPhase.Claiming or SlotPhase.Dropping => (this, []),
        Held.Taken when IsWriting => (this with { Doubts = false }, []),
        Held.Taken => Taken(),
        Held.Unwanted when Phase == SlotPhase.Carrying => (this with { Doubts = false }).GiveBack(),
        _ => (this with { Doubts = false }).Flush(),
    };

    /// <summary>The process stood still, or the store was silent, for so long that others may have been let to the step.</summary>
    public SlotMachine Gap() => this with { Doubts = Step is not null };

    /// <summary>Takes nothing new, and gives back what it has, saved.</summary>
    public (SlotMachine Next, ImmutableArray<SlotEffect> Do) Close() => Phase == SlotPhase.Carrying ? (this with { IsClosed = true }).GiveBack() : (this with { IsClosed = true }, []);

    public SlotMachine Reopen() => this with { IsClosed = false };

    private (SlotMachine Next, ImmutableArray<SlotEffect> Do) GiveBack() => (this with { Phase = SlotPhase.GivingBack }, [new SlotEffect.Stop(Order, Save: true)]);

    private (SlotMachine Next, ImmutableArray<SlotEffect> Do) EndWith(RowWrite last) => Phase switch
    {
        SlotPhase.Carrying or SlotPhase.GivingBack => (this with { Phase = SlotPhase.Ending }).Say(last),
        SlotPhase.Dropping => (Empty(), []),
        _ => (this, []),
    };

    private (SlotMachine Next, ImmutableArray<SlotEffect> Do) Taken() => Phase is SlotPhase.Carrying or SlotPhase.GivingBack
        ? (this with { Phase = SlotPhase.Dropping, Unwritten = [], IsWriting = false, Doubts = false }, [new SlotEffect.Stop(Order, Save: false)])
        : (Empty(), []);

    // Of checkpoints that wait only the newest list matters.
    private (SlotMachine Next, ImmutableArray<SlotEffect> Do) Say(RowWrite write)
    {
        var from = IsWriting ? 1 : 0;
        var waiting = write is RowWrite.Saved && Unwritten.Count > from && Unwritten[^1] is RowWrite.Saved ? Unwritten.RemoveAt(Unwritten.Count - 1) : Unwritten;
        return (this with { Unwritten = waiting.Add(write) }).Flush();
    }

    private (SlotMachine Next, ImmutableArray<SlotEffect> Do) Flush()
    {
        if (Unwritten.IsEmpty)
        {
            return (Phase == SlotPhase.Ending ? Empty() : this, []);
        }

        return IsWriting || Doubts
            ? (this, [])
            : (this with { IsWriting = true }, [new SlotEffect.Write(Step!.Step.Hash, Step.Token, Unwritten[0])]);
    }

    private SlotMachine Empty() => new() { IsClosed = IsClosed };
}
