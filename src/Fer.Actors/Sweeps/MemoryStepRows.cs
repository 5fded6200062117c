using System.Collections.Immutable;

namespace Fer.Actors.Sweeps;

/// <summary>
/// Steps as rows in memory, on a clock that is given: what <see cref="PostgresStepRows"/> promises, and the same tests hold both to it. For
/// one process that computes alone, and for schedules in virtual time. Rows are a projection of journals; what must outlive them is kept
/// elsewhere (<see cref="LastingSteps"/>).
/// </summary>
/// <param name="seat">The coordinator's number now.</param>
/// <param name="lasting">What earlier lives of this process knew, and where this one leaves it; null: nothing is kept.</param>
internal sealed class MemoryStepRows(Func<TimeSpan> clock, TimeSpan lease, Func<long> seat, LastingSteps? lasting = null) : IStepRows
{
    private readonly Lock one = new();
    private readonly SortedDictionary<string, MemoryStep> rows = new(StringComparer.Ordinal);
    private readonly StepWants wants = new();
    private long created;

    /// <summary>Told of every result that is accepted.</summary>
    public Action<string, ImmutableSortedDictionary<string, string>> OnDone { get; set; } = (_, _) => { };

    /// <summary>Told of every write that is accepted: of which step, by which number, and whose the step is.</summary>
    public Action<string, long, long> OnWrite { get; set; } = (_, _, _) => { };

    public async Task<bool> WantAsync(long number, ImmutableArray<Wanted> wanted)
    {
        var known = lasting is null ? null : await lasting.FindAsync(wanted.Select(w => w.Step.Hash)).ConfigureAwait(false);
        lock (one)
        {
            if (number != seat())
            {
                return false;
            }

            foreach (var w in wanted)
            {
                Want(w, known?.GetValueOrDefault(w.Step.Hash));
            }

            return true;
        }
    }

    private void Want(Wanted w, LastingStep? known)
    {
        if (!rows.TryGetValue(w.Step.Hash, out var row))
        {
            rows.Add(w.Step.Hash, row = new MemoryStep(w, ++created, known));
        }

        row.Want(w);
        wants.Add(w.Step.Hash, w.Run, row.State == RowState.Done, !row.WasMadeFor(w.Run));
    }

    public Task UnwantAsync(long number, string run, ImmutableArray<string> hashes)
    {
        lock (one)
        {
            foreach (var hash in number == seat() ? hashes : [])
            {
                Unwant(run, hash);
            }
        }

        return Task.CompletedTask;
    }

    public Task ForgetAsync(long number, string run)
    {
        lock (one)
        {
            foreach (var hash in number == seat() ? wants.Hashes : [])
            {
                Unwant(run, hash);
            }
        }

        return Task.CompletedTask;
    }

    // What is kept elsewhere need not fill the memory of a process that lives for months.
    private void Unwant(string run, string hash)
    {
        if (wants.Remove(hash, run) && lasting is not null && rows[hash].State == RowState.Done)
        {
            rows.Remove(hash);
        }
    }

    public Task<ImmutableArray<SeenStep>> LookAsync()
    {
        lock (one)
        {
            return Task.FromResult(wants.All.Select(w => (w.Run, w.WasThere, Row: rows[w.Hash])).Where(k => k.Row.IsSeen).Select(k => k.Row.SeenBy(k.Run, k.WasThere)).ToImmutableArray());
        }
    }

    public async Task<ClaimedStep?> ClaimAsync(string host, string device, IReadOnlyCollection<string> places, IReadOnlyCollection<string> kinds, IReadOnlyCollection<string>? except = null)
    {
        ClaimedStep? claimed;
        lock (one)
        {
            claimed = Claim(host, device, places, kinds, except ?? []);
        }

        if (claimed is not null && lasting is not null)
        {
            await lasting.ClaimedAsync(claimed.Step.Hash, claimed.Token).ConfigureAwait(false);
        }

        return claimed;
    }

