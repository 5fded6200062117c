using System.Collections.Immutable;
using System.Xml.Linq;
using Fer.Actors.Jobs.Refinement;
using Fer.Host.Reports.Charts;
using Fer.Models.Evaluation;
using static Fer.Host.Reports.Html;

namespace Fer.Host.Reports.Sections;

/// <summary>Whether an arm's confidence can be believed, before and after one temperature fitted on validation B.</summary>
internal static class ReliabilitySection
{
    private sealed record Pooled(Predictions Table, double[][] Probabilities)
    {
        public ImmutableArray<ReliabilityBin> Bins { get; } = Calibration.Reliability(Table, Probabilities);
    }

    public static IEnumerable<XElement> Render(RunView run)
    {
        var arms = run.Arms;
        if (!arms.Any)
        {
            yield return Note("No arm's predictions are there yet.");
            yield break;
        }

        yield return P(Small(arms.OnTest
            ? "Test images in 15 bins of equal size by confidence, all loops and seeds together. The temperature of each classifier is fitted on validation B."
            : "Images of validation B in 15 bins of equal size by confidence, all loops and seeds together; a temperature is applied once the test set has been read."));
        var rows = new List<IEnumerable<object?>>();
        var charts = new List<XElement>();
        foreach (var arm in arms.Shown)
        {
            var results = arms.ByArm[arm];
            var before = Pool(results, [.. results.Select(_ => 1.0)]);
            var temperatures = arms.OnTest ? Temperatures(run, arm, results) : null;
            var after = temperatures is null ? null : Pool(results, temperatures);
            charts.Add(Figure(arm, new ReliabilityChart($"Reliability of arm {arm}",
            [
                Series("as trained", ArmWords.Colour(arm), false, before), .. after is null ? (ReliabilitySeries[])[] : [Series("with temperature", ArmWords.Colour(arm), true, after)],
            ]).Draw()));
            rows.Add([arm, Words("as trained"), "1", .. Row(before)]);
            if (after is not null)
            {
                rows.Add([arm, Words("with temperature"), Temperature(temperatures!), .. Row(after)]);
            }
        }

        yield return E("div", Class("charts"), charts);
        yield return Table(["arm", "", "temperature", "calibration error", "log loss, nats", "Brier"], rows);
    }

    private static double[]? Temperatures(RunView run, string arm, IReadOnlyList<ArmResult> results)
    {
        var validation = results.Select(r => run.Predictions(Names.InLoop(r.Loop, Names.Classify(arm, r.Seed)))).ToArray();
        return validation.All(v => v is { Count: > 0 }) ? [.. validation.Select(v => Calibration.FitTemperature(v!))] : null;
    }

    // Of one loop's few seeds all are shown; a column of fifteen would be as wide as the page.
    private static string Temperature(double[] of) => of.Length <= 3
        ? string.Join(", ", of.Select(t => Say.Number(t, "0.00")))
        : $"{Say.Number(of.Min(), "0.00")} to {Say.Number(of.Max(), "0.00")}";

    private static Pooled Pool(IReadOnlyList<ArmResult> results, double[] temperatures)
    {
        var first = results[0].Predictions;
        var table = new Predictions(first.Labels, [.. results.SelectMany(r => r.Predictions.Ids)], [.. results.SelectMany(r => r.Predictions.Groups)],
            [.. results.SelectMany(r => r.Predictions.Truth)], [.. results.SelectMany(r => r.Predictions.Logits)]);
        return new Pooled(table, [.. results.SelectMany((r, i) => Probabilities.Of(r.Predictions, temperatures[i]))]);
    }

    private static ReliabilitySeries Series(string name, int colour, bool solid, Pooled pooled) =>
        new(name, colour, solid, [.. pooled.Bins.Select(b => (b.Confidence, b.Accuracy, b.Count))]);

    private static object?[] Row(Pooled p) =>
        [Say.Percent(Calibration.Error(p.Bins)), Say.Number(Calibration.LogLoss(p.Table, p.Probabilities), "0.000"), Say.Number(Calibration.Brier(p.Table, p.Probabilities), "0.000")];
}
