using Fer.Models.Randomness;
using Fer.Models.Training;

namespace Fer.Models.Evaluation;

/// <summary>The comparisons a refinement run makes, as pure functions of prediction tables.</summary>
public static class Comparisons
{
    /// <summary>A verdict's word as a figure, so that it travels with the others; NaN for a word that is none.</summary>
    public static double CodeOf(string word) => word switch
    {
        TwoArms.Worse => -1,
        TwoArms.Equivalent => 0,
        TwoArms.Better => 1,
        TwoArms.Undecided => 2,
        _ => double.NaN,
    };

    public static string WordOf(double code) => code switch
    {
        -1 => TwoArms.Worse,
        0 => TwoArms.Equivalent,
        1 => TwoArms.Better,
        _ => TwoArms.Undecided,
    };

    /// <summary>
    /// A round's retrained classifier on validation B: <c>delta</c> ± <c>standardError</c> of macro F1 against the baseline,
    /// <c>gain</c> ± <c>gainError</c> against the best classifier before it.
    /// </summary>
    public static WorkResult Round(Predictions baseline, Predictions best, Predictions round, long seed)
    {
        var against = Bootstrap.MacroF1Difference([(baseline, round)], Address.Of(seed).At("baseline"));
        var gain = Bootstrap.MacroF1Difference([(best, round)], Address.Of(seed).At("best"));
        return WorkResult.Of(
            [],
            [
                ("delta", against.Delta), ("standardError", against.StandardError), ("gain", gain.Delta), ("gainError", gain.StandardError),
                ("baseline.macroF1", Metrics.Of(baseline).MacroF1), ("round.macroF1", Metrics.Of(round).MacroF1),
            ]);
    }

    /// <summary>
    /// The run's result on the test set: each arm's figures as means over its seeds, and refined against control
    /// (<c>vsControl</c>) and real (<c>vsReal</c>) in macro F1, paired by seed, with 95 % interval and verdict.
    /// </summary>
    /// <param name="arms">Arm by name → predictions by seed, equally many each; has <paramref name="refined"/>, <paramref name="control"/> and <paramref name="real"/>.</param>
    public static WorkResult Arms(IReadOnlyDictionary<string, IReadOnlyList<Predictions>> arms, string refined, string control, string real, long seed)
    {
        var figures = new List<(string, double)>();
        foreach (var (arm, predictions) in arms.OrderBy(a => a.Key, StringComparer.Ordinal))
        {
            var bySeed = predictions.Select(p => Metrics.Of(p).Figures().ToDictionary(f => f.Name, f => f.Value)).ToList();
            figures.AddRange(bySeed[0].Keys.Where(k => bySeed.All(s => s.ContainsKey(k))).Select(k => ($"{arm}.{k}", bySeed.Average(s => s[k]))));
        }

        foreach (var (name, other) in new[] { ("vsControl", control), ("vsReal", real) })
        {
            var verdict = TwoArms.Verdict([.. arms[other].Zip(arms[refined])], Address.Of(seed).At(name));
            figures.AddRange([($"{name}.delta", verdict.Delta), ($"{name}.low", verdict.Low), ($"{name}.high", verdict.High), ($"{name}.verdict", CodeOf(verdict.Word))]);
        }

        return WorkResult.Of([], figures);
    }
}
