using System.Collections.Immutable;
using System.Globalization;
using Fer.Actors.Runs;
using Fer.Actors.Sweeps;
using Fer.Actors.Sweeps.Search;
using Fer.Actors.Sweeps.V1;

namespace Fer.Host.Tests.Live.Web;

/// <summary>A sweep as events, without a coordinator: what the page is tried on.</summary>
internal static class SampleSweep
{
    public static readonly DateTimeOffset Begin = new(2026, 3, 1, 8, 0, 0, TimeSpan.Zero);

    private static readonly ImmutableSortedDictionary<string, ImmutableArray<string>> Always = ImmutableSortedDictionary<string, ImmutableArray<string>>.Empty;

    public static SweepSpec Spec { get; } = new()
    {
        Base = "fer.loop.rounds = 2\n", Source = "my-sweep.conf", Objective = "refined.macroF1", Trials = 20_000, Sampler = "tpe", Seed = 7, Parallel = 8, DeviceHours = 400,
        Pruner = new PrunerSpec("median"), Data = ImmutableSortedDictionary<string, TrialData>.Empty,
        Space = new SearchSpace(
        [
            new RealAxis("gan.learning-rate", Always, 1e-5, 1e-2, IsLog: true, null),
            new RealAxis("gan.psi", Always, 0.4, 1, IsLog: false, null),
            new IntegerAxis("gan.width", Always, 16, 64, 8),
            new ChoiceAxis("loop.labels", Always, ["hard", "soft"]),
        ]),
    };

    /// <summary>So many trials: most done, some pruned, failed or still running. The same each time.</summary>
    /// <param name="running">So many of the last still run.</param>
    public static IEnumerable<ISweepEvent> Events(string id, int trials, int running = 3)
    {
        var (now, random) = (Begin, new Random(1));
        DateTimeOffset Next() => now += TimeSpan.FromSeconds(20);
        yield return new SweepStarted(Next(), id, Fer.Actors.Storage.Json.Write(Spec), "0.2.0");
        yield return new SweepClaimed(Next(), 1, "gpu1", 4711);
        yield return new SweepPinned(Next(), new Fingerprint(ImmutableSortedDictionary<string, string>.Empty.Add("device", "cuda")));
        for (var n = 1; n <= trials; n++)
        {
            double[] unit = [random.NextDouble(), random.NextDouble(), random.NextDouble(), random.NextDouble()];
            var values = Spec.Space.At(unit.AsSpan());
            var value = 0.62 - Math.Pow(unit[0] - 0.6, 2) * 0.5 - Math.Pow(unit[1] - 0.5, 2) * 0.1 + (unit[3] > 0.5 ? 0.02 : 0) + random.NextDouble() * 0.03;
            yield return new TrialPlanned(Next(), n, values);
            yield return new TrialReported(Next(), n, 1, value - 0.05);
            if (n > trials - running)
            {
                continue;
            }

            if (n % 9 == 4)
            {
                yield return new TrialJudged(Next(), n, 1, "end");
                yield return new TrialEnded(Next(), n, 1, "pruned", null, "", 300);
            }
            else if (n % 31 == 17)
            {
                yield return new TrialEnded(Next(), n, 1, "failed", null, "memory ran out: <b>cuda:0</b> & \"more\"", 40);
            }
            else
            {
                yield return new TrialReported(Next(), n, 2, value);
                yield return new TrialEnded(Next(), n, 1, "completed", value, "", 700 + unit[2] * 200);
            }
        }
    }

    public static SweepState State(string id, int trials, int running = 3) => Events(id, trials, running).Aggregate(SweepState.Empty, (s, e) => s.Apply(e));

    public static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
