using Akka.Event;
using Fer.Actors.Devices;
using Fer.Actors.Hosting;
using Fer.Actors.Runs;
using Fer.Actors.Sweeps;

namespace Fer.Actors.Hosts;

/// <summary>What happens on a host, told to whom it concerns: a sentence to whoever watches the host, a line in its log, a count on its meter, a hint to the other hosts.</summary>
internal sealed class HostVoice(HostActorSetup setup, ILoggingAdapter log, EventStream events)
{
    public void Takes(HostSlotNow slot, SlotEffect.Start start) => setup.Say($"{slot.Info.Name} takes {start.Step.Title}");

    public void GivesBack(HostSlotNow slot, ClaimedStep step, string reason) => setup.Say($"{slot.Info.Name} gives {step.Title} back: {reason}");

    /// <summary>A step goes back for a fault of this host's own disk.</summary>
    public void StoreFails(HostSlotNow slot, WorkFault fault) =>
        log.Warning("{Step} on {Device} is given back, because this host's store fails: {Reason}", slot.Machine.Step!.Step.Spec.Name, slot.Info.Name, fault.Message);

    /// <summary>The database took what a slot wrote.</summary>
    public void Accepted() => events.Publish(new SayHint(Hints.Rows));

    /// <summary>A step has ended, as its row says now.</summary>
    public void Ended(HostSlotNow slot, ClaimedStep step, SlotEffect.Write write)
    {
        var failed = write.What is RowWrite.Failed;
        setup.Say($"{slot.Info.Name} {(failed ? "failed at" : "has done")} {step.Title}{(write.What is RowWrite.Failed f ? $": {f.Fault.Message}" : "")}");
        (failed ? (Action<string, string>)HostMeter.Failed : HostMeter.Completed)(step.Step.Spec.Kind, slot.Info.Name);
    }

    /// <summary>The database did not take what a slot wrote.</summary>
    public void Refused(HostSlotNow slot, ClaimedStep step)
    {
        HostMeter.Refused(step.Step.Spec.Kind, slot.Info.Name);
        log.As(HostEvents.WriteRefused).Warning("What {Device} wrote about {Step} is refused: the step is another's", slot.Info.Name, step.Step.Spec.Name);
    }

    /// <summary>A step in hand has become another's.</summary>
    public void LeaseLost(HostSlotNow slot, StepSpec spec)
    {
        HostMeter.LeaseLost(spec.Kind, slot.Info.Name);
        log.As(HostEvents.LeaseLost).Warning("{Step} on {Device} is another's by now: it is dropped here", spec.Name, slot.Info.Name);
    }

    /// <summary>The host takes nothing new from now on, or steps again.</summary>
    public void Drains(bool draining)
    {
        HostMeter.IsDraining = draining;
        log.As(draining ? HostEvents.HostDrains : HostEvents.HostUncordoned).Info("{Member} takes {What}", setup.Name, draining ? "nothing new" : "steps again");
        setup.Say(draining ? "drains: takes nothing new and gives back what it has, saved" : "takes steps again");
    }
}
