using Fer.Models.Randomness;

namespace Fer.Models.Evaluation;

/// <summary>The answer about two arms of one run: of the test images only.</summary>
/// <param name="Delta">Macro F1 of the second minus that of the first, mean over seeds, share of 1.</param>
/// <param name="Low">Lower end of the 95 % interval.</param>
/// <param name="High">Upper end of it.</param>
/// <param name="StandardError">Of delta, over redrawn test images.</param>
/// <param name="SeedDeviation">Deviation of the difference between seeds; 0 for one seed. Not in the interval.</param>
/// <param name="Word"><c>better</c>, <c>worse</c>, <c>equivalent</c> or <c>undecided</c>.</param>
public sealed record TwoArmsVerdict(double Delta, double Low, double High, double StandardError, double SeedDeviation, string Word)
    : Verdict(Delta, Low, High, Word)
{
    public override string Scope => "one GAN run, no claim about the method";
}

/// <summary>Compares two arms of one loop, paired by seed, on the same test images.</summary>
public static class TwoArms
{
    public const string Better = "better", Worse = "worse", Equivalent = "equivalent", Undecided = "undecided";

    /// <summary>Two arms whose 90 % interval lies within ± this are as good as one another.</summary>
    public const double Margin = 0.02;

    /// <summary>
    /// <c>better</c> or <c>worse</c>: the 95 % interval of the difference leaves out 0. <c>equivalent</c>: it does not, and the 90 % interval lies within
    /// ± <see cref="Margin"/> (two one-sided tests, Schuirmann 1987). Else <c>undecided</c>. The interval is about the test images alone: one loop says nothing of other GAN runs.
    /// </summary>
    /// <param name="pairs">Per seed the first arm's (control) and the second arm's (refined) predictions.</param>
    /// <param name="address">Where test sets are redrawn.</param>
    /// <param name="draws">How many.</param>
    public static TwoArmsVerdict Verdict(IReadOnlyList<(Predictions First, Predictions Second)> pairs, Address address, int draws = Bootstrap.DefaultDraws)
    {
        var estimate = Bootstrap.MacroF1Difference(pairs, address, draws);
        var (low, high) = estimate.Interval(0.95);
        return new TwoArmsVerdict(estimate.Delta, low, high, estimate.StandardError, estimate.PairDeviation, Word(estimate));
    }

    /// <summary>The word for an estimate.</summary>
    public static string Word(DifferenceEstimate estimate) => Word(estimate.Interval(0.95), estimate.Interval(0.90));

    /// <summary>The word for a 95 % and a 90 % interval.</summary>
    internal static string Word((double Low, double High) wide, (double Low, double High) narrow) =>
        wide.Low > 0 ? Better
        : wide.High < 0 ? Worse
        : narrow.Low >= -Margin && narrow.High <= Margin ? Equivalent
        : Undecided;
}
