using System.Collections.Immutable;
using Fer.Actors.Runs;
using Fer.Models;

#pragma warning disable CA1716 // V1 reads as what it is
namespace Fer.Actors.Sweeps.V1;

/// <summary>
/// A fact in a sweep's journal. As with a run's events: records here never change once released. <see cref="At"/> is UTC and decides nothing.
/// </summary>
public interface ISweepEvent
{
    DateTimeOffset At { get; }
}

/// <summary>A sweep exists.</summary>
/// <param name="Spec">All that decides its trials (<see cref="SweepSpec"/>), as JSON.</param>
public sealed record SweepStarted(DateTimeOffset At, string SweepId, string Spec, string Version) : ISweepEvent;

/// <summary>A coordinator took the sweep; each incarnation's first event.</summary>
public sealed record SweepClaimed(DateTimeOffset At, long Number, string Host, int ProcessId) : ISweepEvent
{
    /// <summary>There is an address that is to be told of the sweep from here on, whichever host coordinates. Journals of before it was said do not have it.</summary>
    [OmittedAt(false)]
    public bool IsHeard { get; init; }
}

/// <summary>All trials keep to one kind of slot, chosen when the first was handed over.</summary>
/// <param name="Slot">What decides bits there.</param>
public sealed record SweepPinned(DateTimeOffset At, Fingerprint Slot) : ISweepEvent;

/// <summary>The sampler chose where to look next.</summary>
public sealed record TrialPlanned(DateTimeOffset At, int Trial, ImmutableSortedDictionary<string, string> Values) : ISweepEvent;

/// <summary>A trial said how it is doing at a rung, in the objective's own direction.</summary>
public sealed record TrialReported(DateTimeOffset At, int Trial, int Rung, double Value) : ISweepEvent;

/// <summary>What the pruner said of a trial at a rung: <c>wait</c>, <c>go-on</c> (after a wait) or <c>end</c>.</summary>
public sealed record TrialJudged(DateTimeOffset At, int Trial, int Rung, string Answer) : ISweepEvent;

/// <summary>A trial is over: <c>completed</c>, <c>pruned</c>, <c>failed</c> or <c>cancelled</c>.</summary>
/// <param name="Value">The objective; null where it has none.</param>
/// <param name="DeviceSeconds">How long slots were busy with it; steps that another had made cost nothing, nor does what counts for another trial (<see cref="TriesCounted"/>).</param>
public sealed record TrialEnded(DateTimeOffset At, int Trial, int Attempt, string Status, double? Value, string Reason, double DeviceSeconds) : ISweepEvent
{
    /// <summary>So many steps of its run were done. Journals of before it was counted do not have it.</summary>
    [OmittedAt(0)]
    public int Steps { get; init; }

    /// <summary>Of which so many were there already, made for another run or step.</summary>
    [OmittedAt(0)]
    public int Reused { get; init; }
}

/// <summary>What the next <see cref="TrialEnded"/> or <see cref="TrialRetried"/> counts as device time: no other trial that waited for the same tries counts them, too.</summary>
/// <param name="Seconds">Try (start of the step's hash, number) → seconds that were not counted before.</param>
public sealed record TriesCounted(DateTimeOffset At, int Trial, ImmutableSortedDictionary<string, double> Seconds) : ISweepEvent;

/// <summary>A trial that failed is tried again, as a run of its own.</summary>
/// <param name="By"><c>user</c> or <c>policy</c>.</param>
/// <param name="DeviceSeconds">How long slots were busy with the attempt before, where no <see cref="TrialEnded"/> has said so.</param>
public sealed record TrialRetried(DateTimeOffset At, int Trial, int Attempt, string By, string Reason, double DeviceSeconds) : ISweepEvent;

/// <summary>A trial that stood with its sweep, is tried again by a person, or failed while it waited, has got room: its run goes on.</summary>
public sealed record TrialLetOn(DateTimeOffset At, int Trial) : ISweepEvent;

/// <summary>All trials stand. After <see cref="SweepResumed"/> each goes on when there is room for it (<see cref="TrialLetOn"/>).</summary>
public sealed record SweepPaused(DateTimeOffset At, string Reason) : ISweepEvent;

/// <summary>The sweep goes on.</summary>
public sealed record SweepResumed(DateTimeOffset At) : ISweepEvent
{
    /// <summary>Each trial is let on by a <see cref="TrialLetOn"/> of its own. Journals of before there was one do not have it: there all went on at once.</summary>
    [OmittedAt(false)]
    public bool OneByOne { get; init; }
}

/// <summary>No further trial is planned; those that run go to their end.</summary>
/// <param name="Because"><c>trials</c>, <c>device-hours</c> or <c>exhausted</c>: which limit it was.</param>
public sealed record SweepFilled(DateTimeOffset At, string Because) : ISweepEvent;

/// <summary>Trials are on and none has come forward for <see cref="SweepSpec.StalledAfter"/>; written once until one does, or another coordinator watches.</summary>
public sealed record SweepStalled(DateTimeOffset At, DateTimeOffset Since) : ISweepEvent;

/// <summary>The webhook has taken a message, or nobody tries any more: <c>told</c> or <c>given-up</c>.</summary>
/// <param name="Id">Of the message (<see cref="HookMessage"/>).</param>
/// <param name="Reason">What was the matter at the last try; empty where it was told.</param>
public sealed record WebhookTold(DateTimeOffset At, string Id, string Outcome, int Tries, string Reason) : ISweepEvent;

public sealed record SweepCancelled(DateTimeOffset At) : ISweepEvent;

public sealed record SweepCompleted(DateTimeOffset At, int? Best, double? Value) : ISweepEvent;
