using System.Collections.Immutable;
using Fer.Models.Evaluation;

namespace Fer.Actors.Jobs.Refinement;

/// <summary>How many images of a round each class gets. Pure.</summary>
internal static class Allocation
{
    private const int Unit = 1_000_000;

    /// <summary>
    /// As many images in all, spread by need (Askari-Hemmat et al. 2024): in proportion to the share of a class's held-out faces that a classifier names wrongly. A class whose
    /// share is unknown gets the mean one's; where nothing is wrong, all get alike.
    /// </summary>
    /// <param name="images">Images in all.</param>
    /// <param name="recalls">Of each class the share of its faces that is named rightly; NaN: unknown.</param>
    public static ImmutableArray<int> ByNeed(int images, IReadOnlyList<double> recalls)
    {
        var known = recalls.Where(double.IsFinite).ToArray();
        var mean = known.Length == 0 ? 0 : known.Average();
        int[] needs = [.. recalls.Select(r => (int)Math.Round(Unit * (1 - (double.IsFinite(r) ? r : mean))))];
        return [.. ClassMix.Divide(images, needs.All(n => n == 0) ? [.. needs.Select(_ => 1)] : needs)];
    }
}
