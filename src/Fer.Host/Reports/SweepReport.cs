using System.Xml.Linq;
using Fer.Actors.Sweeps;
using Fer.Actors.Sweeps.Search;
using Fer.Host.Hosting;
using Fer.Host.Live.Web;
using static Fer.Host.Reports.Html;

namespace Fer.Host.Reports;

/// <summary>A sweep's report: one page that opens offline, of half a sweep too. A pure function of its folded journal.</summary>
internal static class SweepReport
{
    /// <summary>More rows than anybody reads; all are in the export.</summary>
    private const int MostRows = 500;

    public static void Write(SweepState state, string file)
    {
        var aside = file + ".new";
        File.WriteAllBytes(aside, Render(state));
        File.Move(aside, file, overwrite: true);
    }

    /// <summary>The page as UTF-8, well-formed as XML too.</summary>
    public static byte[] Render(SweepState state)
    {
        var spec = state.Spec!;
        (string Title, IEnumerable<XElement?> Body)[] sections =
        [
            ("Objective", [E("div", Class("charts"), Figure($"{spec.Objective}, trials in the order in which they were done", TrialCharts.OverTime(state)), spec.Space.Axes.Select(a => Figure($"{spec.Objective} against {a.Key}", TrialCharts.Against(state, a))))]),
            ("Trials", Trials(state)),
            ("What was searched", SweepPage.Search(state)),
        ];
        var status = state.Status.ToString().ToLowerInvariant();
        var head = E("header",
            E("p", Class("run"), "sweep ", E("b", state.SweepId), $", {status}"),
            E("p", Class($"verdict {status}"), status),
            E("h1", Claim(state)),
            E("p", Class("limits"), "Chosen on validation faces, which flatter whoever is chosen by them: the test set was not read, and nothing is claimed. fer sweep export writes the best trial as a configuration; fer run with it reads the test set, once."),
            E("p", Class("small"), SweepTable.Sentence(state.SweepId, status, SweepSummary.Of(state), spec), SweepTable.Reused(state.Work.Steps, state.Work.Reused) is { Length: > 0 } reused ? $" Of the trials that are over, {reused}." : null));
        return ReportShell.Wrap($"{state.SweepId}: sweep", $"Sweep {state.SweepId}", state.Version, [head], [.. sections.Select(s => E("section", E("h2", s.Title), s.Body))]);
    }

    private static string Claim(SweepState state) => state.BestTrial is { } best
        ? $"Of {Say.Many(state.Trials.Count, "trial")}, trial {Say.Count(best.Number)} is best: {state.Spec!.Objective} {SweepTable.Figure(best.Value!.Value)} with {string.Join(", ", best.Values.Select(v => $"{v.Key} = {v.Value}"))}."
        : "No trial has completed.";

    private static IEnumerable<XElement?> Trials(SweepState state)
    {
        var keys = state.Spec!.Space.Axes.Select(a => a.Key).ToList();
        var sorted = SweepTable.BestFirst(state);
        yield return Table(["trial", "state", state.Spec.Objective, "at rung", .. keys, "device time", "steps", "there already", "why"], sorted.Take(MostRows).Select(t => (IEnumerable<object?>)
        [
            Say.Count(t.Number), Words(SweepTable.Words(state, t)), t.Value is { } v ? SweepTable.Figure(v) : Say.Nothing, SweepTable.AtRung(t), .. keys.Select(k => (object?)t.Values.GetValueOrDefault(k, Say.Nothing)),
            t.DeviceSeconds > 0 ? Say.Span(TimeSpan.FromSeconds(t.DeviceSeconds)) : Say.Nothing, t.Steps > 0 ? Say.Count(t.Steps) : Say.Nothing, t.Steps > 0 ? Say.Count(t.Reused) : Say.Nothing, Words(t.Reason),
        ]));
        yield return sorted.Count > MostRows ? Note($"The first {Say.Count(MostRows)} of {Say.Count(sorted.Count)}; fer sweep export writes all.") : null;
    }
}
