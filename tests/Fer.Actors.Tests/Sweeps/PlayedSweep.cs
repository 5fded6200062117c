using System.Collections.Immutable;
using Fer.Actors.Storage;
using Fer.Actors.Sweeps;
using Fer.Actors.Sweeps.Search;
using Fer.Actors.Sweeps.V1;

namespace Fer.Actors.Tests.Sweeps;

internal sealed partial class RoomPlay
{
    /// <summary>A sweep's actor without its actor: what it has journalled, what it says, and its trials' runs, which go on without it.</summary>
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
