using System.Collections.Immutable;
using Akka.Actor;
using Fer.Actors.Devices;
using Fer.Actors.Hosting;
using Fer.Actors.Sweeps;

namespace Fer.Actors.Hosts;

/// <summary>
/// The slots of a host, for its actor and on its thread: each claims steps and has its device compute them (<see cref="SlotMachine"/> says how),
/// unless it has no worker, others use its GPU, it rests, or the host takes nothing new.
/// </summary>
/// <param name="takesNew">Whether the host takes new steps at first.</param>
/// <param name="freed">Called whenever a slot has become free, before it claims again.</param>
internal sealed class SlotsAtWork(HostActorSetup setup, ImmutableArray<HostSlotNow> slots, IActorRef gpus, IActorRef host, bool takesNew, Action freed, HostHands hands, HostVoice voice)
{
    private readonly GivenBack givenBack = new();
    private bool takesNew = takesNew;

    /// <summary>No slot holds a step, or asks for one.</summary>
    public bool AreFree => slots.All(s => s.Machine.Phase == SlotPhase.Free);

    /// <summary>What they are, as other hosts should know.</summary>
    public ImmutableArray<SlotInfo> Infos => [.. slots.Select(s => s.Info)];

    /// <summary>The steps in hand.</summary>
    public ImmutableArray<HeldStep> Held => [.. slots.Select(s => s.Machine.Word).OfType<HeldStep>()];

    public void Look() => slots.Where(s => s.IsOurs && s.RestsUntil <= Environment.TickCount64).ToList().ForEach(s => Turn(s, s.Machine.Look()));

    // A slot without a worker would hold a step, and compute nothing.
    public void OnWorker(IActorRef pool, HasWorker worker)
    {
        var slot = slots.First(s => s.Pool.Equals(pool));
        gpus.Tell(new WorkerOnGpu(slot.Info.Name, worker.Process));
        slot.HasWorker = worker.Value;
        Gate(slot);
    }

    // What it computes goes on: only what is new would get in the others' way.
    public void OnOthers(GpuOthers others)
    {
        var slot = slots.First(s => s.Info.Name == others.Device);
        slot.IsOurs = others.Bytes is null;
        slot.Info = slot.Info with { OthersBytes = others.Bytes };
        Look();
    }

    /// <summary>Whether the host takes new steps from now on; what it has is given back where it does not.</summary>
    public void Gate(bool takes)
    {
        takesNew = takes;
        foreach (var slot in slots)
        {
            Gate(slot);
        }
    }

    private void Gate(HostSlotNow slot)
    {
        var open = slot.HasWorker && takesNew;
        Turn(slot, open ? (slot.Machine.Reopen(), []) : slot.Machine.Close());
        if (open)
        {
            Look();
        }
    }

    public void On(string order, Func<HostSlotNow, (SlotMachine, ImmutableArray<SlotEffect>)> turn)
    {
        if (slots.FirstOrDefault(s => s.Machine.Order == order) is { } slot)
        {
            Turn(slot, turn(slot));
        }
    }

    private void Turn(HostSlotNow slot, (SlotMachine Next, ImmutableArray<SlotEffect> Do) turn)
    {
        var before = slot.Machine;
        slot.Machine = turn.Next;
        foreach (var effect in turn.Do)
        {
            Do(slot, effect);
        }

        if (before.Step is not null && slot.Machine.Step is null)
        {
            freed();
            Look();
        }
    }

    private void Do(HostSlotNow slot, SlotEffect effect)
    {
        switch (effect)
        {
            case SlotEffect.Claim:
                hands.Claim(slot, givenBack.Now(Environment.TickCount64));
                break;
            case SlotEffect.Start start:
                voice.Takes(slot, start);
                hands.Fetch(slot, start.Step);
                break;
            case SlotEffect.Stop stop:
                slot.Pool.Tell(new Unplace(stop.Order, stop.Save));
                break;
            case SlotEffect.Write write:
                hands.Write(slot, write);
                break;
        }
    }

    public void OnFetched(Fetched fetched)
    {
        var (slot, step) = (fetched.Slot, fetched.Step);
        if (slot.Machine.Phase != SlotPhase.Carrying || slot.Machine.Order != SlotMachine.OrderOf(step))
        {
            return;
        }

        if (fetched.WhyNot is { } reason)
        {
            GiveBack(slot, reason);
        }
        else
        {
            Start(slot, step);
        }
    }

    // No fault of the step: another host may have what this one lacks, or room for it.
    private void GiveBack(HostSlotNow slot, string reason)
    {
        var step = slot.Machine.Step!;
        voice.GivesBack(slot, step, reason);
        givenBack.Add(step.Step.Hash, Environment.TickCount64);
        Turn(slot, slot.Machine.Stopped());
    }

    private void Start(HostSlotNow slot, ClaimedStep step)
    {
        gpus.Tell(new ComputesOnGpu(slot.Info.Name));
        var spec = step.Step;
        slot.Pool.Tell(new Place(
            new StepOrder(SlotMachine.OrderOf(step), "", spec.Spec, setup.Store, [.. step.Checkpoints.Reverse()], step.Adjustments, spec.Precision, spec.CheckpointEvery, spec.CheckpointSteps), 0, host));
    }

    public void OnFault(WorkFault fault)
    {
        // A disk that is this host's alone is no reason to use up the tries of a step.
        if (fault.Fault == "io" && setup.Sharing is not null && slots.FirstOrDefault(s => s.Machine.Order == fault.Order && s.Machine.Phase == SlotPhase.Carrying) is { } slot)
        {
            voice.StoreFails(slot, fault);
            GiveBack(slot, fault.Message);
            return;
        }

        On(fault.Order, s => s.Machine.Failed(new RowFault(fault.Fault, fault.Message, fault.Position, fault.Artifact)));
    }

    public void OnClaimed(ClaimAnswer answer)
    {
        if (answer.Step is { } step)
        {
            HostMeter.Claimed(step.Step.Spec.Kind, answer.Slot.Info.Name);
        }

        Turn(answer.Slot, answer.Slot.Machine.Claimed(answer.Step));
    }

    public void OnWritten(WriteAnswer answer)
    {
        var (slot, write) = (answer.Slot, answer.Write);
        if (slot.Machine.Step is not { } step || step.Step.Hash != write.Hash || step.Token != write.Token)
        {
            return;
        }

        if (answer.Accepted == false)
        {
            voice.Refused(slot, step);
        }
        else if (answer.Accepted == true)
        {
            voice.Accepted();
            if (write.What is RowWrite.Done or RowWrite.Failed)
            {
                slot.Rest(write.What is RowWrite.Failed);
                voice.Ended(slot, step, write);
            }
        }

        Turn(slot, slot.Machine.Written(answer.Accepted));
    }

    /// <summary>The host stood still, or heard nothing of the database, for so long that its steps may be others'.</summary>
    public void Gap()
    {
        foreach (var slot in slots)
        {
            slot.Machine = slot.Machine.Gap();
        }
    }

    /// <summary>A beat was answered.</summary>
    public void OnHeld(HeldStep word, Held held)
    {
        if (slots.FirstOrDefault(s => s.Machine.Word is { } w && w.Hash == word.Hash && w.Token == word.Token) is { } slot)
        {
            if (held == Sweeps.Held.Taken && !slot.Machine.IsWriting)
            {
                voice.LeaseLost(slot, slot.Machine.Step!.Step.Spec);
            }

            Turn(slot, slot.Machine.Heard(held));
        }
    }
}
