using System.Collections.Immutable;
using Fer.Actors.Runs;
using Fer.Actors.Storage;
using Fer.Actors.Sweeps;
using Fer.Actors.Sweeps.Search;
using Fer.Actors.Sweeps.V1;

namespace Fer.Actors.Tests.Sweeps;

/// <summary>
/// Two or three sweeps share a few slots, in an order drawn from a seed. Room, plans, fold and answers to wishes are the real ones; words between
/// a sweep and the desk are late, sweeps die before or after they wrote and come back with what their journal says, coordinators change, people pause,
/// resume and retry, trials come on, fail while they run, stand or wait, are tried again and judged. What <see cref="SweepActor"/> does around
/// them is done plainly here; nobody is away for longer than <see cref="SweepRoom.LongestAway"/>.
/// </summary>
internal sealed class RoomPlay
{
    private const int FaultsUntil = 250;
    private const int MostTurns = 20_000;

    private readonly Random random;
    private readonly List<PlayedSweep> sweeps;
    private readonly ImmutableArray<SlotInfo> slots;
    private SweepRoom room;
    private long now;
    private int turn;

    public RoomPlay(int seed)
    {
        random = new Random(seed);
        var fingerprint = new Fingerprint(ImmutableSortedDictionary<string, string>.Empty.Add("device", "cpu"));
        slots = [.. Enumerable.Range(0, random.Next(1, 4)).Select(i => new SlotInfo($"cpu:{i}", "", fingerprint))];
        sweeps = [.. Enumerable.Range(0, random.Next(2, 4)).Select(i => new PlayedSweep(this, $"s{i}", Drawn(seed + i)))];
        room = NewRoom();
        sweeps.ForEach(s => s.Begin());
    }

    /// <summary>What was done, for whoever looks for a fault.</summary>
    public List<string> Log { get; } = [];

    private bool HasFaults => turn < FaultsUntil;

    /// <returns>What should not have been; null: nothing.</returns>
    public string? ToTheEnd()
    {
        for (; turn < MostTurns; turn++)
        {
            now += random.Next(1000);
            var sweep = sweeps[random.Next(sweeps.Count)];
            switch (random.Next(HasFaults ? 12 : 7))
            {
                case 0 or 1:
                    sweep.Hears();
                    break;
                case 2:
                    sweep.IsHeard();
                    break;
                case 3 or 4:
                    sweep.TrialComesOn();
                    break;
                case 5:
                    sweep.GoesOn();
                    break;
                case 6:
                    room.Live([.. sweeps.Where(s => !s.State.IsOver).Select(s => s.Id)]);
                    room.Slots(slots);
                    Grant();
                    break;
                case 7:
                    sweep.Wish("pause");
                    break;
                case 8:
                    sweep.Wish("resume");
                    break;
                case 9:
                    sweep.Wish("retry", random.Next(1, 7));
                    break;
                case 10:
                    sweep.Die("killed");
                    break;
                default:
                    if (random.Next(8) == 0)
                    {
                        Log.Add("another coordinator");
                        sweeps.ForEach(s => s.Die("with its coordinator"));
                        room = NewRoom();
                        sweeps.ForEach(s => s.Begin());
                    }

                    break;
            }

            if (sweeps.Sum(s => s.Running) > 2 * slots.Length)
            {
                return $"{string.Join(" + ", sweeps.Select(s => s.Running))} trials run where there is room for {2 * slots.Length}";
            }

            if (!HasFaults && sweeps.TrueForAll(s => s.State.IsOver))
            {
                return null;
            }
        }

        return $"it stands: {string.Join("; ", sweeps.Select(s => $"{s.Id} {SweepSummary.Of(s.State)}"))}";
    }

    private SweepRoom NewRoom() => new(id => sweeps.Single(s => s.Id == id).Runs.Count);

    private void Grant()
    {
        foreach (var (id, word) in room.Grant(now))
        {
            sweeps.Single(s => s.Id == id).IsTold(word);
        }
    }

    private SweepSpec Drawn(int seed) => SweepPlay.Spec with
    {
        Sampler = "random", Seed = seed, Trials = random.Next(3, 7), Parallel = random.Next(1, 5), Retries = random.Next(3), Priority = random.Next(2), User = $"u{random.Next(2)}",
        Pruner = new PrunerSpec(random.Next(3) switch { 0 => "none", 1 => "median", _ => "halving" }) { Factor = 2, StartUpTrials = 2 },
    };

    private sealed class PlayedSweep(RoomPlay play, string id, SweepSpec spec)
    {
        private static readonly DateTimeOffset At = DateTimeOffset.UnixEpoch;

        // Words under way; what a life has not heard when it ends nobody hears.
        private readonly Queue<SweepIs> saying = new();
        private readonly Queue<MayRun> told = new();
        private SweepPlan plan = null!;
        private bool isUp;
        private bool isRecovered;
        private long downSince;
        private int limit;
        private long heard;

        public string Id => id;

        public SweepState State { get; private set; } = SweepState.Empty.Apply(new SweepStarted(At, id, Json.Write(spec), "test"));

        public HashSet<(int Trial, int Attempt)> Runs { get; } = [];

