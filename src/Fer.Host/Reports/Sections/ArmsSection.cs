using System.Xml.Linq;
using Fer.Actors.Jobs.Refinement;
using static Fer.Host.Reports.Html;

namespace Fer.Host.Reports.Sections;

/// <summary>Refined, control and real side by side.</summary>
internal static class ArmsSection
{
    private static readonly (string Key, string Title)[] Figures = [("accuracy", "accuracy"), ("macroF1", "macro F1"), ("auroc", "AUROC")];

    public static IEnumerable<XElement> Render(RunReader run)
    {
        var state = run.State;
        yield return Table(["arm", "seeds", .. Figures.Select(f => f.Title)],
            Names.Arms.Select(arm => (IEnumerable<object?>)[arm, state.Seeds(arm).Count, .. Figures.Select(f => Say.Percent(state.Result($"{arm}.{f.Key}")))]));
    }
}
