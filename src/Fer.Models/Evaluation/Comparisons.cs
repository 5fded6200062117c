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
    /// The run's result on the test set: each arm's figures as means over loops and seeds, and the differences in macro F1 that the question turns on, each
    /// paired by seed, with 95 % interval and verdict (<see cref="Loops.Verdict"/>): refined against control (<c>vsControl</c>), against real (<c>vsReal</c>), against
    /// as many unfiltered images (<c>vsUnfiltered</c>, of the arm with hard labels, since unfiltered images have those: what the filter alone brought), soft against hard labels (<c>softVsHard</c>), and the oracle against control
    /// (<c>room</c>: what as many extra real faces brought), with the share of that room that refined took (<c>oracle.share</c>).
    /// </summary>
    /// <param name="arms">Arm by name → loops → predictions by seed, equally many each; has refined, control and real.</param>
    /// <param name="names">The arms' names.</param>
    /// <param name="seed">Root of redrawn test sets.</param>
    /// <param name="oracleIsShort">The oracle got fewer faces than refined: no share is given.</param>
    public static WorkResult Arms(IReadOnlyDictionary<string, IReadOnlyList<IReadOnlyList<Predictions>>> arms, ArmNames names, long seed, bool oracleIsShort = false)
    {
        var figures = new List<(string, double)>();
        foreach (var (arm, loops) in arms.OrderBy(a => a.Key, StringComparer.Ordinal))
        {
            var each = loops.SelectMany(l => l).Select(p => Metrics.Of(p).Figures().ToDictionary(f => f.Name, f => f.Value)).ToList();
            figures.AddRange(each[0].Keys.Where(k => each.All(s => s.ContainsKey(k))).Select(k => ($"{arm}.{k}", each.Average(s => s[k]))));
        }

        foreach (var (name, first, second) in Pairs(names, arms.ContainsKey(names.RefinedHard) ? names.RefinedHard : names.Refined).Where(p => arms.ContainsKey(p.First) && arms.ContainsKey(p.Second)))
        {
            var verdict = Loops.Verdict([.. arms[first].Zip(arms[second], IReadOnlyList<(Predictions, Predictions)> (f, s) => [.. f.Zip(s)])], Address.Of(seed).At(name));
            figures.AddRange([($"{name}.delta", verdict.Delta), ($"{name}.low", verdict.Low), ($"{name}.high", verdict.High), ($"{name}.verdict", CodeOf(verdict.Word))]);
            if (verdict is LoopsVerdict several)
            {
                figures.AddRange([($"{name}.loopDeviation", several.LoopDeviation), ($"{name}.imageError", several.ImageError)]);
                for (var loop = 0; loop < several.Deltas.Length; loop++)
                {
                    // What this loop alone would have been called, by its test images.
                    var alone = TwoArms.Verdict([.. arms[first][loop].Zip(arms[second][loop])], Address.Of(seed).At(name).At(loop + 1));
                    figures.AddRange([(FormattableString.Invariant($"{name}.loop-{loop + 1}"), several.Deltas[loop]), (FormattableString.Invariant($"{name}.loop-{loop + 1}.verdict"), CodeOf(alone.Word))]);
                }
            }
        }

        if (arms.ContainsKey(names.Oracle))
        {
            double F1(string arm) => figures.First(f => f.Item1 == arm + ".macroF1").Item2;
            figures.AddRange(RoomForGain.Of(F1(names.Control), F1(names.Refined), F1(names.Oracle)).Figures().Where(f => !oracleIsShort || f.Name != RoomForGain.ShareFigure));
        }

        figures.Add(("loops", arms[names.Refined].Count));
        return WorkResult.Of([], figures);
    }

    private static (string Name, string First, string Second)[] Pairs(ArmNames n, string hard) =>
    [
        ("vsControl", n.Control, n.Refined), ("vsReal", n.Real, n.Refined), ("vsUnfiltered", n.Unfiltered, hard), ("room", n.Control, n.Oracle),
        ("softVsHard", n.RefinedHard, n.Refined), ("softVsHard", n.Refined, n.RefinedSoft),
    ];
}

/// <summary>What a job calls its arms. Refined has either hard or soft labels; the arm with the other kind, where there is one, is named by it.</summary>
public sealed record ArmNames(string Real, string Control, string Refined, string Unfiltered, string RefinedHard, string RefinedSoft, string Oracle);
