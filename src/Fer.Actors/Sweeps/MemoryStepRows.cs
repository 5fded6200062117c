using System.Collections.Immutable;
using Fer.Actors.Runs;
using Fer.Models.Training;

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
    private const int MostExpiries = 10;

    private readonly Lock one = new();
    private readonly SortedDictionary<string, Row> rows = new(StringComparer.Ordinal);

    /// <summary>Runs by what they want, and whether that was there before they wanted it.</summary>
    private readonly SortedDictionary<string, SortedDictionary<string, bool>> wants = new(StringComparer.Ordinal);
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
            rows.Add(w.Step.Hash, row = NewRow(w, known));
        }

        if (row.State is RowState.Failed or RowState.Done && row.Token <= w.FoldedTry)
        {
            (row.State, row.Adjustments, row.Checkpoints, row.From) = (RowState.Open, w.Adjustments, w.Checkpoints, null);
        }

        row.Priority = Math.Max(row.Priority, w.Priority);
        if (!wants.TryGetValue(w.Step.Hash, out var runs))
        {
            wants.Add(w.Step.Hash, runs = new SortedDictionary<string, bool>(StringComparer.Ordinal));
        }

        // Of what an earlier life did for this very run the run's journal may know nothing yet.
        runs[w.Run] = row.State == RowState.Done && runs.GetValueOrDefault(w.Run, !row.MadeFor.Contains(w.Run));
    }

    // Behind the tries of earlier lives, so that the number of a try is never used twice; with their result, where there is one.
    private Row NewRow(Wanted w, LastingStep? known)
    {
        var token = Math.Max(w.FoldedTry, known?.Token ?? 0);
        var row = new Row(w.Step, ++created) { Token = token, Born = token, Adjustments = w.Adjustments, Checkpoints = w.Checkpoints, Priority = w.Priority };
        if (known?.Result is { } result)
        {
            (row.State, row.Files, row.Figures, row.Checkpoints, row.Born) = (RowState.Done, result.Files, result.Figures, [], 0);
            (row.Host, row.Device, row.MadeFor) = (result.Host, result.Device, result.MadeFor);
        }

        return row;
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
            foreach (var hash in number == seat() ? wants.Keys.ToList() : [])
            {
                Unwant(run, hash);
            }
        }

        return Task.CompletedTask;
    }

    // What is kept elsewhere need not fill the memory of a process that lives for months.
    private void Unwant(string run, string hash)
    {
        if (wants.TryGetValue(hash, out var runs) && runs.Remove(run) && runs.Count == 0)
        {
            wants.Remove(hash);
            if (lasting is not null && rows[hash].State == RowState.Done)
            {
                rows.Remove(hash);
            }
        }
    }

    private bool IsWanted(string hash) => wants.ContainsKey(hash);

    public Task<ImmutableArray<SeenStep>> LookAsync()
    {
        lock (one)
        {
            return Task.FromResult(wants.SelectMany(w => w.Value.Select(run => (Run: run.Key, WasThere: run.Value, Row: rows[w.Key]))).Where(k => k.Row.Token > k.Row.Born)
                .Select(k => new SeenStep(
                    k.Run, k.Row.Spec.Hash, k.Row.State, k.Row.Token, k.Row.Host, k.Row.Device, k.Row.From, k.Row.Position, k.Row.Length, k.Row.Unit, k.Row.Checkpoints, k.Row.Damaged, k.Row.Adjustments,
                    k.Row.Files, k.Row.Figures, k.Row.Fault) { WasThere = k.WasThere }).ToImmutableArray());
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
        foreach (var row in rows.Values.Where(r => r.State == RowState.Running && r.Until < now && r.Expiries >= MostExpiries))
        {
            (row.State, row.Expiries) = (RowState.Failed, 0);
            row.Fault = new RowFault("worker-lost", FormattableString.Invariant($"{MostExpiries} slots that computed it fell silent, one after another, and it came no further"), 0, null);
        }

        foreach (var row in rows.Values.Where(r => Mine(r) && !(places.Contains(r.Spec.Place) && kinds.Contains(r.Spec.Kind) && IsWanted(r.Spec.Hash))))
        {
            (row.State, row.Host, row.Device) = (RowState.Open, "", "");
        }

        bool Mine(Row r) => r.State == RowState.Running && r.Host == host && r.Device == device;
        var next = rows.Values
            .Where(r => r.State == RowState.Open || (r.State == RowState.Running && (r.Until < now || Mine(r))))
            .Where(r => places.Contains(r.Spec.Place) && kinds.Contains(r.Spec.Kind) && IsWanted(r.Spec.Hash) && (Mine(r) || !except.Contains(r.Spec.Hash)))
            .OrderByDescending(Mine).ThenByDescending(r => r.Priority).ThenBy(r => r.Created).FirstOrDefault();
        if (next is null)
        {
            return null;
        }

        if (rows.Values.Any(r => r != next && Mine(r)))
        {
            throw new InvalidOperationException($"{host}/{device} would have two running rows.");
        }

        next.Expiries += next.State == RowState.Running && next.Until < now ? 1 : 0;
        (next.State, next.Host, next.Device, next.Until, next.Claimed, next.From, next.Damaged, next.Fault) = (RowState.Running, host, device, now + lease, now, null, [], null);
        next.Token++;
        var wanting = wants[next.Spec.Hash].Keys;
        return new ClaimedStep(next.Spec, next.Token, next.Checkpoints, next.Adjustments) { Run = wanting.First(), Runs = wanting.Count };
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

        (row.Until, row.Position, row.Length, row.Unit) = (clock() + lease, h.Position, h.Length, h.Unit);
        return IsWanted(h.Hash) ? Held.Kept : Held.Unwanted;
    }

    public async Task<bool> WriteAsync(string hash, long token, RowWrite write)
    {
        StepResult? result = null;
        lock (one)
        {
            if (!Write(hash, token, write))
            {
                return false;
            }

            if (write is RowWrite.Done d)
            {
                var row = rows[hash];
                row.MadeFor = [.. wants.GetValueOrDefault(hash, []).Keys];
                result = new StepResult(d.Files, d.Figures) { Host = row.Host, Device = row.Device, MadeFor = row.MadeFor };
            }
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
        switch (write)
        {
            case RowWrite.Opened o:
                (row.From, row.Damaged, row.Position, row.Until) = (o.From, o.Damaged, o.From, clock() + lease);
                break;
            case RowWrite.Saved s:
                (row.Checkpoints, row.Expiries, row.Until) = (s.Checkpoints, 0, clock() + lease);
                break;
            case RowWrite.Done d:
                (row.State, row.Files, row.Figures, row.Checkpoints) = (RowState.Done, d.Files, d.Figures, []);
                OnDone(hash, d.Files);
                break;
            case RowWrite.Failed f:
                (row.State, row.Fault) = (RowState.Failed, f.Fault);
                break;
            case RowWrite.Released:
                (row.State, row.Host, row.Device) = (RowState.Open, "", "");
                break;
            default:
                throw new InvalidOperationException($"A slot cannot write a {write.GetType().Name}.");
        }

        return true;
    }

    public async Task<ImmutableArray<string>> UnreferredAsync(ImmutableArray<string> artifacts)
    {
        var free = lasting is null ? artifacts : await lasting.UnreferredAsync(artifacts).ConfigureAwait(false);
        lock (one)
        {
            return free.RemoveAll(a => rows.Values.Any(r => r.Files.ContainsValue(a) || r.Checkpoints.Any(c => c.Artifact == a)));
        }
    }

    public Task ExpireAsync(string host, TimeSpan silent)
    {
        lock (one)
        {
            foreach (var row in rows.Values.Where(r => r.State == RowState.Running && r.Host == host))
            {
                row.Until = clock();
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
                .Select(r => new SlotUse(r.Host, r.Device, r.Spec.Hash, r.Spec.Spec.Name, r.Token, at - (clock() - r.Claimed), r.Position, r.Length, r.Unit) { Runs = [.. wants.GetValueOrDefault(r.Spec.Hash)?.Keys ?? Enumerable.Empty<string>()] })];
        }
    }

    private Row? Mine(string hash, long token) => rows.GetValueOrDefault(hash) is { State: RowState.Running } row && row.Token == token ? row : null;

    private sealed class Row(RowSpec spec, long created)
    {
        public RowSpec Spec { get; } = spec;

        public long Created { get; } = created;

        public RowState State { get; set; } = RowState.Open;

        public int Priority { get; set; }

        public long Token { get; set; }

        /// <summary>The number that it began with: what happened under it is not known here.</summary>
        public long Born { get; set; }

        public string Host { get; set; } = "";

        public string Device { get; set; } = "";

        public TimeSpan Until { get; set; }

        public TimeSpan Claimed { get; set; }

        public long? From { get; set; }

        public long Position { get; set; }

        public long Length { get; set; }

        public string Unit { get; set; } = "";

        public int Expiries { get; set; }

        public ImmutableArray<CheckpointRef> Checkpoints { get; set; } = [];

        public ImmutableArray<DamagedCheckpoint> Damaged { get; set; } = [];

        public Adjustments Adjustments { get; set; } = Adjustments.None;

        public ImmutableSortedDictionary<string, string> Files { get; set; } = ImmutableSortedDictionary<string, string>.Empty;

        public ImmutableSortedDictionary<string, double> Figures { get; set; } = ImmutableSortedDictionary<string, double>.Empty;

        public RowFault? Fault { get; set; }

        /// <summary>Runs that wanted it when it was done.</summary>
        public ImmutableArray<string> MadeFor { get; set; } = [];
    }
}
