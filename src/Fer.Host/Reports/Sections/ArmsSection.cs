using System.Xml.Linq;
using Fer.Actors.Jobs.Refinement;
using Fer.Actors.Runs;
using Fer.Host.Reports.Charts;
using Fer.Models.Evaluation;
using static Fer.Host.Reports.Html;

namespace Fer.Host.Reports.Sections;

/// <summary>Refined, control and real side by side: the result's own figures, and every seed behind them.</summary>
internal static class ArmsSection
{
    private static readonly (string Key, string Title, Func<Metrics, double?> Of)[] Figures =
        [("accuracy", "accuracy", m => m.Accuracy), ("macroPrecision", "precision", m => m.MacroPrecision), ("macroRecall", "recall", m => m.MacroRecall), ("macroF1", "macro F1", m => m.MacroF1), ("auroc", "AUROC", m => m.MacroAuroc)];

    /// <summary>Every arm keeps its colour throughout the page.</summary>
    public static int Colour(string arm) => arm switch { Names.Control => 1, Names.Refined => 2, Names.Unfiltered => 3, Names.RefinedHard or Names.RefinedSoft => 4, Names.Oracle => 5, _ => 0 };

    public static IEnumerable<XElement> Render(RunView run)
    {
        var arms = run.Arms;
        var final = run.State.Completed(Names.Verdict) is not null;
        yield return P(Small(final
            ? "Means over seeds, on the test set, which was read once; precision, recall, F1 and AUROC are macro means over classes. Real: the faces as they come. Control: the same faces, balanced by oversampling. Refined: the same faces and the kept synthetic ones. All three start from the same weights and see the same number of steps."
            : "The test set has not been evaluated. These are figures on validation B, which chooses rounds and settings: they claim nothing."));
        yield return Table(["arm", "seeds", .. Figures.Select(f => f.Title)], Names.Arms.Where(arm => run.State.Classifiers(arm).Count > 0).Select(arm => Row(run, arm, final)));
        if (!arms.Any)
        {
            yield return Note("No arm's predictions are there yet.");
            yield break;
        }

        yield return E("div", Class("charts"), Charts(run));
        if (LeftOut(arms) is { } sentence)
        {
            yield return Note(sentence);
        }

        yield return E("details", E("summary", $"Each class, {arms.Set}"), ByClass(arms));
    }

    private static IEnumerable<object?> Row(RunView run, string arm, bool final) =>
        [arm, run.State.Classifiers(arm).Count(s => run.State.Completed(s.Step) is not null), .. Figures.Select(f => Say.Percent(final ? run.State.Result($"{arm}.{f.Key}") : run.Arms.Mean(arm, f.Of)))];

    private static IEnumerable<XElement> Charts(RunView run)
    {
        var rows = run.Arms.Shown.Select(a =>
        {
            var mean = run.State.Result(a + ".macroF1") ?? run.Arms.Mean(a, m => m.MacroF1);
            return new DotRow(a, Colour(a), [.. run.Arms.ByArm[a].Select(r => r.Metrics.MacroF1)]) { Mean = mean, Label = Say.Percent(mean) };
        });
        yield return Figure($"Macro F1, {run.Arms.Set}: a dot a seed, a stroke the mean.", new DotChart("Macro F1 of each arm", "macro F1", [.. rows]).Draw());
        var differences = ((string Key, string Name, int Colour)[])[("vsControl", "refined − control", 2), ("vsReal", "refined − real", 0)];
        var intervals = differences.Where(d => run.State.Difference(d.Key) is not null).Select(d =>
        {
            var (delta, low, high) = run.State.Difference(d.Key)!.Value;
            return new DotRow(d.Name, d.Colour, []) { Mean = delta, Interval = (low, high), Label = Say.Points(delta) };
        }).ToList();
        if (intervals.Count > 0)
        {
            yield return Figure("Difference in points of macro F1 with its 95 % interval over test images; shaded: within 2 points, no difference that matters.",
                new DotChart("Difference of refined to the other arms", "points of macro F1", intervals) { Differences = true, Band = (-TwoArms.Margin, TwoArms.Margin, "within 2 points") }.Draw());
        }
    }

    private static string? LeftOut(ArmResults arms)
    {
        var left = arms.ByArm.Values.SelectMany(r => r).SelectMany(r => r.Metrics.LeftOut).Distinct().ToArray();
        return left.Length == 0 ? null : $"Left out of macro means, with fewer than {Metrics.MinimumImages} images: {string.Join(", ", left)}.";
    }

    private static XElement ByClass(ArmResults arms)
    {
        var shown = arms.Shown;
        var classes = arms.ByArm[shown[0]][0].Metrics.Classes;
        return Table(["class", "images", .. shown.Select(a => $"{a}: recall"), .. shown.Select(a => $"{a}: F1")],
            classes.Select((c, i) => (IEnumerable<object?>)
            [
                c.Name, Say.Count(c.Count),
                .. shown.Select(a => Say.Percent(arms.Mean(a, m => m.Classes[i].Recall))),
                .. shown.Select(a => Say.Percent(arms.Mean(a, m => m.Classes[i].F1))),
            ]));
    }
}
