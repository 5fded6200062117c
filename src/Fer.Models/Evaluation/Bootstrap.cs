using System.Collections.Immutable;
using Fer.Models.Randomness;

namespace Fer.Models.Evaluation;

/// <summary>A difference in macro F1 between two arms and how sure one can be of it, given the test images.</summary>
/// <param name="Delta">Second minus first, mean over pairs, share of 1.</param>
/// <param name="StandardError">Deviation of that mean over redrawn test sets.</param>
/// <param name="PairDeviation">Deviation between pairs (seeds) on the images as they are; 0 for one pair.</param>
/// <param name="Draws">Redrawn test sets.</param>
public sealed record DifferenceEstimate(double Delta, double StandardError, double PairDeviation, int Draws)
{
    /// <summary>Normal interval: delta ± z · standard error, z of the two-sided <paramref name="level"/> 0.90 or 0.95.</summary>
    public (double Low, double High) Interval(double level)
    {
        var reach = StandardError * level switch
        {
            0.90 => 1.6448536269514722,
            0.95 => 1.9599639845400545,
            _ => throw new ArgumentOutOfRangeException(nameof(level), level, "Expected 0.90 or 0.95."),
        };
        return (Delta - reach, Delta + reach);
    }
}

/// <summary>
/// Paired bootstrap over images (Efron 1979; paired as in Berg-Kirkpatrick et al. 2012): test sets are redrawn with replacement
/// and both arms are measured on each. Images of one group (twins) are drawn as one unit; units are drawn within
/// the class of their first image, so every redrawn set has the classes' sizes, up to mixed groups.
/// </summary>
public static class Bootstrap
{
    public const int DefaultDraws = 2000;

    /// <param name="pairs">Per seed the first arm's and the second arm's predictions, all of the same images in the same order.</param>
    /// <param name="address">Where the redrawn sets are drawn.</param>
    /// <param name="draws">How many; at least 2.</param>
    public static DifferenceEstimate MacroF1Difference(IReadOnlyList<(Predictions First, Predictions Second)> pairs, Address address, int draws = DefaultDraws)
    {
        var (observed, redrawn) = MacroF1Differences([pairs], address, draws);
        return new DifferenceEstimate(observed[0].Average(), Deviation(redrawn), pairs.Count < 2 ? 0 : Deviation(observed[0]), draws);
    }

    /// <summary>Per loop and seed the difference on the images as they are; per redrawn test set, the same for all loops, the mean over loops of their means.</summary>
    internal static (double[][] Observed, double[] Redrawn) MacroF1Differences(
        IReadOnlyList<IReadOnlyList<(Predictions First, Predictions Second)>> loops, Address address, int draws)
    {
        if (loops.Count == 0 || loops.Any(l => l.Count == 0) || draws < 2)
        {
            throw new ArgumentException("A bootstrap needs at least one pair in each loop and two draws.", nameof(loops));
        }

        var images = loops[0][0].First;
        foreach (var table in loops.SelectMany(l => l).SelectMany(p => new[] { p.First, p.Second }))
        {
            CheckSameImages(images, table);
        }

        var strata = Strata(images);
        var inMeans = Metrics.InMeans(images);
        var tops = loops.Select(l => l.Select(p => (First: Tops(p.First), Second: Tops(p.Second))).ToArray()).ToArray();
        double[][] Differences(int[] weights) =>
            [.. tops.Select(l => l.Select(p => MacroF1(images, p.Second, weights, inMeans) - MacroF1(images, p.First, weights, inMeans)).ToArray())];

        var observed = Differences([.. Enumerable.Repeat(1, images.Count)]);
        var redrawn = new double[draws];
        var weights = new int[images.Count];
        for (var draw = 0; draw < draws; draw++)
        {
            Redraw(strata, address.At(draw), weights);
            redrawn[draw] = Differences(weights).Average(seeds => seeds.Average());
        }

        return (observed, redrawn);
    }

    /// <summary>Units (image places) of each class, classes and units in the order of their first image.</summary>
    internal static int[][][] Strata(Predictions images) =>
    [
        .. Enumerable.Range(0, images.Count)
            .GroupBy(i => images.Groups[i], StringComparer.Ordinal)
            .Select(g => g.ToArray())
            .GroupBy(unit => images.Truth[unit[0]])
            .Select(stratum => stratum.ToArray()),
    ];

    /// <summary>Fills in how often each image stands in a redrawn set.</summary>
    internal static void Redraw(int[][][] strata, Address address, int[] weights)
    {
        Array.Clear(weights);
        for (var s = 0; s < strata.Length; s++)
        {
            var units = strata[s];
            var place = address.At(s);
            for (var i = 0; i < units.Length; i++)
            {
                foreach (var image in units[(int)(place.Uniform(i) * units.Length)])
                {
                    weights[image]++;
                }
            }
        }
    }

    private static int[] Tops(Predictions table) => [.. Enumerable.Range(0, table.Count).Select(i => Probabilities.Top(table.LogitsOf(i)))];

    /// <summary>Macro F1 of images that count so often each, over the classes that count in means.</summary>
    private static double MacroF1(Predictions images, int[] tops, int[] weights, bool[] inMeans)
    {
        var classes = inMeans.Length;
        Span<int> hits = stackalloc int[classes];
        Span<int> both = stackalloc int[classes];
        hits.Clear();
        both.Clear();
        var truth = images.Truth.AsSpan();
        for (var i = 0; i < tops.Length; i++)
        {
            both[truth[i]] += weights[i];
            both[tops[i]] += weights[i];
            if (truth[i] == tops[i])
            {
                hits[tops[i]] += weights[i];
            }
        }

        var (sum, counted) = (0.0, 0);
        for (var k = 0; k < classes; k++)
        {
            if (inMeans[k])
            {
                sum += both[k] == 0 ? 0 : 2.0 * hits[k] / both[k];
                counted++;
            }
        }

        return sum / counted;
    }

    internal static double Deviation(double[] values)
    {
        var mean = values.Average();
        return Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Length - 1));
    }

    internal static void CheckSameImages(Predictions first, Predictions second)
    {
        if (!first.Labels.Equals(second.Labels) || !first.Ids.SequenceEqual(second.Ids) || !first.Truth.SequenceEqual(second.Truth))
        {
            throw new ArgumentException("Two arms can only be compared on the same images in the same order.");
        }
    }
}
