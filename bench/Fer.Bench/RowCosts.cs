using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using Fer.Actors.Runs;
using Fer.Actors.Sweeps;
using Fer.Models.Training;

namespace Fer.Bench;

/// <summary>
/// What rows cost where there are many devices: 1,000 steps in hand on 125 hosts of 8 slots. Each kind of question is asked again and again, one
/// after another; what 1,000 devices ask in a second follows.
/// </summary>
internal static class RowCosts
{
    private const int Hosts = 125, Slots = 8;

    public static int Run(double stepSeconds)
    {
        RunAsync(stepSeconds).GetAwaiter().GetResult();
        return 0;
    }

    private static async Task RunAsync(double stepSeconds)
    {
        await using var database = await ClusterDatabase.PostgresAsync(Trials.Journal, CancellationToken.None);
        var rows = new PostgresStepRows(database, TimeSpan.FromSeconds(6));
        var seat = (await new LeaseRow(database, LeaseRow.Coordinator, "bench", TimeSpan.FromMinutes(30)).TakeAsync())!.Value;
        var held = new List<(string Host, string Device, HeldStep Step)>();
        var wanted = Enumerable.Range(0, Hosts * Slots).Select(i => Wanted(i)).ToImmutableArray();
        await rows.WantAsync(seat, wanted);
        for (var h = 0; h < Hosts; h++)
        {
            for (var s = 0; s < Slots; s++)
            {
                var (host, device) = (FormattableString.Invariant($"host-{h}"), FormattableString.Invariant($"cuda:{s}"));
                var step = (await rows.ClaimAsync(host, device, ["place"], ["nothing@1"]))!;
                held.Add((host, device, new HeldStep(step.Step.Hash, step.Token, 5, 10, "steps")));
                await rows.WriteAsync(step.Step.Hash, step.Token, new RowWrite.Opened(0, []));
            }
        }

        var (next, done) = (Hosts * Slots, 0);
        var beat = await Median(200, i => rows.BeatAsync([.. held.Where(h => h.Host == FormattableString.Invariant($"host-{i % Hosts}")).Select(h => h.Step)]));
        var look = await Median(50, _ => rows.LookAsync());
        var idle = await Median(200, _ => rows.ClaimAsync("idle", "cuda:0", ["place"], ["nothing@1"]));
        var want = await Median(200, _ => rows.WantAsync(seat, [Wanted(next++)]));
        var claim = await Median(200, i => rows.ClaimAsync("spare", FormattableString.Invariant($"cuda:{i}"), ["place"], ["nothing@1"]));
        var end = await Median(200, _ =>
        {
            var h = held[done++];
            return rows.WriteAsync(h.Step.Hash, h.Step.Token, new RowWrite.Done(ImmutableSortedDictionary<string, string>.Empty, ImmutableSortedDictionary<string, double>.Empty));
        });
        var unwant = await Median(200, i => rows.UnwantAsync(seat, "run", [held[i].Step.Hash]));

        void Line(string what, double ms, double aSecond) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what,-64} {ms,6:0.00} ms  × {aSecond,7:0.0} a second = {ms * aSecond / 10,5:0.0} % of one connection"));
        var steps = Hosts * Slots / stepSeconds;
        Line("beat of a host with 8 steps in hand (each second)", beat, Hosts);
        Line("coordinator's look at 1,000 steps in hand (each 0.5 s)", look, 2);
        Line("claim that finds nothing (each second, of one idle slot in ten)", idle, Hosts * Slots / 10.0);
        Line(string.Create(CultureInfo.InvariantCulture, $"step wanted (steps of {stepSeconds:0} s)"), want, steps);
        Line("claim that finds a step", claim, steps);
        Line("result written", end, steps);
        Line("step folded and no longer wanted", unwant, steps);
    }

    private static Wanted Wanted(int i) => new(
        "run", new RowSpec(FormattableString.Invariant($"{i:x64}"), new StepSpec("nothing", "nothing", 1, ImmutableSortedDictionary<string, string>.Empty, "{}", i), "place", "fp32", TimeSpan.FromSeconds(30), 0), 1, [], Adjustments.None, 0);

    private static async Task<double> Median(int times, Func<int, Task> ask)
    {
        var took = new double[times];
        for (var i = 0; i < times; i++)
        {
            var started = Stopwatch.GetTimestamp();
            await ask(i);
            took[i] = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        }

        Array.Sort(took);
        return took[times / 2];
    }
}
