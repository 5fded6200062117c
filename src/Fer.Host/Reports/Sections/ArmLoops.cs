using System.Xml.Linq;
using static Fer.Host.Reports.Html;

namespace Fer.Host.Reports.Sections;

/// <summary>The differences as a table with their words, and of a run with several loops what each loop says: a method's gain is one that comes back.</summary>
internal static class ArmLoops
{
    public static IEnumerable<XElement> Render(RunView run)
    {
        var differences = ArmDifference.Of(run.State);
        var loops = run.State.Loops();
        if (differences.Count > 0)
        {
            var several = differences.Any(d => d.Loops.Count > 1);
            if (differences.Any(d => d.LoopWords.Count > 0))
            {
                yield return P(Small("Below a loop's difference: what its own test images would have called it, had it been the only one."));
            }

            yield return Table(["points of macro F1", .. several ? loops.Select(l => Say.Text($"loop {l}")) : [], .. several ? ["mean", "deviation of loops"] : (string[])["difference"], "95 % interval", "in a word"],
                differences.Select(d => (IEnumerable<object?>)
                [
                    d.Title, .. several ? loops.Select(l => Loop(d, l)) : [], E("b", Say.Points(d.Delta)), .. several ? [d.LoopDeviation is { } s ? Say.Number(s * 100, "0.0") : Say.Nothing] : (object?[])[], d.Interval, d.Word ?? Say.Nothing,
                ]));
        }

        if (loops.Count > 1)
        {
            yield return E("details", E("summary", $"Macro F1 of each arm and loop, {run.Arms.Set}"), Table(["arm", .. loops.Select(l => Say.Text($"loop {l}")), "mean"], run.Arms.Shown.Select(a => Row(run, a, loops))));
        }
    }

    // The loop's own word stands below its difference: how often one GAN run alone would have said otherwise.
    private static object?[] Loop(ArmDifference d, int loop) =>
        loop > d.Loops.Count ? [Say.Nothing] : [Say.Points(d.Loops[loop - 1]), .. loop <= d.LoopWords.Count ? [E("br"), E("span", Class("small"), d.LoopWords[loop - 1])] : (object?[])[]];

    private static IEnumerable<object?> Row(RunView run, string arm, IReadOnlyList<int> loops)
    {
        var means = loops.Select(l => run.Arms.ByArm[arm].Where(r => r.Loop == l).Select(r => (double?)r.Metrics.MacroF1).Average()).ToArray();
        return [arm, .. means.Select(Say.Percent), E("b", Say.Percent(means.Average()))];
    }
}