        public int Running => State.Status == SweepStatus.Running ? State.Running : 0;

        public void Begin()
        {
            (isUp, isRecovered, limit, heard) = (true, false, 0, 0);
            plan = new SweepPlan(Samplers.Find(spec.Sampler), Pruners.Of(spec.Pruner));
            play.room.Begins(id, spec, Running, play.now);
        }

        public void Die(string why)
        {
            if (isUp)
            {
                (isUp, isRecovered, play.now, downSince) = (false, false, play.now + 1, play.now);
                play.Log.Add($"{id} stops: {why}");

                // What it said is there before it is found to be gone.
                while (IsHeard())
                {
                }

                told.Clear();
                play.room.Stops(id, play.now);
            }
        }

        /// <summary>Comes back, or recovers; one that is over, as everybody knows, stops.</summary>
        public void GoesOn()
        {
            if (!isUp)
            {
                if (play.now - downSince > 1000 && (!State.IsOver || play.random.Next(4) == 0))
                {
                    Begin();
                }
            }
            else if (!isRecovered)
            {
                isRecovered = true;
                Write([new SweepClaimed(At, 1, "", 1)], Look);
            }
            else if (State.IsOver && saying.Count == 0)
            {
                Die("it is over");
            }
        }

        public void IsTold(MayRun word) => told.Enqueue(word);

        public void Hears()
        {
            if (isRecovered && told.TryDequeue(out var word))
            {
                (limit, heard) = (word.Trials, word.Number);
                play.Log.Add($"{id} hears {word}");
                Tell();
                Advance();
            }
        }

        public bool IsHeard()
        {
            if (!saying.TryDequeue(out var said))
            {
                return false;
            }

            play.room.Says(said);
            play.Grant();
            return true;
        }

        public void Wish(string wish, int trial = 0)
        {
            if (isRecovered && WishAnswer.Of(State, new SweepWish("w", id, wish, trial), ImmutableDictionary<int, ImmutableSortedDictionary<string, double>>.Empty, At) is { Events.IsEmpty: false } answer)
            {
                Write(answer.Events, () =>
                {
                    Look();
                    Advance();
                });
            }
        }

        public void TrialComesOn()
        {
            Runs.RemoveWhere(r => State.Trial(r.Trial) is var t && (t.IsOver || t.Attempt != r.Attempt));
            var moving = State.Trials.Where(t => !t.IsOver && (t.Doomed || Runs.Contains((t.Number, t.Attempt)))).ToList();
            if (!isRecovered || moving.Count == 0)
            {
                // A sweep that nobody disturbs any more is let go on by whoever paused it.
                if (!play.HasFaults && State.Status == SweepStatus.Paused)
                {
                    Wish("resume");
                }

                return;
            }

            var trial = moving[play.random.Next(moving.Count)];
            var draw = play.random.NextDouble();
            if (trial.Doomed)
            {
                End(trial, "pruned", null);
            }
            else if (draw < 0.1)
            {
                Fails(trial);
            }
            else if (State.Status != SweepStatus.Running || State.Standing.Contains(trial.Number) || trial.Status == TrialStatus.Waiting)
            {
                // It has saved, most often.
                if (draw < 0.9)
                {
                    Runs.Remove((trial.Number, trial.Attempt));
                }
                else
                {
                    End(trial, "completed", draw);
                }
            }
            else if (trial.Reports.Length < 3)
            {
                Write([new TrialReported(At, trial.Number, trial.Reports.Length + 1, draw)], Advance);
            }
            else
            {
                End(trial, "completed", draw);
            }
        }

        private void Fails(TrialState trial)
        {
            if (trial.Attempt <= spec.Retries)
            {
                Write([new TrialRetried(At, trial.Number, trial.Attempt + 1, "policy", "drawn", 0)], () =>
                {
                    Look();
                    Advance();
                });
            }
            else
            {
                End(trial, "failed", null);
            }
        }

        private void End(TrialState trial, string status, double? value) => Write([new TrialEnded(At, trial.Number, trial.Attempt, status, value, "", 1)], () =>
        {
            Look();
            Advance();
        });

        private void Advance()
        {
            if (plan.Next(State, limit, At) is { IsEmpty: false } events)
            {
                Write(events, () =>
                {
                    Look();
                    Advance();
                });
            }
        }

        private void Look()
        {
            if (State.Status == SweepStatus.Running)
            {
                Runs.UnionWith(State.Active.Except(State.Standing).Select(t => (t, State.Trial(t).Attempt)));
            }
        }

        private void Write(ImmutableArray<ISweepEvent> events, Action then)
        {
            var fault = play.HasFaults ? play.random.Next(30) : -1;
            if (fault != 0)
            {
                State = events.Aggregate(State, (s, e) => s.Apply(e));
                play.Log.AddRange(events.Select(e => $"{id} {e}"));
            }

            if (fault is 0 or 1)
            {
                Die(fault == 0 ? "its journal took nothing" : "it wrote, and said nothing of it");
                return;
            }

            Tell();
            then();
        }

        private void Tell() => saying.Enqueue(new SweepIs(id, Running, plan.Wants(State), State.Slot?.Digest, heard));
    }
}
