using System.Collections.Immutable;
using Fer.Actors.Runs;
using Fer.Models.Training;

namespace Fer.Actors.Sweeps.Schedules;

/// <summary>
/// Steps as rows in memory, on a clock that is given: what <see cref="PostgresStepRows"/> promises, and the same tests hold both to it.
/// For schedules in virtual time.
/// </summary>
internal sealed class ModelRows(Func<TimeSpan> clock, TimeSpan lease, Func<long> seat) : IStepRows
{
    private const int MostExpiries = 10;

    private readonly SortedDictionary<string, Row> rows = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Run, string Hash), int> wants = [];
    private long created;

    /// <summary>Told of every result that is accepted.</summary>
    public Action<string, ImmutableSortedDictionary<string, string>> OnDone { get; set; } = (_, _) => { };

    /// <summary>Told of every write that is accepted: of which step, by which number, and whose the step is.</summary>
    public Action<string, long, long> OnWrite { get; set; } = (_, _, _) => { };

    public Task<bool> WantAsync(long number, ImmutableArray<Wanted> wanted)
    {
        if (number != seat())
        {
            return Task.FromResult(false);
        }

        foreach (var w in wanted)
        {
            if (!rows.TryGetValue(w.Step.Hash, out var row))
            {
                rows.Add(w.Step.Hash, row = new Row(w.Step, ++created) { Token = w.FoldedTry, Adjustments = w.Adjustments, Checkpoints = w.Checkpoints, Priority = w.Priority });
            }
            else if (row.State is RowState.Failed or RowState.Done && row.Token <= w.FoldedTry)
            {
                (row.State, row.Adjustments, row.Checkpoints, row.From) = (RowState.Open, w.Adjustments, w.Checkpoints, null);
            }

            row.Priority = Math.Max(row.Priority, w.Priority);
            wants[(w.Run, w.Step.Hash)] = w.Priority;
        }

        return Task.FromResult(true);
    }

    public Task UnwantAsync(long number, string run, ImmutableArray<string> hashes)
    {
        foreach (var hash in number == seat() ? hashes : [])
        {
            wants.Remove((run, hash));
        }

        return Task.CompletedTask;
    }

    public Task ForgetAsync(long number, string run)
    {
        foreach (var want in number == seat() ? wants.Keys.Where(w => w.Run == run).ToList() : [])
        {
            wants.Remove(want);
        }

        return Task.CompletedTask;
    }

    public Task<ImmutableArray<SeenStep>> LookAsync() => Task.FromResult(wants.Keys.OrderBy(k => k.Hash, StringComparer.Ordinal).ThenBy(k => k.Run, StringComparer.Ordinal)
        .Select(k => (k.Run, Row: rows[k.Hash])).Where(k => k.Row.Token > 0)
        .Select(k => new SeenStep(
            k.Run, k.Row.Spec.Hash, k.Row.State, k.Row.Token, k.Row.Host, k.Row.Device, k.Row.From, k.Row.Position, k.Row.Length, k.Row.Unit, k.Row.Checkpoints, k.Row.Damaged, k.Row.Adjustments,
            k.Row.Files, k.Row.Figures, k.Row.Fault)).ToImmutableArray());

    public Task<ClaimedStep?> ClaimAsync(string host, string device, IReadOnlyCollection<string> places, IReadOnlyCollection<string> kinds)
    {
        var now = clock();
        foreach (var row in rows.Values.Where(r => r.State == RowState.Running && r.Until < now && r.Expiries >= MostExpiries))
        {
            (row.State, row.Expiries) = (RowState.Failed, 0);
            row.Fault = new RowFault("worker-lost", FormattableString.Invariant($"{MostExpiries} slots that computed it fell silent, one after another, and it came no further"), 0, null);
        }

        foreach (var row in rows.Values.Where(r => Mine(r) && !(places.Contains(r.Spec.Place) && kinds.Contains(r.Spec.Kind) && wants.Keys.Any(w => w.Hash == r.Spec.Hash))))
        {
            (row.State, row.Host, row.Device) = (RowState.Open, "", "");
        }

        bool Mine(Row r) => r.State == RowState.Running && r.Host == host && r.Device == device;
        var next = rows.Values
            .Where(r => r.State == RowState.Open || (r.State == RowState.Running && (r.Until < now || Mine(r))))
            .Where(r => places.Contains(r.Spec.Place) && kinds.Contains(r.Spec.Kind) && wants.Keys.Any(w => w.Hash == r.Spec.Hash))
            .OrderByDescending(Mine).ThenByDescending(r => r.Priority).ThenBy(r => r.Created).FirstOrDefault();
        if (next is null)
        {
            return Task.FromResult<ClaimedStep?>(null);
        }

        if (rows.Values.Any(r => r != next && Mine(r)))
        {
            throw new InvalidOperationException($"{host}/{device} would have two running rows.");
        }

        next.Expiries += next.State == RowState.Running && next.Until < now ? 1 : 0;
        (next.State, next.Host, next.Device, next.Until, next.From, next.Damaged, next.Fault) = (RowState.Running, host, device, now + lease, null, [], null);
        next.Token++;
        return Task.FromResult<ClaimedStep?>(new ClaimedStep(next.Spec, next.Token, next.Checkpoints, next.Adjustments));
    }

    public Task<IReadOnlyDictionary<(string Hash, long Token), Held>> BeatAsync(ImmutableArray<HeldStep> held) =>
        Task.FromResult<IReadOnlyDictionary<(string Hash, long Token), Held>>(held.ToDictionary(h => (h.Hash, h.Token), Beat));

    private Held Beat(HeldStep h)
    {
        if (Mine(h.Hash, h.Token) is not { } row)
        {
            return Held.Taken;
        }

        (row.Until, row.Position, row.Length, row.Unit) = (clock() + lease, h.Position, h.Length, h.Unit);
        return wants.Keys.Any(w => w.Hash == h.Hash) ? Held.Kept : Held.Unwanted;
    }

    public Task<bool> WriteAsync(string hash, long token, RowWrite write)
    {
        if (Mine(hash, token) is not { } row)
        {
            return Task.FromResult(false);
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

        return Task.FromResult(true);
    }

    public Task<ImmutableArray<string>> UnreferredAsync(ImmutableArray<string> artifacts) =>
        Task.FromResult(artifacts.RemoveAll(a => rows.Values.Any(r => r.Files.ContainsValue(a) || r.Checkpoints.Any(c => c.Artifact == a))));

    public Task ExpireAsync(string host, TimeSpan silent)
    {
        foreach (var row in rows.Values.Where(r => r.State == RowState.Running && r.Host == host))
        {
            row.Until = clock();
        }

        return Task.CompletedTask;
    }

    private Row? Mine(string hash, long token) => rows.GetValueOrDefault(hash) is { State: RowState.Running } row && row.Token == token ? row : null;

    private sealed class Row(RowSpec spec, long created)
    {
        public RowSpec Spec { get; } = spec;

        public long Created { get; } = created;

        public RowState State { get; set; } = RowState.Open;

        public int Priority { get; set; }

        public long Token { get; set; }

        public string Host { get; set; } = "";

        public string Device { get; set; } = "";

        public TimeSpan Until { get; set; }

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
    }
}
