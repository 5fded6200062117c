using System.Collections.Immutable;
using Akka.Actor;
using Fer.Actors.Artifacts;
using Fer.Actors.Jobs;
using Fer.Actors.Sweeps;
using Fer.Models;

namespace Fer.Actors.Hosts;

/// <summary>To a host: what came of a claim.</summary>
/// <param name="Trouble">The store could not be asked.</param>
internal sealed record ClaimAnswer(HostSlotNow Slot, ClaimedStep? Step, string? Trouble);

/// <summary>To a host: what a step needs is here.</summary>
/// <param name="WhyNot">Null: it is; else why the step cannot begin on this host now.</param>
internal sealed record Fetched(HostSlotNow Slot, ClaimedStep Step, string? WhyNot);

/// <summary>To a host: what came of a write.</summary>
/// <param name="Accepted">Null: the store could not be reached, and nothing is known.</param>
internal sealed record WriteAnswer(HostSlotNow Slot, SlotEffect.Write Write, bool? Accepted, string? Trouble);

/// <summary>To a host: what came of a beat.</summary>
/// <param name="Asked">When, by the clock that never goes back.</param>
/// <param name="News">Slots that were said anew.</param>
/// <param name="Draining">Whether it is to take nothing new; null: its name is another process's now.</param>
internal sealed record BeatAnswer(long Asked, ImmutableArray<HeldStep> Sent, ImmutableArray<SlotInfo> News, IReadOnlyDictionary<(string Hash, long Token), Held> Held, bool? Draining, string? Trouble)
{
    /// <summary>Why this host may not go on: what has become of the database is nothing that it understands.</summary>
    public string? Refused { get; init; }
}

/// <summary>A host's dealings with rows and other hosts' artifacts. Each is answered by a message, whatever becomes of it.</summary>
internal sealed class HostHands(HostActorSetup setup, IActorRef host)
{
    private readonly ImmutableArray<string> kinds = [.. JobRegistry.Kinds.Select(k => RowSpec.KindOf(k.Kind, k.Version))];

    /// <param name="except">Steps that are not to be taken now.</param>
    public void Claim(HostSlotNow slot, IReadOnlyCollection<string> except) => setup.Steps.ClaimAsync(setup.Name, slot.Info.Name, slot.Places, kinds, except)
        .PipeTo(host, success: c => new ClaimAnswer(slot, c, null), failure: e => new ClaimAnswer(slot, null, e.Message));

    public void Write(HostSlotNow slot, SlotEffect.Write write) => WriteAsync(write)
        .PipeTo(host, success: ok => new WriteAnswer(slot, write, ok, null), failure: e => new WriteAnswer(slot, write, null, e.Message));

    /// <summary>Brings what a step needs where hosts have no folder in common. What is lost for good the step itself finds missing, and says so.</summary>
    public void Fetch(HostSlotNow slot, ClaimedStep step) => FetchAsync(step)
        .PipeTo(host, success: why => new Fetched(slot, step, why), failure: e => new Fetched(slot, step, $"what it needs cannot be brought here: {e.Message}"));

    /// <summary>Says that the host is there, and where the steps that it holds are.</summary>
    /// <param name="news">All its slots, where they have changed since they were last said.</param>
    public void Beat(ImmutableArray<HeldStep> held, ImmutableArray<SlotInfo> news)
    {
        var asked = Environment.TickCount64;
        BeatAsync(held, news).PipeTo(host, success: a => new BeatAnswer(asked, held, news, a.Held, a.Draining, null) { Refused = a.Refused }, failure: e => new BeatAnswer(asked, held, [], ImmutableDictionary<(string Hash, long Token), Held>.Empty, false, e.Message));
    }

    private async Task<(IReadOnlyDictionary<(string Hash, long Token), Held> Held, bool? Draining, string? Refused)> BeatAsync(ImmutableArray<HeldStep> held, ImmutableArray<SlotInfo> news)
    {
        var kept = await setup.Steps.BeatAsync(held).ConfigureAwait(false);
        try
        {
            var draining = await setup.Hosts.BeatAsync(setup.Name, setup.Incarnation, setup.Address()).ConfigureAwait(false);
            if (!news.IsEmpty)
            {
                await setup.Hosts.SaySlotsAsync(setup.Name, setup.Incarnation, news).ConfigureAwait(false);
            }

            return (kept, draining, null);
        }
        catch (BadInputException e)
        {
            return (kept, false, e.Message);
        }
    }

    private async Task<string?> FetchAsync(ClaimedStep step)
    {
        if (setup.Sharing is not { Fetch: var fetch })
        {
            return null;
        }

        // It goes on from the newest checkpoint that is whole.
        var missing = await fetch.EnsureAsync([.. step.Step.Spec.Inputs.Values, .. step.Checkpoints.TakeLast(1).Select(c => c.Artifact)], CancellationToken.None).ConfigureAwait(false);
        foreach (var older in step.Checkpoints.Reverse().Skip(1).Where(_ => missing.ContainsKey(step.Checkpoints[^1].Artifact)))
        {
            missing = missing.SetItems(await fetch.EnsureAsync([older.Artifact], CancellationToken.None).ConfigureAwait(false));
        }

        var unasked = missing.Values.Where(m => m.What == Found.Unknown).SelectMany(m => m.Unasked).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        return unasked.Count == 0 ? null : $"what it needs may be with {string.Join(" and ", unasked)}, which cannot be asked now";
    }

    // A copy lies elsewhere before a row names the original: this host may be gone for good the moment after.
    private Task<bool> WriteAsync(SlotEffect.Write write)
    {
        ImmutableArray<string> named = write.What switch
        {
            RowWrite.Saved s => [.. s.Checkpoints.Select(c => c.Artifact)],
            RowWrite.Done d => [.. d.Files.Values],
            _ => [],
        };
        Task<bool> Row() => setup.Steps.WriteAsync(write.Hash, write.Token, write.What);
        return setup.Sharing is { } sharing && !named.IsEmpty ? sharing.Spread.NamingAsync(named, Row) : Row();
    }
}
