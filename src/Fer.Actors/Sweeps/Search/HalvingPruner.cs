using System.Collections.Immutable;

namespace Fer.Actors.Sweeps.Search;

/// <summary>
/// Asynchronous successive halving (ASHA; Li et al. 2020, MLSys, algorithm 2): at rungs first, first × factor,
/// first × factor² … a trial goes on when it is among the best floor(n / factor) of the n that have reported there, those gone
/// on among them; else it waits. Values are those at the rung; of equal ones, and of those that are no numbers, the earlier planned is better.
/// </summary>
/// <remarks>
/// Differences to the paper: who is asked first is the caller's choice (there: the highest rung that can promote);
/// failed and cancelled trials count neither in n nor among the best; and the paper's search never ends, this one
/// does: once nothing runs or will be planned, the best of a rung goes on however few have come there, and who
/// is not among the best ends. So of trials at the farthest rung one always goes on, none waits for ever, and
/// where none fails one completes. Two things are better left to the caller: to say that none runs only
/// after all that wait have been asked without that (one of a lower rung may still go on, and make room above); and to
/// ask the best first then, so that the others wait until it is over, should it fail.
/// </remarks>
public sealed class HalvingPruner(int firstRung, int factor) : IPruner
{
    public bool Looks(int rung)
    {
        long looked = firstRung;
        while (looked < rung)
        {
            looked *= factor;
        }

        return looked == rung;
    }

    public PruneAnswer Decide(ImmutableArray<PastTrial> past, int trial, int rung, bool isLast)
    {
        if (!Looks(rung))
        {
            return PruneAnswer.GoOn;
        }

        var there = There(past, rung);
        var (_, own) = there.Single(t => t.Number == trial);

        // CompareTo puts what is no number below all numbers.
        var better = there.Count(t => t.Value.CompareTo(own) is var order && (order > 0 || order == 0 && t.Number < trial));
        var promoted = there.Length / factor;
        return better < (isLast ? Math.Max(1, promoted) : promoted) ? PruneAnswer.GoOn : isLast ? PruneAnswer.End : PruneAnswer.Wait;
    }

    // Ranked once a rung: with thousands that wait, each by itself would be ranked for ever.
    public IEnumerable<int> Freed(ImmutableArray<PastTrial> past, IReadOnlyCollection<(int Trial, int Rung)> waiting)
    {
        foreach (var rung in waiting.GroupBy(w => w.Rung).OrderByDescending(r => r.Key))
        {
            var (there, asked) = (There(past, rung.Key), rung.Select(w => w.Trial).ToHashSet());
            foreach (var (trial, _) in there.OrderByDescending(t => t.Value).ThenBy(t => t.Number).Take(there.Length / factor).Where(t => asked.Contains(t.Number)))
            {
                yield return trial;
            }
        }
    }

    private static (int Number, double Value)[] There(ImmutableArray<PastTrial> past, int rung) =>
    [
        .. past.Where(t => t.Status is not (TrialStatus.Failed or TrialStatus.Cancelled))
            .Select(t => (t.Number, Report: t.Reports.LastOrDefault(r => r.Rung == rung)))
            .Where(t => t.Report is not null)
            .Select(t => (t.Number, t.Report!.Value)),
    ];
}
