using System.Xml.Linq;
using Fer.Actors.Jobs.Refinement;
using Fer.Actors.Runs;
using Fer.Host.Reports.Charts;
using static Fer.Host.Reports.Html;

namespace Fer.Host.Reports.Sections;

/// <summary>What the filter kept of what was drawn, by class and round, and why it refused the rest.</summary>
internal static class AcceptanceSection
{
    private const string Rejected = "rejected.";
    private const int RoundsDrawn = 6;

    private sealed record Sample(int Round, string Class, IReadOnlyDictionary<string, double> Figures)
    {
        public double Drawn => Figures.GetValueOrDefault("drawn");

        public double Kept => Figures.GetValueOrDefault("kept");

        public double Share => Drawn > 0 ? Kept / Drawn : double.NaN;

        public double For(string reason) => Figures.GetValueOrDefault(Rejected + reason);
    }

    public static IEnumerable<XElement> Render(RunView run)
    {
        var samples = run.State.Rounds().SelectMany(r => InOrder(run, r).Where(s => s.Step.Status == StepStatus.Completed).Select(s => new Sample(r, s.Class, s.Step.Figures))).ToList();
        if (samples.Count == 0)
        {
            yield return Note("Nothing has been sampled yet.");
            yield break;
        }

        var reasons = samples.SelectMany(s => s.Figures.Keys).Where(k => k.StartsWith(Rejected, StringComparison.Ordinal)).Select(k => k[Rejected.Length..]).Distinct().Order(StringComparer.Ordinal).ToArray();
        var classes = samples.Select(s => s.Class).Distinct().ToArray();
        double drawn = samples.Sum(s => s.Drawn), kept = samples.Sum(s => s.Kept);
        yield return P($"Of {Say.Many(drawn, "drawn image")} the filter kept {Say.Count(kept)} ({Say.Percent(kept / drawn)}){(run.State.Loops().Count > 1 ? " in loop 1" : "")}.");
        if (OneLoop.Note(run, "Of the others there is a table below.") is { } note)
        {
            yield return note;
        }

        var rounds = samples.Select(s => s.Round).Distinct().ToArray();
        yield return E("div", Class("charts"),
            Figure("Share of drawn images that were kept", new LineChart("Acceptance by class over rounds", "round",
                [.. classes.Select((c, i) => new LineSeries(c, i, [.. samples.Where(s => s.Class == c).Select(s => ((double)s.Round, s.Share))]))]) { Share = true, WholeX = true }.Draw()),
            rounds.TakeLast(RoundsDrawn).Select(r => Figure(Say.Text($"Round {r}: kept, and rejected by reason"), new StackChart(Say.Text($"Kept and rejected images of round {r} by class"), ["kept", .. reasons],
                [.. samples.Where(s => s.Round == r).Select(s => (s.Class, (IReadOnlyList<double>)[s.Kept, .. reasons.Select(s.For)]))]).Draw())));
        if (rounds.Length > RoundsDrawn)
        {
            yield return Note(Say.Text($"Reasons are drawn for the last {RoundsDrawn} rounds; the table has all {rounds.Length}."));
        }

        yield return E("details", E("summary", "All counts"), Table(["round, class", "drawn", "kept", "accepted", .. reasons],
            samples.Select(s => (IEnumerable<object?>)[Say.Text($"{s.Round}, {s.Class}"), Say.Count(s.Drawn), Say.Count(s.Kept), Say.Percent(s.Share), .. reasons.Select(x => Say.Count(s.For(x)))])));
        if (Filters(run) is { } filters)
        {
            yield return filters;
        }

        if (run.State.Loops() is { Count: > 1 } loops)
        {
            yield return E("h3", "Every loop");
            yield return Table(["kept, of those drawn", .. loops.Select(l => Say.Text($"loop {l}"))], [.. run.Classes.Select(c => KeptOf(run, loops, c)), KeptOf(run, loops, only: null)]);
        }
    }

    private static IEnumerable<object?> KeptOf(RunView run, IReadOnlyList<int> loops, string? only) => loops.Select(loop =>
    {
        var done = run.State.Rounds(loop).SelectMany(r => run.State.Samples(r, loop)).Where(s => s.Step.Status == StepStatus.Completed && (only is null || s.Class == only)).Select(s => s.Step.Figures).ToArray();
        double kept = done.Sum(f => f.GetValueOrDefault("kept")), drawn = done.Sum(f => f.GetValueOrDefault("drawn"));
        return drawn > 0 ? $"{Say.Count(kept)} ({Say.Percent(kept / drawn)})" : Say.Nothing;
    }).Prepend<object?>(only ?? "all");

    private static IEnumerable<(string Class, StepState Step)> InOrder(RunView run, int round)
    {
        var order = run.Classes.ToList();
        return run.State.Samples(round).OrderBy(s => order.IndexOf(s.Class) is var i && i < 0 ? int.MaxValue : i);
    }

    private static XElement? Filters(RunView run)
    {
        var filters = run.State.Rounds().Prepend(0).Select(r => (Round: r, Step: run.State.Completed(Names.Filter(r)))).Where(f => f.Step is { Figures.Count: > 0 }).ToArray();
        var names = filters.SelectMany(f => f.Step!.Figures.Keys).Distinct().Order(StringComparer.Ordinal).ToArray();
        return names.Length == 0 ? null : E("details", E("summary", "Filter settings found on validation A"),
            Table(["filter", .. names], filters.Select(f => (IEnumerable<object?>)
                [f.Round == 0 ? "trained on real faces" : Say.Text($"after round {f.Round}"), .. names.Select(n => f.Step!.Figures.TryGetValue(n, out var v) ? Say.Figure(v) : Say.Nothing)])));
    }
}
