using System.Collections.Immutable;
using Fer.Actors.Hosting;
using Fer.Actors.Runs;

namespace Fer.Actors.Sweeps;

/// <summary>How the kind of slot stands that a sweep's trials keep to.</summary>
internal enum KindIs
{
    There,

    /// <summary>Hosts have it, and others than they use all of it.</summary>
    Taken,

    /// <summary>No host that is there has one.</summary>
    Gone,
}

/// <summary>
/// How many trials each sweep may run. Knows no actor and no clock: it is told who begins, speaks and stops, and when, so that a test can play
/// it. A sweep that stops takes its room along, since its runs go on without it: until it speaks again what it held is nobody else's.
/// </summary>
/// <param name="runsOf">How many runs of a sweep are under way.</param>
internal sealed class SweepRoom(Func<string, int> runsOf)
{
    /// <summary>Before all sweeps have said how they stand, nobody gets room that may be another's; one that cannot say it is not waited for.</summary>
    public static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(20);

    /// <summary>After which a sweep that cannot say how it stands holds no more than its runs: else one that is broken would hold room for ever.</summary>
    public static readonly TimeSpan LongestAway = TimeSpan.FromMinutes(5);

    /// <summary>Trials for each slot: what one waits for, another computes.</summary>
    private const int TrialsASlot = 2;

    private readonly SortedDictionary<string, Sweep> sweeps = new(StringComparer.Ordinal);
    private ILookup<string, Fingerprint> free = Array.Empty<Fingerprint>().ToLookup(f => f.Digest, StringComparer.Ordinal);
    private int room;

    /// <summary>Why trials wait whose kind stands so; null: they need not.</summary>
    public static string? Trouble(KindIs kind) => kind switch
    {
        KindIs.There => null,
        KindIs.Taken => "others use every slot of the kind that its trials keep to (fer.sweep.fingerprint = same; fer hosts shows who): they wait for one",
        _ => "no host that is there has a slot of the kind that its trials keep to (fer.sweep.fingerprint = same): they wait for one",
    };

    /// <param name="shown">Trials that it ran as far as lists know; what it held before is known better.</param>
    /// <param name="now">Milliseconds of a clock that only grows, here and below.</param>
    public void Begins(string id, SweepSpec spec, int shown, long now)
    {
        var before = sweeps.GetValueOrDefault(id);
        sweeps[id] = new Sweep(spec, now) { Owed = before?.Owed ?? shown, SilentSince = before?.SilentSince ?? now, Slot = before?.Slot, Kind = before?.Kind ?? KindIs.There };
    }

    public void Says(SweepIs said)
    {
        if (sweeps.GetValueOrDefault(said.Id) is { IsUp: true } sweep)
        {
            (sweep.Active, sweep.Wants, sweep.Slot, sweep.HasSpoken) = (said.Active, said.Wants, said.Slot, true);
            sweep.Promise.Heard(said.Heard);
        }
    }

    public void Stops(string id, long now)
    {
        if (sweeps.GetValueOrDefault(id) is { IsUp: true } sweep)
        {
            if (sweep.HasSpoken)
            {
                (sweep.Owed, sweep.SilentSince) = (sweep.Promise.Taken(sweep.Active), now);
            }

            (sweep.IsUp, sweep.HasSpoken) = (false, false);
        }
    }

    /// <summary>Of sweeps that have stopped, those that are over hold nothing.</summary>
    public void Live(IReadOnlyCollection<string> live)
    {
        foreach (var id in sweeps.Where(s => !s.Value.IsUp && !live.Contains(s.Key)).Select(s => s.Key).ToList())
        {
            sweeps.Remove(id);
        }
    }

    /// <param name="slots">Of hosts that are there and take steps.</param>
    /// <returns>How the kind of each sweep stands.</returns>
    public IReadOnlyDictionary<string, KindIs> Slots(IReadOnlyCollection<SlotInfo> slots)
    {
        free = slots.Where(s => s.OthersBytes is null).Select(s => s.Facts).ToLookup(f => f.Digest, StringComparer.Ordinal);
        room = slots.Count(s => s.OthersBytes is null) * TrialsASlot;
        foreach (var sweep in sweeps.Values)
        {
            sweep.Kind = sweep.Slot is null || free.Contains(sweep.Slot) ? KindIs.There : slots.Any(s => s.Facts.Digest == sweep.Slot) ? KindIs.Taken : KindIs.Gone;
        }

        return sweeps.ToImmutableSortedDictionary(s => s.Key, s => s.Value.Kind, StringComparer.Ordinal);
    }

    /// <returns>What sweeps are to be told, where that is new.</returns>
    public ImmutableArray<(string Sweep, MayRun Word)> Grant(long now)
    {
        if (sweeps.Values.Any(s => s.IsUp && !s.HasSpoken && now - s.Since < LongestSilence.TotalMilliseconds))
        {
            return [];
        }

        var granted = Admission.Of([.. sweeps.Select(s => new Applicant(s.Key, s.Value.Spec.User, s.Value.Spec.Priority, s.Value.Spec.Share, s.Value.Kind != KindIs.There ? 0 : s.Value.HasSpoken ? s.Value.Active : Held(s.Key, s.Value, now), Wanted(s.Value)))], room);
        var left = room - sweeps.Where(s => s.Value.Kind == KindIs.There).Sum(s => Held(s.Key, s.Value, now));
        var words = ImmutableArray.CreateBuilder<(string, MayRun)>();
        foreach (var (id, sweep) in sweeps.Where(s => s.Value.HasSpoken))
        {
            var taken = Held(id, sweep, now);
            var may = Math.Min(sweep.Active + granted.GetValueOrDefault(id), taken + Math.Max(0, left));
            left -= Math.Max(0, may - taken);
            if (sweep.Promise.Of(may) is { } word)
            {
                words.Add((id, word));
            }
        }

        return words.ToImmutable();
    }

    private int Held(string id, Sweep sweep, long now) => sweep.HasSpoken ? sweep.Promise.Taken(sweep.Active) : now - sweep.SilentSince < LongestAway.TotalMilliseconds ? Math.Max(sweep.Owed, runsOf(id)) : runsOf(id);

    // No more than the slots of its kind can carry.
    private int Wanted(Sweep sweep) => !sweep.HasSpoken || sweep.Kind != KindIs.There ? 0
        : sweep.Slot is { } kind ? Math.Clamp((free[kind].Count() * TrialsASlot) - sweep.Active, 0, sweep.Wants)
        : sweep.Wants;

    private sealed class Sweep(SweepSpec spec, long since)
    {
        public SweepSpec Spec { get; } = spec;

        public long Since { get; } = since;

        public bool IsUp { get; set; } = true;

        public bool HasSpoken { get; set; }

        /// <summary>What it held when it last spoke; counts until it speaks again.</summary>
        public int Owed { get; set; }

        public long SilentSince { get; set; }

        public int Active { get; set; }

        public int Wants { get; set; }

        public string? Slot { get; set; }

        public KindIs Kind { get; set; }

        public RoomPromise Promise { get; } = new();
    }
}
