using System.Collections.Immutable;
using Fer.Actors.Devices;
using Fer.Actors.Runs;
using Fer.Actors.Runs.V1;

namespace Fer.Actors.Sweeps.Schedules;

/// <summary>Journals of runs: an event is taken only at the next number of its run, as a journal's unique key has it.</summary>
internal sealed class ModelJournal
{
    private readonly Dictionary<string, List<IRunEvent>> runs = new(StringComparer.Ordinal);

    public IReadOnlyList<IRunEvent> Of(string run) => runs.GetValueOrDefault(run, []);

    public bool Append(string run, int after, IReadOnlyCollection<IRunEvent> events)
    {
        if (!runs.TryGetValue(run, out var all))
        {
            runs.Add(run, all = []);
        }

        if (all.Count != after)
        {
            return false;
        }

        all.AddRange(events);
        return true;
    }
}

/// <summary>
/// A coordinator in virtual time for one run: recovers the journal, wants what is ready, reads the rows through the real
/// <see cref="RowStory"/>, folds what they say into the real <see cref="RunState"/>. What the actors around them do is done plainly here.
/// </summary>
internal sealed class ModelCoordinator(World world, ModelHost host, MemoryStepRows rows, ModelJournal journal, ModelRun run, long seat)
{
    private static readonly DateTimeOffset At = DateTimeOffset.UnixEpoch;
    private static readonly StepPolicy Policy = new(3, 3, 100_000, TimeSpan.Zero);

    private readonly Dictionary<string, Placed> placed = new(StringComparer.Ordinal);
    private RunState state = RunState.Empty;
    private int count;
    private int life;
    private bool writing;
    private bool looking;

    private bool IsMine => host.Seat == seat;

    public void Recover()
    {
        var mine = ++life;
        placed.Clear();
        (writing, looking) = (false, false);
        host.Ask(
            () => journal.Of(run.Name).ToImmutableArray(),
            events => InLife(mine, () =>
            {
                (state, count) = (events.Aggregate(RunState.Empty, (s, e) => s.Apply(e)), events.Length);
                if (state.Claims is [.., var last] && last.Number > seat)
                {
                    world.Say($"{host.Name} finds {run.Name} claimed by {last.Number}, being {seat}");
                    return;
                }

                ImmutableArray<IRunEvent> first = [new Claimed(At, (int)seat, host.Name, host.Life)];
                Write(count == 0 ? [new RunStarted(At, run.Name, "model", "{}", ModelRun.Place, ImmutableSortedDictionary<string, string>.Empty, "1"), .. first] : first);
            }),
            () => InLife(mine, () => host.Later(500, () => InLife(mine, Recover))));
    }

    /// <summary>Reads the rows.</summary>
    public void Look()
    {
        if (!IsMine || looking || writing || placed.Count == 0)
        {
            return;
        }

        looking = true;
        var mine = life;
        var asked = placed.Values.Where(p => p.IsWanted).ToHashSet();
        host.Ask(() => rows.LookAsync().Result, seen => InLife(mine, () => OnSeen(seen, asked)), () => InLife(mine, () => looking = false));
    }

    private void InLife(int mine, Action act)
    {
        if (mine == life && IsMine)
        {
            act();
        }
    }

    private void OnSeen(ImmutableArray<SeenStep> seen, HashSet<Placed> asked)
    {
        looking = false;
        var events = new List<IRunEvent>();
        foreach (var row in seen.Where(r => r.Run == run.Name))
        {
            if (placed.GetValueOrDefault(row.Hash) is { } p && asked.Contains(p))
            {
                (p.Story, var said) = p.Story.Read(row);
                events.AddRange(said.SelectMany(s => EventsOf(p, s)));
                if (p.Story.IsOver)
                {
                    placed.Remove(row.Hash);
                    if (row.State == RowState.Done)
                    {
                        host.Ask(() => Unwant(row.Hash), _ => { }, () => { });
                    }
                }
            }
        }

        if (events.Count > 0)
        {
            Write([.. events]);
        }
    }

    // Not when it was placed again meanwhile.
    private bool Unwant(string hash)
    {
        if (!placed.ContainsKey(hash))
        {
            rows.UnwantAsync(seat, run.Name, [hash]);
        }

        return true;
    }

