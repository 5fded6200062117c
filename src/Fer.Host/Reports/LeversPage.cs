using System.Text;
using System.Xml.Linq;
using Fer.Actors.Jobs.Levers;
using Fer.Actors.Runs;
using Fer.Actors.Storage;
using Fer.Host.Reports.Charts;
using Fer.Host.Reports.Sections;
using static Fer.Host.Reports.Html;

namespace Fer.Host.Reports;

/// <summary>The page of a screening: what each lever is worth, and the recipe that came of it. Of half a one, too.</summary>
internal static class LeversPage
{
    /// <summary>The page as UTF-8, well-formed as XML too.</summary>
    public static byte[] Render(RunState state, ArtifactStore store, bool held)
    {
        var run = new RunView(state, store);
        var view = LeversView.Of(state);
        (string Title, IEnumerable<XElement> Body)[] sections =
        [
            ("Levers", Levers(view)),
            ("Recipe", Recipe(run)),
            ("What was run", SettingsSection.Render(run)),
            ("Timeline", TimelineSection.Render(run)),
            ("Incidents", IncidentsSection.Render(run)),
        ];
        var bodies = sections.Select(s => E("section", E("h2", s.Title), s.Body)).ToList();
        var head = E("header",
            E("p", Class("run"), "screening ", E("b", state.RunId), $", {Headline.Status(state, held)}"),
            E("h1", Claim(view)),
            E("p", Class("limits"), view.Limits));
        return ReportShell.Wrap(run, "levers", [head], bodies);
    }

    private static string Claim(LeversView view)
    {
        if (view.Rows.IsEmpty)
        {
            return "The screening is not complete: nothing is chosen yet.";
        }

        var taken = view.Rows.Where(r => r.IsTaken).Select(r => LeverNames.Variant(r.Key, r.Value)).ToArray();
        return taken.Length == 0
            ? "No value of any lever moved refined by more than its standard error: the recipe is the base."
            : $"Taken into the recipe: {string.Join(", ", taken)}.";
    }

    private static IEnumerable<XElement> Levers(LeversView view)
    {
        if (view.Rows.IsEmpty)
        {
            yield return Note("Nothing is measured yet.");
            yield break;
        }

        var loop = view.Run.Screened.Loop;
        yield return P(Say.Text($"Macro F1 on validation B in points, one lever moved at a time, paired by loop and seed: {Say.Many(loop.Loops, "loop")}, {Say.Many(loop.Seeds, "seed")} each. Intervals are over loops."));
        yield return Table(["lever", "base", "tried", "Δ refined", "95 % interval", "Δ control", "refined − control", "recipe"], view.Rows.Select(r => (IEnumerable<object?>)
        [
            r.Key, Words(r.Base), Words(r.Value), Say.Points(r.Refined.Delta), Interval(r.Refined), r.Control is { } c ? $"{Say.Points(c.Delta)} ({Interval(c)})" : Say.Nothing, $"{Say.Points(r.Gain.Delta)} ({Interval(r.Gain)})", Words(r.IsTaken ? "taken" : "")
        ]));
        yield return P($"Refined − control at the base: {Say.Points(view.GainAtBase!.Delta)} points ({Interval(view.GainAtBase)}).");
        yield return Figure("Refined with the value less refined at the base: a dot each loop, their mean, and its 95 % interval.", new DotChart("What each value is worth", "points of macro F1",
            [.. view.Rows.Select(r => new DotRow(LeverNames.Variant(r.Key, r.Value), r.IsTaken ? 3 : 0) { Lanes = [("", r.Loops)], Mean = r.Refined.Delta, Interval = (r.Refined.Low, r.Refined.High), Label = Say.Points(r.Refined.Delta) })]) { Differences = true }.Draw());
    }

    private static IEnumerable<XElement> Recipe(RunView run)
    {
        if (run.Bytes(LeverNames.Screen, LeverNames.Recipe) is not { } recipe)
        {
            yield return Note("There is none yet.");
            yield break;
        }

        yield return P("The levers' lines, each with its reason; with all other settings they stand in ", E("code", "recipe.conf"), " in the run's folder, which ", E("code", "fer run"), " tests on the test set.");
        yield return E("pre", Encoding.UTF8.GetString(recipe));
    }

    private static string Interval(LeverDifference difference) => $"{Say.Points(difference.Low)} to {Say.Points(difference.High)}";
}
