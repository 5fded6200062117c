using System.Text;
using System.Xml.Linq;
using Fer.Actors.Jobs.Refinement;
using static Fer.Host.Reports.Html;

namespace Fer.Host.Reports.Sections;

/// <summary>The faces: how many of each class stand on which side, and what the loader found.</summary>
internal static class DataSection
{
    private static readonly (string Role, string Title)[] Sides = [(Names.Train, "training"), (Names.ValidationA, "validation A"), (Names.ValidationB, "validation B")];

    public static IEnumerable<XElement> Render(RunReader run)
    {
        var sides = Sides.Select(s => (s.Title, Counts: run.Input(s.Role)?.CountByClass())).Append(("test", run.Test()?.CountByClass())).Where(s => s.Item2 is not null).Select(s => (s.Item1, Counts: s.Item2!)).ToArray();
        if (run.Input(Names.Train) is { } train)
        {
            yield return P($"{Say.Many(sides.Sum(s => s.Counts.Sum()), "image")} of {train.Width}×{train.Height} pixels, {(train.Channels == 1 ? "grey" : "colour")}. Validation A calibrates the filter, validation B chooses; the test set is read once.");
            yield return Table(["class", .. sides.Select(s => s.Item1)], train.Labels.Names.Select((n, k) => (IEnumerable<object?>)[n, .. sides.Select(s => Say.Count(s.Counts[k]))])
                .Append(["all", .. sides.Select(s => Say.Count(s.Counts.Sum()))]));
        }

        if (run.InputBytes(Names.DataReport) is { } report)
        {
            yield return E("details", E("summary", "What the loader found"), Pairs(SettingsSection.Flat(Encoding.UTF8.GetString(report))));
        }
    }
}
