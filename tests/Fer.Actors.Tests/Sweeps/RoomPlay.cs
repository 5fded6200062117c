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
internal sealed partial class RoomPlay
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
}