    private ClaimedStep? Claim(string host, string device, IReadOnlyCollection<string> places, IReadOnlyCollection<string> kinds, IReadOnlyCollection<string> except)
    {
        var now = clock();
        foreach (var row in rows.Values.Where(r => r.IsHopeless(now)))
        {
            row.GiveUp();
        }

        foreach (var row in rows.Values.Where(r => Mine(r) && !(places.Contains(r.Spec.Place) && kinds.Contains(r.Spec.Kind) && wants.IsWanted(r.Spec.Hash))))
        {
            row.Release();
        }

        bool Mine(MemoryStep r) => r.IsOf(host, device);
        var next = rows.Values
            .Where(r => r.State == RowState.Open || r.IsSilent(now) || Mine(r))
            .Where(r => places.Contains(r.Spec.Place) && kinds.Contains(r.Spec.Kind) && wants.IsWanted(r.Spec.Hash) && (Mine(r) || !except.Contains(r.Spec.Hash)))
            .OrderByDescending(Mine).ThenByDescending(r => r.Priority).ThenBy(r => r.Created).FirstOrDefault();
        if (next is null)
        {
            return null;
        }

        if (rows.Values.Any(r => r != next && Mine(r)))
        {
            throw new InvalidOperationException($"{host}/{device} would have two running rows.");
        }

        var wanting = wants.RunsOf(next.Spec.Hash);
        return next.Claim(host, device, now, lease) with { Run = wanting[0], Runs = wanting.Length };
    }

    public Task<IReadOnlyDictionary<(string Hash, long Token), Held>> BeatAsync(ImmutableArray<HeldStep> held)
    {
        lock (one)
        {
            return Task.FromResult<IReadOnlyDictionary<(string Hash, long Token), Held>>(held.ToDictionary(h => (h.Hash, h.Token), Beat));
        }
    }

    private Held Beat(HeldStep h)
    {
        if (Mine(h.Hash, h.Token) is not { } row)
        {
            return Held.Taken;
        }

        row.Beat(h, clock() + lease);
        return wants.IsWanted(h.Hash) ? Held.Kept : Held.Unwanted;
    }

    public async Task<bool> WriteAsync(string hash, long token, RowWrite write)
    {
        StepResult? result;
        lock (one)
        {
            if (!Write(hash, token, write))
            {
                return false;
            }

            result = write is RowWrite.Done ? rows[hash].ResultFor(wants.RunsOf(hash)) : null;
        }

        if (result is not null && lasting is not null)
        {
            await lasting.DoneAsync(hash, token, result).ConfigureAwait(false);
        }

        return true;
    }

    private bool Write(string hash, long token, RowWrite write)
    {
        if (Mine(hash, token) is not { } row)
        {
            return false;
        }

        OnWrite(hash, token, row.Token);
        row.Write(write, clock() + lease);
        if (write is RowWrite.Done d)
        {
            OnDone(hash, d.Files);
        }

        return true;
    }

    public async Task<ImmutableArray<string>> UnreferredAsync(ImmutableArray<string> artifacts)
    {
        var free = lasting is null ? artifacts : await lasting.UnreferredAsync(artifacts).ConfigureAwait(false);
        lock (one)
        {
            return free.RemoveAll(a => rows.Values.Any(r => r.RefersTo(a)));
        }
    }

    public Task ExpireAsync(string host, TimeSpan silent)
    {
        lock (one)
        {
            foreach (var row in rows.Values.Where(r => r.State == RowState.Running && r.Host == host))
            {
                row.Expire(clock());
            }
        }

        return Task.CompletedTask;
    }

    /// <summary>Which slot holds which step.</summary>
    /// <param name="at">The moment by a clock that others have, too.</param>
    public ImmutableArray<SlotUse> Uses(DateTimeOffset at)
    {
        lock (one)
        {
            return [.. rows.Values.Where(r => r.State == RowState.Running).OrderBy(r => r.Device, StringComparer.Ordinal)
                .Select(r => r.Use(at, clock(), wants.RunsOf(r.Spec.Hash)))];
        }
    }

    private MemoryStep? Mine(string hash, long token) => rows.GetValueOrDefault(hash) is { State: RowState.Running } row && row.Token == token ? row : null;
}
