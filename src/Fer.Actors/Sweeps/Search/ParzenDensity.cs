using Fer.Models.Randomness;

namespace Fer.Actors.Sweeps.Search;

/// <summary>
/// Over numbers: normal curves cut to [0, 1], one at each trial, as wide as the gap to its farther neighbour, but
/// 1 / min(100, n + 2) at least, and the prior's in the middle, of width 1 (Bergstra et al. 2011, section 4; the least
/// width is hyperopt's and Optuna's).
/// </summary>
internal sealed class ParzenDensity : IDensity
{
    // So many values of an integer axis are as good as all: bins are narrower than any curve.
    private const double MostBins = 10_000;

    private readonly double[] shares;
    private readonly double[] means;
    private readonly double[] widths;
    private readonly double[] masses;
    private readonly double bins;

    /// <param name="bins">So many values have the axis; infinite: a range of real numbers.</param>
    public ParzenDensity(double[] units, double bins)
    {
        this.bins = bins;
        shares = IDensity.Shares(units.Length);
        means = [.. units, 0.5];
        widths = Widths(means);
        masses = [.. means.Select((_, i) => Mass(i, 0, 1))];
    }

    public double Draw(Address address)
    {
        var i = IDensity.Pick(shares, address.Uniform());

        // A mean lies within [0, 1] and no curve is wider than it: a third of the draws at least is inside.
        for (var attempt = 0; ; attempt++)
        {
            var unit = means[i] + widths[i] * address.At("curve").Normal(attempt);
            if (unit is >= 0 and < 1)
            {
                return unit;
            }
        }
    }

    public double At(double unit)
    {
        var sum = 0.0;
        for (var i = 0; i < shares.Length; i++)
        {
            sum += shares[i] / masses[i] * (bins <= MostBins ? InBin(i, unit) : Curve((unit - means[i]) / widths[i]) / widths[i]);
        }

        return sum;
    }

    private double InBin(int i, double unit)
    {
        var bin = Math.Floor(unit * bins);
        return Mass(i, bin / bins, (bin + 1) / bins) * bins;
    }

    private double Mass(int i, double from, double to) => Cdf((to - means[i]) / widths[i]) - Cdf((from - means[i]) / widths[i]);

    private static double[] Widths(double[] means)
    {
        var order = Enumerable.Range(0, means.Length).OrderBy(i => means[i]).ThenBy(i => i).ToArray();
        var least = 1 / Math.Min(100.0, means.Length + 1);
        var widths = new double[means.Length];
        for (var k = 0; k < order.Length; k++)
        {
            // Outermost curves look inwards alone.
            var left = k > 0 ? means[order[k]] - means[order[k - 1]] : 0;
            var right = k < order.Length - 1 ? means[order[k + 1]] - means[order[k]] : 0;
            widths[order[k]] = Math.Clamp(Math.Max(left, right), least, 1);
        }

        widths[^1] = 1;
        return widths;
    }

    private static double Curve(double x) => Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI);

    /// <summary>The normal distribution's, to the last digits: a Taylor series about 0 (Marsaglia 2004, J. Stat. Software 11).</summary>
    internal static double Cdf(double x)
    {
        if (Math.Abs(x) > 8)
        {
            return x > 0 ? 1 : 0;
        }

        var (sum, last, term) = (x, 0.0, x);
        for (var i = 3; sum != last; i += 2)
        {
            (last, term) = (sum, term * x * x / i);
            sum += term;
        }

        return 0.5 + sum * Curve(x);
    }
}
