using System.Collections.Immutable;
using System.Xml.Linq;
using Fer.Actors.Jobs.Refinement;
using Fer.Actors.Runs;
using Fer.Host.Reports.Charts;
using static Fer.Host.Reports.Html;

namespace Fer.Host.Reports.Sections;

/// <summary>What each round gained on validation B, and what the run decided from it.</summary>
internal static class GainSection
{
    public static IEnumerable<XElement> Render(RunView run)
    {
        var state = run.State;
        var rounds = state.Rounds().Select(r => (Round: r, Step: state.Completed(Names.Validate(r)))).Where(r => r.Step is not null).ToArray();
        if (rounds.Length == 0)
        {
            yield return Note("No round has been validated yet.");
            yield break;
        }

        yield return P(Small("Macro F1 on validation B of the classifier retrained with what was kept so far, less that of the baseline; the bar is one bootstrap standard error to either side."));
        if (OneLoop.Note(run, "Of the others there is a table below.") is { } note)
        {
            yield return note;
        }

        var rows = rounds.Select(r =>
        {
            double delta = r.Step!.Figures.GetValueOrDefault("delta"), error = r.Step.Figures.GetValueOrDefault("standardError");
            return new DotRow(Say.Text($"round {r.Round}"), 2) { Mean = delta, Interval = (delta - error, delta + error), Label = Difference(r.Step, "delta", "standardError") };
        });
        yield return E("div", Class("charts"), Figure("Gain by round", new DotChart("Validation gain over rounds", "points of macro F1 over the baseline", [.. rows]) { Differences = true }.Draw()));
        yield return Table(["round", "baseline", "macro F1", "over baseline", "over the best before", "then"], rounds.Select(r => (IEnumerable<object?>)
        [
            r.Round, Share(r.Step!.Figures, "baseline.macroF1"), Share(r.Step.Figures, "round.macroF1"), Difference(r.Step, "delta", "standardError"), Difference(r.Step, "gain", "gainError"),
            state.Decisions.TryGetValue(Names.RoundQuestion(r.Round), out var d) ? Words($"{d.Answer}: {d.Because}") : Words("not decided"),
        ]));
        if (state.Decisions.TryGetValue(Names.RoundsUsed, out var used))
        {
            yield return P(Say.Text($"The refined arm is trained on what rounds 1 to {used.Answer} kept: {used.Because}."));
        }

        if (state.Loops() is { Count: > 1 } loops)
        {
            var most = loops.SelectMany(l => state.Rounds(l)).Max();
            yield return E("h3", "Every loop");
            yield return Table(["over the baseline", .. Enumerable.Range(1, most).Select(r => Say.Text($"round {r}")), "rounds used", "why"], loops.Select(loop => OfLoop(state, loop, most)));
        }
    }

    private static IEnumerable<object?> OfLoop(RunState state, int loop, int rounds)
    {
        var used = state.Decisions.GetValueOrDefault(Names.InLoop(loop, Names.RoundsUsed));
        return
        [
            Say.Text($"loop {loop}"), .. Enumerable.Range(1, rounds).Select(r => state.Completed(Names.InLoop(loop, Names.Validate(r))) is { } s ? Difference(s, "delta", "standardError") : Say.Nothing),
            used?.Answer ?? Say.Nothing, Words(used?.Because ?? "not decided"),
        ];
    }

    private static string Difference(StepState step, string delta, string error) => step.Figures.TryGetValue(delta, out var d) && step.Figures.TryGetValue(error, out var e)
        ? $"{Say.Points(d)} ± {Say.Number(e * 100, "0.0")}"
        : Say.Nothing;

    private static string Share(ImmutableSortedDictionary<string, double> figures, string name) => Say.Percent(figures.TryGetValue(name, out var v) ? v : null);
}
