using System.Xml.Linq;
using Fer.Actors.Jobs.Refinement;
using Fer.Host.Reports.Charts;
using Fer.Models.Training;
using static Fer.Host.Reports.Html;

namespace Fer.Host.Reports.Sections;

/// <summary>Losses over steps: each generator's over all its rounds, each arm's classifiers.</summary>
internal static class CurvesSection
{
    private static readonly string[] Losses = ["critic", "generator"];

    public static IEnumerable<XElement> Render(RunView run)
    {
        var gans = run.State.Rounds().SelectMany(r => run.State.Gans(r).Select(g => g.Generator)).Distinct().ToArray();
        var charts = gans.SelectMany(g => Gan(run, g)).ToList();
        if (OneLoop.Note(run, "The others' curves are in an export.") is { } note)
        {
            yield return note;
        }

        yield return E("h3", "GAN");
        yield return charts.Count > 0 ? E("div", Class("charts"), charts) : Note("No GAN has finished a round.");
        yield return E("h3", "Classifiers");
        var classifiers = Classifiers(run).ToList();
        yield return classifiers.Count > 0 ? E("div", Class("charts"), classifiers) : Note("No classifier is trained yet.");
    }

    private static IEnumerable<XElement> Gan(RunView run, string generator)
    {
        var rounds = run.State.Rounds().Select(r => (Round: r, Curve: run.Curve(Names.Gan(r, generator)))).Where(r => r.Curve is { Rows.Count: > 0 }).ToArray();
        if (rounds.Length == 0)
        {
            yield break;
        }

        var (joined, begins) = Join(rounds!);
        var name = generator == "all" ? "all classes" : generator;
        var columns = rounds[0].Curve!.Columns;
        foreach (var (title, chosen) in new[] { ("losses", columns.Where(Losses.Contains)), ("other figures", columns.Where(c => !Losses.Contains(c) && !IsRate(c))) })
        {
            var series = chosen.Select((c, i) => new LineSeries(c, i + 1, Column(joined, columns.ToList().IndexOf(c)))).ToArray();
            if (series.Length > 0)
            {
                yield return Figure($"GAN of {name}: {title} ({string.Join(", ", series.Select(s => s.Name))})",
                    new LineChart($"GAN of {name}, {title} over steps", "steps", series) { Dividers = begins }.Draw());
            }
        }
    }

    // Whether a round counts on from the last or begins at 1 again, the rounds stand one after the other.
    private static (IReadOnlyList<double[]> Rows, IReadOnlyList<(double, string)> Begins) Join(IEnumerable<(int Round, Curve Curve)> rounds)
    {
        var rows = new List<double[]>();
        var begins = new List<(double, string)>();
        foreach (var (round, curve) in rounds)
        {
            var shift = rows.Count > 0 && curve.Rows[0][0] <= rows[^1][0] ? rows[^1][0] : 0;
            begins.Add((curve.Rows[0][0] + shift, Say.Text($"round {round}")));
            rows.AddRange(curve.Rows.Select(r => (double[])[r[0] + shift, .. r[1..]]));
        }

        return (rows, begins);
    }

    private static IEnumerable<XElement> Classifiers(RunView run)
    {
        foreach (var arm in Names.Arms)
        {
            if (Chart(run, $"arm {arm}", run.State.Classifiers(arm).Where(c => c.Loop == 1).Select(c => (Say.Text($"seed {c.Seed}"), c.Step, ArmWords.Colour(arm)))) is { } chart)
            {
                yield return chart;
            }
        }

        if (Chart(run, "retrained after each round", run.State.Rounds().Select((r, i) => (Say.Text($"round {r}"), Names.Retrain(r), i))) is { } retrained)
        {
            yield return retrained;
        }
    }

    private static XElement? Chart(RunView run, string title, IEnumerable<(string Name, string Step, int Colour)> steps)
    {
        var series = steps.Select(s => (s.Name, s.Colour, Curve: run.Curve(s.Step))).Where(s => s.Curve is { Rows.Count: > 0 })
            .SelectMany(s => s.Curve!.Columns.Select((c, i) => (Column: c, Index: i)).Where(c => !IsRate(c.Column))
                .Select(c => new LineSeries(c.Column is "loss" ? s.Name : $"{s.Name} {c.Column}", s.Colour, Column(s.Curve.Rows, c.Index)))).ToArray();
        return series.Length == 0 ? null : Figure($"Classifier loss, {title}", new LineChart($"Classifier loss over steps, {title}", "steps", series).Draw());
    }

    // A rate follows its schedule, which the settings say; beside losses it is a flat line.
    private static bool IsRate(string column) => column.EndsWith("rate", StringComparison.Ordinal);

    private static (double, double)[] Column(IReadOnlyList<double[]> rows, int column) => [.. rows.Select(r => (r[0], r[column + 1]))];
}
