using System.Collections.Immutable;
using Fer.Actors.Runs;

namespace Fer.Actors.Sweeps;

/// <summary>A slot of a host in the ledger of devices.</summary>
/// <param name="Name">What it is known by over restarts and reboots: <c>cuda:GPU-5c89852c</c>, <c>cpu:1</c>.</param>
/// <param name="Label">What it is, for people: a GPU's model and UUID.</param>
/// <param name="Facts">What decides bits there.</param>
public sealed record SlotInfo(string Name, string Label, Fingerprint Facts)
{
    /// <summary>Whether it computes nothing but steps that need no network, and so is no slot for a run.</summary>
    public bool IsPlain { get; init; }

    /// <summary>What processes of others have of a GPU's memory, in bytes, while that is so much that the slot takes nothing new.</summary>
    public long? OthersBytes { get; init; }
}

/// <summary>A host as the database knows it.</summary>
/// <param name="Silent">Since its last word, by the database's clock.</param>
public sealed record HostRow(string Name, string Version, ImmutableArray<SlotInfo> Slots, string Address, bool IsDraining, DateTimeOffset Started, TimeSpan Silent)
{
    /// <summary>
    /// <c>there</c> or <c>draining</c>; <c>unheard</c>: words of it are missing, as of one that was just killed, and its steps are its own until its lease is
    /// over; <c>silent</c>: it is over.
    /// </summary>
    /// <param name="lease">A host speaks at least three times in it.</param>
    public string StateAt(TimeSpan lease) => Silent > lease ? "silent" : Silent > lease / 2 ? "unheard" : IsDraining ? "draining" : "there";

    /// <summary>The same of one of its slots: <c>taken</c> where its host is there and others use its GPU.</summary>
    public string StateOf(SlotInfo slot, TimeSpan lease) => StateAt(lease) is var state && state == "there" && slot.OthersBytes is not null ? "taken" : state;

    /// <summary>Those that a run may keep to.</summary>
    public IEnumerable<SlotInfo> RunSlots => Slots.Where(s => !s.IsPlain);
}

/// <summary>What a slot computes, and since when.</summary>
public sealed record SlotUse(string Host, string Device, string Hash, string Step, long Token, DateTimeOffset Claimed, long Position, long Length, string Unit)
{
    /// <summary>The runs that want it, by name.</summary>
    public ImmutableArray<string> Runs { get; init; } = [];
}
