using System.Xml.Linq;
using Fer.Actors.Jobs.Refinement;
using Fer.Actors.Runs;
using Fer.Host.Reports.Charts;
using static Fer.Host.Reports.Html;

namespace Fer.Host.Reports.Sections;

/// <summary>
/// How good the generated images are by networks that had no part in making or choosing them: distances in the judge's features beside
/// the floor that real faces have, and how far the auditor agrees with the filter.
/// </summary>
internal static class QualitySection
{
    private static readonly (string Key, string Title, string Better)[] Measures =
        [("frechet", "Fréchet distance", "less"), ("kernel", "kernel distance", "less"), ("density", "density", "about the floor's"), ("coverage", "coverage", "more"), ("recall", "recall", "more")];

    public static IEnumerable<XElement> Render(RunView run)
    {
        var state = run.State;
        if (!state.Inputs.ContainsKey(Names.JudgeFaces))
        {
            yield return Note("There is no judge: data.judge-fraction is 0, so no faces were kept for one. The filter's own word says nothing of how good generated images are.");
            yield break;
        }

        if (state.Completed(Names.Judge) is { } judge && state.Completed(Names.Auditor) is { } auditor)
        {
            yield return P(Small(Say.Text($"Judge ({Say.Percent(judge.Figures.GetValueOrDefault("accuracy"))} on validation B) and auditor ({Say.Percent(auditor.Figures.GetValueOrDefault("accuracy"))}) are networks of other kinds, trained on faces that nothing else was trained on; no loss and no filter uses them. Weights, SHA-256: {Say.Short(judge.Files.GetValueOrDefault("weights", "?"))}, {Say.Short(auditor.Files.GetValueOrDefault("weights", "?"))}.")));
        }

        if (ArmWords.Placebo(state) is { } placebo)
        {
            yield return Note($"This run has {placebo} in place of generated faces: there is no generator to measure.");
            yield break;
        }

        var rounds = state.Loops().SelectMany(l => state.Rounds(l).Select(r => (Loop: l, Round: r, Step: state.Completed(Names.InLoop(l, Names.Quality(r)))))).Where(r => r.Step is not null).ToArray();
        if (rounds.Length == 0)
        {
            yield return Note("No round's images have been measured yet.");
        }
        else
        {
            yield return P(Small(Say.Text($"{Say.Count(rounds[0].Step!.Figures["images"])} images on each side, 8-bit, at the real mix of classes. The floor is what as many training faces have from the same held-out faces: a perfect generator reaches it, not 0, so what counts is the excess over it.")));
            yield return E("div", Class("charts"), Measures.Select(m => Chart(m, rounds)));
            yield return Table(["loop", "round", "Fréchet excess over the floor", .. Measures.SelectMany(m => new[] { m.Title, "floor" })], rounds.Select(r => (IEnumerable<object?>)
                [r.Loop, r.Round, Figure(r.Step!, "frechetExcess"), .. Measures.SelectMany(m => new object?[] { Figure(r.Step!, m.Key), Figure(r.Step!, m.Key + "Floor") })]));
        }

        foreach (var element in Audit(state))
        {
            yield return element;
        }
    }

    private static XElement Chart((string Key, string Title, string Better) measure, (int Loop, int Round, StepState? Step)[] rounds)
    {
        var series = rounds.GroupBy(r => r.Loop).Select(l => new LineSeries(rounds.Any(r => r.Loop != 1) ? Say.Text($"loop {l.Key}") : "generated", 2, [.. l.Select(r => ((double)r.Round, r.Step!.Figures[measure.Key]))]))
            .Append(new LineSeries("floor", 0, [.. rounds.GroupBy(r => r.Round).Select(r => ((double)r.Key, r.Average(x => x.Step!.Figures[measure.Key + "Floor"])))])).ToArray();
        return Html.Figure($"{measure.Title} ({measure.Better} is better)", new LineChart($"{measure.Title} over rounds", "rounds", series) { WholeX = true }.Draw());
    }

    private static IEnumerable<XElement> Audit(RunState state)
    {
        var audits = state.Loops().Select(l => (Loop: l, Step: state.Completed(Names.InLoop(l, Names.Audit)))).Where(a => a.Step is not null && a.Step.Figures.ContainsKey("agreement")).ToArray();
        if (audits.Length == 0)
        {
            yield break;
        }

        yield return E("h3", "What the auditor says of kept images");
        yield return P(Small("Kept images in five bins by the filter's confidence: how sure the filter is on the average, and in how many the auditor sees the same class. Calibration on real faces does not carry over to generated ones."));
        yield return Table(["loop", "kept", "filter's confidence", "auditor agrees", "auditor on real faces of that mix", .. Enumerable.Range(1, 5).Select(b => Say.Text($"bin {b}: confidence → agrees"))], audits.Select(a => (IEnumerable<object?>)
        [
            a.Loop, Say.Count(a.Step!.Figures["count"]), Say.Percent(a.Step.Figures["confidence"]), Say.Percent(a.Step.Figures["agreement"]), Share(a.Step, "real.accuracyAtKeptMix"),
            .. Enumerable.Range(1, 5).Select(b => $"{Share(a.Step, Say.Text($"bin-{b}.confidence"))} → {Share(a.Step, Say.Text($"bin-{b}.agreement"))}"),
        ]));
    }

    private static string Figure(StepState step, string name) => step.Figures.TryGetValue(name, out var v) ? Say.Figure(v) : Say.Nothing;

    private static string Share(StepState step, string name) => step.Figures.TryGetValue(name, out var v) ? Say.Percent(v) : Say.Nothing;
}
