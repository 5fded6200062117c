namespace Fer.Host.Reports.Charts;

/// <summary>Fewer points for the same picture.</summary>
internal static class Thinning
{
    /// <summary>
    /// Of the points that fall into one column of pixels, the first, the least, the greatest and the last, in their own order: what the
    /// eye would see of all of them, so a single spike stays. Points come in ascending X; what is not finite is left out.
    /// </summary>
    public static IReadOnlyList<(double X, double Y)> ByColumn(IReadOnlyList<(double X, double Y)> points, Scale x)
    {
        var kept = new List<(double X, double Y)>();
        var finite = points.Where(p => double.IsFinite(p.X) && double.IsFinite(p.Y)).ToArray();
        for (var from = 0; from < finite.Length;)
        {
            var column = (int)x.Map(finite[from].X);
            int least = from, most = from, to = from;
            for (; to < finite.Length && (int)x.Map(finite[to].X) == column; to++)
            {
                least = finite[to].Y < finite[least].Y ? to : least;
                most = finite[to].Y > finite[most].Y ? to : most;
            }

            kept.AddRange(new[] { from, least, most, to - 1 }.Distinct().Order().Select(i => finite[i]));
            from = to;
        }

        return kept;
    }
}
