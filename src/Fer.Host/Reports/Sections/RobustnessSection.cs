using System.Xml.Linq;
using Fer.Actors.Jobs.Refinement;
using Fer.Host.Reports.Charts;
using Fer.Models.Evaluation;
using static Fer.Host.Reports.Html;

namespace Fer.Host.Reports.Sections;

/// <summary>One classifier of each arm on test faces that are made harder to see.</summary>
internal static class RobustnessSection
{
    public static IEnumerable<XElement> Render(RunView run)
    {
        var figures = run.State.Completed(Names.TestStep)?.Figures;
        var arms = figures is null ? [] : Names.Arms.Where(a => figures.ContainsKey(Names.TestFile(a, 0) + ".corrupted.macroF1")).ToArray();
        if (figures is null || arms.Length == 0)
        {
            yield return Note(figures is null ? "The test set has not been evaluated." : "Robustness was not asked for: loop.robustness is false.");
            yield break;
        }

        yield return P(Small("The first loop's classifier of seed 0 of each arm, in the one reading of the test set. Strength 0: the faces as they are. One classifier an arm: a difference of two points is chance."));
        yield return E("div", Class("charts"), Corruptions.All.Select(corruption =>
        {
            var name = corruption.ToString().ToLowerInvariant();
            var series = arms.Select(arm => new LineSeries(arm, ArmWords.Colour(arm),
            [
                (0, figures[Names.TestFile(arm, 0) + ".macroF1"]),
                .. Enumerable.Range(1, Corruptions.Strengths).Select(s => ((double)s, figures[Say.Text($"{Names.TestFile(arm, 0)}.{name}-{s}.macroF1")])),
            ])).ToArray();
            return Figure($"{corruption}: macro F1 by strength", new LineChart($"Macro F1 under {name}", "strength", series) { Share = true, WholeX = true }.Draw());
        }));
        yield return Table(["arm", "as they are", "mean over all corruptions", "lost"], arms.Select(arm => (IEnumerable<object?>)
        [
            arm, Say.Percent(figures[Names.TestFile(arm, 0) + ".macroF1"]), Say.Percent(figures[Names.TestFile(arm, 0) + ".corrupted.macroF1"]), Say.Points(figures[Names.TestFile(arm, 0) + ".corrupted.lost"]),
        ]));
    }
}