    // As StepOwner does it.
    private static IEnumerable<IRunEvent> EventsOf(Placed p, IWorkerNews news)
    {
        var name = p.Spec.Name;
        switch (news)
        {
            case Devices.Placed n:
                (p.Device, p.Try) = (n.Device, n.Try!.Value);
                p.IsStarted = p.Try == p.State?.LastTry && p.State is { Status: StepStatus.Started, Attempts: [.., { Ended: null }] };
                return [];
            case WorkOpened n:
                return Started(p, n.From);
            case WorkSaved n:
                return [new StepCheckpointed(At, name, n.Checkpoint.Position, n.Checkpoint.Length, n.Checkpoint.Artifact)];
            case WorkDamaged n:
                return [new CheckpointDamaged(At, name, n.Artifact, n.Reason)];
            case WorkAdjusted n:
                p.State = (p.State ?? new StepState(p.Spec, p.Hash, StepStatus.Started)).With(n.Adjustments);
                return n.Adjustments.Select(a => new StepAdjusted(At, name, a, "another run's"));
            case WorkDone n:
                return [.. Started(p, 0), new StepCompleted(At, name, n.Files, n.Figures)];
            case WorkFault n:
                return [.. Started(p, 0), new StepFailed(At, name, p.Device, n.Fault, n.Message, p.Try), .. Policy.Changes(p.State, name, n.Fault, n.Position, At)];
            case WorkLeft n:
                return [.. Started(p, 0), new StepLeft(At, name, n.Device, n.Reason)];
            default:
                return [];
        }
    }

    private static IEnumerable<IRunEvent> Started(Placed p, long from)
    {
        if (p.IsStarted)
        {
            return [];
        }

        p.IsStarted = true;
        return [new StepStarted(At, p.Spec, p.Hash, p.Device, p.Try, from)];
    }

    private void Write(ImmutableArray<IRunEvent> events)
    {
        writing = true;
        var (mine, after) = (life, count);
        host.Ask(
            () => journal.Append(run.Name, after, events),
            ok => InLife(mine, () =>
            {
                if (!ok)
                {
                    world.Say($"{host.Name} as {seat} may not write to {run.Name}");
                    Recover();
                    return;
                }

                writing = false;
                (state, count) = (events.Aggregate(state, (s, e) => s.Apply(e)), after + events.Length);
                Plan();
            }),
            () => InLife(mine, Recover));
    }

    private void Plan()
    {
        if (state.IsOver)
        {
            return;
        }

        var steps = run.Steps(state);
        if (steps.All(s => s is not null && state.Completed(s.Name) is not null))
        {
            Write([new RunCompleted(At, ImmutableSortedDictionary<string, double>.Empty)]);
            return;
        }

        var wanted = ImmutableArray.CreateBuilder<Wanted>();
        foreach (var spec in steps.OfType<StepSpec>().Where(s => state.Completed(s.Name) is null))
        {
            var hash = spec.HashUnder(ModelRun.Place);
            if (!placed.ContainsKey(hash))
            {
                var known = state.Steps.GetValueOrDefault(spec.Name);
                var order = new StepOrder($"{seat}.{life}.{hash}", run.Name, spec, "", [.. (known?.Checkpoints ?? []).Reverse()], known?.Adjustments ?? Models.Training.Adjustments.None, "fp32", TimeSpan.Zero, 0);
                var place = new Place(order, 0, null!)
                {
                    Hash = hash,
                    BegunTry = known is { Status: StepStatus.Started, Attempts: [.., { Ended: null }] } ? known.LastTry : 0,
                    BegunOn = known is { Attempts: [.., var last] } ? last.Device : "",
                    FoldedTry = known is { Status: StepStatus.Failed } ? known.LastTry : 0,
                };
                placed.Add(hash, new Placed(spec, hash, known, new RowStory(place)));
                wanted.Add(new Wanted(run.Name, new RowSpec(hash, spec, "place", "fp32", TimeSpan.Zero, 0), 0, known?.Checkpoints ?? [], order.Adjustments, place.FoldedTry));
            }
        }

        if (wanted.Count > 0)
        {
            Want(wanted.ToImmutable(), life);
        }
    }

    private void Want(ImmutableArray<Wanted> wanted, int mine) => host.Ask(
        () => rows.WantAsync(seat, wanted).Result,
        ok => InLife(mine, () =>
        {
            foreach (var w in ok ? wanted : [])
            {
                if (placed.TryGetValue(w.Step.Hash, out var p))
                {
                    p.IsWanted = true;
                }
            }
        }),
        () => InLife(mine, () => host.Later(500, () => InLife(mine, () => Want(wanted, mine)))));

    private sealed class Placed(StepSpec spec, string hash, StepState? state, RowStory story)
    {
        public StepSpec Spec { get; } = spec;

        public string Hash { get; } = hash;

        public StepState? State { get; set; } = state;

        public RowStory Story { get; set; } = story;

        public bool IsWanted { get; set; }

        public int Try { get; set; }

        public string Device { get; set; } = "";

        public bool IsStarted { get; set; }
    }
}
