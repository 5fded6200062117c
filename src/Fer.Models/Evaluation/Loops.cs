using System.Collections.Immutable;
using Fer.Models.Randomness;

namespace Fer.Models.Evaluation;

/// <summary>
/// The answer about two arms. What it may be said of is its type: <see cref="TwoArmsVerdict"/> is about one GAN run and the test images,
/// <see cref="LoopsVerdict"/> about the method.
/// </summary>
/// <param name="Delta">Macro F1 of the second minus that of the first, share of 1.</param>
/// <param name="Low">Lower end of the 95 % interval.</param>
/// <param name="High">Upper end of it.</param>
/// <param name="Word"><c>better</c>, <c>worse</c>, <c>equivalent</c> or <c>undecided</c>.</param>
public abstract record Verdict(double Delta, double Low, double High, string Word)
{
    /// <summary>What the word is said of, as a headline says it.</summary>
    public abstract string Scope { get; }
}

/// <summary>The answer about two arms over at least two loops, each with its own subset of the data and its own GANs.</summary>
/// <param name="Deltas">The difference in each loop, mean over its seeds.</param>
/// <param name="LoopDeviation">Deviation of those.</param>
/// <param name="ImageError">Deviation of their mean over redrawn test images.</param>
public sealed record LoopsVerdict(double Delta, double Low, double High, ImmutableArray<double> Deltas, double LoopDeviation, double ImageError, string Word)
    : Verdict(Delta, Low, High, Word)
{
    public override string Scope => FormattableString.Invariant($"{Deltas.Length} GAN runs");

    /// <summary>
    /// Mean ± t(L − 1) · √(s²loops / L + s²images): other loops and other test images would both have moved the mean. The words are those of
    /// <see cref="TwoArms"/> with this interval. Two loops have t = 12.7 at 95 %, so they hardly ever decide; five have 2.8.
    /// </summary>
    /// <param name="deltas">The difference in each loop; at least two.</param>
    /// <param name="imageError">Deviation of their mean over redrawn test images.</param>
    public static LoopsVerdict Of(ImmutableArray<double> deltas, double imageError)
    {
        if (deltas.Length < 2)
        {
            throw new ArgumentException("An interval over loops needs at least two loops.", nameof(deltas));
        }

        var delta = deltas.Average();
        var deviation = Bootstrap.Deviation([.. deltas]);
        var error = Math.Sqrt(deviation * deviation / deltas.Length + imageError * imageError);
        (double Low, double High) Interval(double level)
        {
            var reach = StudentT.Quantile((1 + level) / 2, deltas.Length - 1) * error;
            return (delta - reach, delta + reach);
        }

        var (low, high) = Interval(0.95);
        return new LoopsVerdict(delta, low, high, deltas, deviation, imageError, TwoArms.Word((low, high), Interval(0.90)));
    }
}

/// <summary>Compares two arms over loops: repeats of everything, from the subset of the data and the GAN's seed on.</summary>
public static class Loops
{
    /// <summary>
    /// The verdict over all loops; with one loop that of <see cref="TwoArms"/>, bit for bit. Every redrawn test set is the same for all loops, since
    /// they are read on the same images: what is lucky about those does not average out.
    /// </summary>
    /// <param name="loops">Per loop and seed the first arm's (control) and the second arm's (refined) predictions.</param>
    /// <param name="address">Where test sets are redrawn.</param>
    /// <param name="draws">How many.</param>
    public static Verdict Verdict(IReadOnlyList<IReadOnlyList<(Predictions First, Predictions Second)>> loops, Address address, int draws = Bootstrap.DefaultDraws)
    {
        if (loops.Count == 1)
        {
            return TwoArms.Verdict(loops[0], address, draws);
        }

        var (observed, redrawn) = Bootstrap.MacroF1Differences(loops, address, draws);
        return LoopsVerdict.Of([.. observed.Select(seeds => seeds.Average())], Bootstrap.Deviation(redrawn));
    }
}
