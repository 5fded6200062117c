using System.Xml.Linq;
using Fer.Actors.Jobs.Refinement;
using Fer.Host.Reports.Charts;
using static Fer.Host.Reports.Html;

namespace Fer.Host.Reports.Sections;

/// <summary>Training images by class before and after the kept ones came in.</summary>
internal static class BalanceSection
{
    public static IEnumerable<XElement> Render(RunView run)
    {
        if (run.Input(Names.Train) is not { } train)
        {
            yield return Note("The training set cannot be read.");
            yield break;
        }

        var kept = run.State.KeptByClass(used: true, loop: 1);
        var before = train.CountByClass().Select(n => (double)n).ToArray();
        var after = before.Select((n, i) => n + kept.GetValueOrDefault(train.Labels[i])).ToArray();
        yield return P($"The largest class has {Ratio(before)} times the images of the smallest before, {Ratio(after)} times after {Say.Many(kept.Values.Sum(), "kept image")}{Used(run)}.");
        if (OneLoop.Note(run, "What the others kept stands under acceptance.") is { } note)
        {
            yield return note;
        }

        yield return E("div", Class("charts"), Figure("Training images by class", new BarChart("Training images by class before and after", train.Labels.Names,
            [("real", 0, before), ("real and kept", 2, after)]).Draw()));
    }

    private static string Used(RunView run) => run.State.RoundsUsed() is var n && n < int.MaxValue ? Say.Text($" of rounds 1 to {n}, which the refined arm is trained on") : "";

    private static string Ratio(double[] counts) => counts.Min() > 0 ? Say.Number(counts.Max() / counts.Min(), "0.0") : "infinitely many";
}
