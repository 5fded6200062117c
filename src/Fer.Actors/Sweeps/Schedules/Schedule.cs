using System.Collections.Immutable;
using Fer.Actors.Runs;
using Fer.Actors.Runs.V1;

namespace Fer.Actors.Sweeps.Schedules;

/// <summary>What came of a schedule.</summary>
/// <param name="Trouble">What should not have been; null: nothing.</param>
public sealed record ScheduleOutcome(int Seed, string? Trouble, double Seconds, ImmutableArray<string> Log);

/// <summary>
/// Two runs on two or three hosts in virtual time, with faults drawn from a seed: hosts killed and started again, standing still, cut off from the
/// store, the store away, messages late or lost on either way, workers that crash, steps that fail, hosts drained. The slots, the beat, the reading
/// of rows and the fold of journals are the real ones. Whatever happens: both runs complete, every result is accepted once and is the right one,
/// nothing is accepted of a try that is another's, no try is in a journal twice.
/// </summary>
public static class Schedule
{
    private const long FaultsUntil = 60_000;
    private const long Limit = 600_000;

    public static ScheduleOutcome Play(int seed)
    {
        var world = new World(seed);
        var chance = world.Chance;
        var seat = new ModelSeat();
        var lease = TimeSpan.FromSeconds(6);
        var rows = new MemoryStepRows(() => TimeSpan.FromMilliseconds(world.Now), lease, () => seat.Token);
        var accepted = new Dictionary<string, int>(StringComparer.Ordinal);
        rows.OnDone = (hash, _) => accepted[hash] = accepted.GetValueOrDefault(hash) + 1;
        string? late = null;
        rows.OnWrite = (hash, by, of) => late ??= by == of ? null : FormattableString.Invariant($"a write of try {by} of {hash[..8]} was accepted while try {of} had the step");
        var journal = new ModelJournal();
        ImmutableArray<ModelRun> runs = [new("one", 11), new("two", 12)];
        var hosts = Enumerable.Range(0, chance.Next(2, 4)).Select(i => new ModelHost(world, rows, FormattableString.Invariant($"host-{(char)('a' + i)}"), chance.Next(1, 3), lease, 1000)).ToList();
        foreach (var host in hosts)
        {
            Begin(host);
        }

        Faults(world, hosts, Begin);
        var whole = world.Run(() => runs.All(r => journal.Of(r.Name).OfType<RunCompleted>().Any()), Limit);
        var trouble = late is not null ? late : whole ? runs.Select(r => Check(r, journal.Of(r.Name), accepted)).FirstOrDefault(t => t is not null) : "a run did not complete";
        foreach (var run in trouble is null ? [] : runs)
        {
            world.Log.AddRange(journal.Of(run.Name).Select(e => FormattableString.Invariant($"{run.Name}: {e}")));
        }

        return new ScheduleOutcome(seed, trouble, world.Now / 1000.0, [.. world.Log]);

        void Begin(ModelHost host)
        {
            host.Start();
            var coordinators = new List<ModelCoordinator>();
            host.Every(1000, () => host.AskForSeat(seat, number =>
            {
                coordinators = [.. runs.Select(r => new ModelCoordinator(world, host, rows, journal, r, number))];
                coordinators.ForEach(c => c.Recover());
            }));
            host.Every(500, () => coordinators.ForEach(c => c.Look()));
        }
    }

    private static void Faults(World world, List<ModelHost> hosts, Action<ModelHost> begin)
    {
        var chance = world.Chance;
        for (var at = chance.NextInt64(500, 4000); at < FaultsUntil; at += chance.NextInt64(500, 8000))
        {
            var host = hosts[chance.Next(hosts.Count)];
            Action fault = chance.Next(7) switch
            {
                0 or 1 => () =>
                {
                    if (host.IsAlive)
                    {
                        host.Kill();
                        world.After(chance.Next(100, 15_000), () => begin(host));
                    }
                },
                2 => () =>
                {
                    host.StandsUntil = world.Now + chance.Next(500, 20_000);
                    world.Say(FormattableString.Invariant($"{host.Name} stands still until {host.StandsUntil / 1000.0}"));
                },
                3 => () =>
                {
                    host.CutOffUntil = world.Now + chance.Next(500, 20_000);
                    world.Say(FormattableString.Invariant($"{host.Name} is cut off until {host.CutOffUntil / 1000.0}"));
                },
                4 => () =>
                {
                    world.StoreDownUntil = world.Now + chance.Next(500, 15_000);
                    world.Say(FormattableString.Invariant($"the store is away until {world.StoreDownUntil / 1000.0}"));
                },
                5 => () => host.CrashWorker(0),
                _ => () =>
                {
                    host.Later(0, () => host.Drain(true));
                    host.Later(chance.Next(500, 10_000), () => host.Drain(false));
                },
            };
            world.After(at, fault);
        }
    }

    private static string? Check(ModelRun run, IReadOnlyList<IRunEvent> events, Dictionary<string, int> accepted)
    {
        var state = events.Aggregate(RunState.Empty, (s, e) => s.Apply(e));
        var twice = events.OfType<StepCompleted>().GroupBy(c => c.Step).FirstOrDefault(g => g.Count() > 1);
        if (twice is not null)
        {
            return $"{run.Name} completed {twice.Key} {twice.Count()} times";
        }

        var tries = events.OfType<StepStarted>().GroupBy(s => (s.Spec.Name, s.Attempt)).FirstOrDefault(g => g.Count() > 1);
        if (tries is not null)
        {
            return $"{run.Name} began try {tries.Key.Attempt} of {tries.Key.Name} {tries.Count()} times";
        }

        if (events.OfType<RunCompleted>().Count() != 1)
        {
            return $"{run.Name} completed {events.OfType<RunCompleted>().Count()} times";
        }

        foreach (var step in state.Steps.Values)
        {
            var hash = step.Spec.HashUnder(ModelRun.Place);
            if (accepted.GetValueOrDefault(hash) != 1)
            {
                return $"{accepted.GetValueOrDefault(hash)} results of {step.Spec.Name} were accepted";
            }

            if (step.Files["out"] != Chain.Expected(step.Spec, step.Adjustments))
            {
                return $"{step.Spec.Name} of {run.Name} came to {step.Files["out"]}, expected {Chain.Expected(step.Spec, step.Adjustments)} with {step.Adjustments.Items.Length} adjustments";
            }
        }

        return null;
    }
}
