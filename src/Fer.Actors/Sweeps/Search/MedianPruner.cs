using System.Collections.Immutable;

namespace Fer.Actors.Sweeps.Search;

/// <summary>
/// Ends a trial whose best value up to a rung is below the median, over the other trials that have come to that rung, of
/// their best values up to it (after Golovin et al. 2017, "Google Vizier", section 3.1.2).
/// </summary>
/// <remarks>
/// Vizier compares with averages of the reports, Optuna with the reports at the rung, and both with completed trials
/// alone: as these have outlived the pruned ones, that median climbs with every trial. Here both sides are measured
/// alike, and all others count that have not failed or been cancelled: who ends was worse than half of all that were
/// there. A trial without any number up to the rung ends. None ever waits, and the first at a rung goes on: where no trial fails, one completes.
/// </remarks>
/// <param name="firstRung">The first that is looked at; after it, all are.</param>
/// <param name="startUpTrials">So many trials must have completed, or been pruned, before any is pruned.</param>
public sealed class MedianPruner(int firstRung, int startUpTrials) : IPruner
{
    public bool Looks(int rung) => rung >= firstRung;

    public PruneAnswer Decide(ImmutableArray<PastTrial> past, int trial, int rung, bool isLast)
    {
        if (!Looks(rung) || past.Count(t => t.Status is TrialStatus.Completed or TrialStatus.Pruned) < startUpTrials)
        {
            return PruneAnswer.GoOn;
        }

        var others = past
            .Where(t => t.Number != trial && t.Status is not (TrialStatus.Failed or TrialStatus.Cancelled) && t.Reports.Any(r => r.Rung >= rung))
            .Select(t => Best(t, rung)).OfType<double>().Order().ToArray();
        return others.Length == 0 || Best(past.Single(t => t.Number == trial), rung) >= Median(others) ? PruneAnswer.GoOn : PruneAnswer.End;
    }

    private static double? Best(PastTrial trial, int rung) => trial.Reports.Where(r => r.Rung <= rung && !double.IsNaN(r.Value)).Max(r => (double?)r.Value);

    // Halved before they are added: the sum of two large numbers may be none.
    private static double Median(double[] sorted) =>
        sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : sorted[sorted.Length / 2 - 1] / 2 + sorted[sorted.Length / 2] / 2;
}
