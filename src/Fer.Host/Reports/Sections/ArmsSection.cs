using System.Xml.Linq;
using Fer.Actors.Jobs.Refinement;
using Fer.Actors.Runs;
using Fer.Host.Reports.Charts;
using Fer.Models.Evaluation;
using static Fer.Host.Reports.Html;

namespace Fer.Host.Reports.Sections;

/// <summary>All arms side by side: the result's own figures, every loop and seed behind them, and the differences that the verdict turns on.</summary>
internal static class ArmsSection
{
    // Lanes of more loops would no longer fit a screen; their dots are means over seeds then.
    private const int MostLanes = 8;

    private static readonly (string Key, string Title, Func<Metrics, double?> Of)[] Figures =
        [("accuracy", "accuracy", m => m.Accuracy), ("macroPrecision", "precision", m => m.MacroPrecision), ("macroRecall", "recall", m => m.MacroRecall), ("macroF1", "macro F1", m => m.MacroF1), ("auroc", "AUROC", m => m.MacroAuroc)];

    public static IEnumerable<XElement> Render(RunView run)
    {
        var arms = run.Arms;
        var final = run.State.Completed(Names.Verdict) is not null;
        var present = Names.Arms.Where(arm => run.State.Classifiers(arm).Count > 0).ToArray();
        yield return P(Small(final
            ? $"Means over {(run.State.Loops().Count > 1 ? "loops and seeds" : "seeds")}, on the test set, which was read once; precision, recall, F1 and AUROC are macro means over classes. Per seed all arms start from the same weights and see real faces in the same order."
            : "The test set has not been evaluated. These are figures on validation B, which chooses rounds and settings: they claim nothing."));
        yield return Table(["arm", "loops × seeds", .. Figures.Select(f => f.Title)], present.Select(arm => Row(run, arm, final)));
        if (!arms.Any)
        {
            yield return Note("No arm's predictions are there yet.");
            yield break;
        }

        yield return E("div", Class("charts pair"), Charts(run));
        foreach (var part in ArmLoops.Render(run).Concat(ArmChoices.Render(run, present)))
        {
            yield return part;
        }

        if (LeftOut(arms) is { } sentence)
        {
            yield return Note(sentence);
        }

        yield return E("details", E("summary", $"Each class, {arms.Set}"), ByClass(arms, "recall", c => c.Recall), ByClass(arms, "F1", c => c.F1));
    }

    private static IEnumerable<object?> Row(RunView run, string arm, bool final)
    {
        var trained = run.State.Classifiers(arm).Where(s => run.State.Completed(s.Step) is not null).ToArray();
        var seeds = trained.Select(t => t.Seed).Distinct().Count();
        return [arm, Say.Text($"{trained.Select(t => t.Loop).Distinct().Count()} × {seeds}"), .. Figures.Select(f => Say.Percent(final ? run.State.Result($"{arm}.{f.Key}") : run.Arms.Mean(arm, f.Of)))];
    }

    private static IEnumerable<XElement> Charts(RunView run)
    {
        var loops = run.State.Loops().Count;
        var rows = run.Arms.Shown.Select(a => new DotRow(a, ArmWords.Colour(a)) { Lanes = Lanes(run.Arms.ByArm[a], loops), Mean = Mean(run, a), Label = Say.Percent(Mean(run, a)) });
        var oracle = run.Arms.Shown.Contains(Names.Oracle) ? Mean(run, Names.Oracle) : null;
        var dots = loops == 1 ? "a dot a seed" : loops <= MostLanes ? "a dot a seed, a numbered line of dots a loop" : "a dot a loop, mean over its seeds";
        yield return Figure($"Macro F1, {run.Arms.Set}: {dots}, a stroke the arm's mean{(oracle is null ? "" : "; the line across is the oracle's: what extra real faces bring")}.",
            new DotChart("Macro F1 of each arm", "macro F1", [.. rows]) { Mark = oracle is { } at ? (at, ArmWords.Colour(Names.Oracle), Names.Oracle) : null }.Draw());
        var differences = ArmDifference.Of(run.State);
        if (differences.Count > 0)
        {
            yield return Figure($"Differences in points of macro F1 with their 95 % intervals over {(loops > 1 ? "GAN runs and test images; a dot a loop" : "test images")}. The first is the question, the others explain its answer; shaded: within 2 points, no difference that matters.",
                new DotChart("Differences between arms", "points of macro F1", [.. differences.Select(Interval)]) { Differences = true, Band = (-TwoArms.Margin, TwoArms.Margin, "within 2 points") }.Draw());
        }
    }

    private static DotRow Interval(ArmDifference d) => new(d.Title, ArmWords.Colour(d.Arm))
    {
        Mean = d.Delta, Interval = (d.Low, d.High), Label = Say.Points(d.Delta), Lanes = d.Loops.Count > 0 ? [("", d.Loops)] : [],
    };

    private static IReadOnlyList<(string, IReadOnlyList<double>)> Lanes(IReadOnlyList<ArmResult> results, int loops)
    {
        var byLoop = results.GroupBy(r => r.Loop).OrderBy(g => g.Key).Select(g => (Loop: g.Key, Dots: g.Select(r => r.Metrics.MacroF1).ToArray())).ToArray();
        return loops == 1 ? [.. byLoop.Select(l => ("", (IReadOnlyList<double>)l.Dots))]
            : loops <= MostLanes ? [.. byLoop.Select(l => (Say.Text($"{l.Loop}"), (IReadOnlyList<double>)l.Dots))]
            : [("", [.. byLoop.Select(l => l.Dots.Average())])];
    }

    private static double? Mean(RunView run, string arm) => run.State.Result(arm + ".macroF1") ?? run.Arms.Mean(arm, m => m.MacroF1);

    private static string? LeftOut(ArmResults arms)
    {
        var left = arms.ByArm.Values.SelectMany(r => r).SelectMany(r => r.Metrics.LeftOut).Distinct().ToArray();
        return left.Length == 0 ? null : $"Left out of macro means, with fewer than {Metrics.MinimumImages} images: {string.Join(", ", left)}.";
    }

    private static XElement ByClass(ArmResults arms, string title, Func<ClassMetrics, double?> figure)
    {
        var shown = arms.Shown;
        var classes = arms.ByArm[shown[0]][0].Metrics.Classes;
        return Table([$"{title} of class", "images", .. shown],
            classes.Select((c, i) => (IEnumerable<object?>)[c.Name, Say.Count(c.Count), .. shown.Select(a => Say.Percent(arms.Mean(a, m => figure(m.Classes[i]))))]));
    }
}
