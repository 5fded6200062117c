using System.Xml.Linq;
using Fer.Host.Reports.Charts;
using static Fer.Host.Reports.Html;

namespace Fer.Host.Reports.Sections;

/// <summary>Which class is taken for which, arm by arm, seeds added up.</summary>
internal static class ConfusionSection
{
    public static IEnumerable<XElement> Render(RunView run)
    {
        var arms = run.Arms;
        if (!arms.Any)
        {
            yield return Note("No arm's predictions are there yet.");
            yield break;
        }

        yield return P(Small($"Measured on: {arms.Set}. A row is the truth, a cell the percentage of its row, all loops and seeds added up."));
        yield return E("div", Class("charts"), arms.Shown.Select(a =>
        {
            var results = arms.ByArm[a];
            var classes = results[0].Predictions.Labels.Names;
            var sum = classes.Select((_, t) => (IReadOnlyList<int>)[.. classes.Select((_, p) => results.Sum(r => r.Metrics.Confusion[t][p]))]).ToArray();
            return Figure($"{a}, {Say.Many(results.Count, "classifier")}", E("div", Class("s" + Say.Text($"{ArmWords.Colour(a)}")), new MatrixChart($"Confusion matrix of arm {a}", classes, sum).Draw()));
        }));
    }
}
