using System.Globalization;
using System.Xml.Linq;

namespace Fer.Host.Reports.Charts;

/// <summary>A confusion matrix: rows are the truth, columns what the classifier said; each cell its share of the row.</summary>
internal sealed record MatrixChart(string Title, IReadOnlyList<string> Classes, IReadOnlyList<IReadOnlyList<int>> Counts)
{
    public XElement Draw()
    {
        var longest = Math.Min(110, Classes.Max(Svg.TextWidth) + 8);
        double left = longest + 14, cell = (Svg.Width - left) / Classes.Count, high = Math.Min(cell, 44), head = 18 + (cell > longest ? 14 : longest * 0.75);
        return Svg.Root(Svg.Width, head + high * Classes.Count + 4, Title,
            Svg.Text(left + (Svg.Width - left) / 2, 11, "predicted", "tick", "middle"),
            Svg.Text(2, head - 4, "truth", "tick"),
            Classes.Select((c, i) => ColumnName(c, left + (i + 0.5) * cell, head - 5, cell > longest, longest)),
            Classes.Select((c, i) => Svg.Text(left - 6, head + (i + 0.5) * high + 4, Svg.Fit(c, longest), "name", "end")),
            Classes.SelectMany((_, t) => Classes.Select((_, p) => Cell(t, p, left + p * cell, head + t * high, cell, high))));
    }

    private static XElement ColumnName(string name, double x, double y, bool level, double longest)
    {
        var text = Svg.Text(x, y, Svg.Fit(name, longest), "name", level ? "middle" : "start");
        if (!level)
        {
            text.Add(new XAttribute("transform", $"rotate(-45 {Svg.N(x)} {Svg.N(y)})"));
        }

        return text;
    }

    private XElement Cell(int truth, int predicted, double x, double y, double width, double height)
    {
        int count = Counts[truth][predicted], total = Counts[truth].Sum();
        var share = total == 0 ? 0 : (double)count / total;
        // Never so strong that the ink on it could not be read, in light or dark.
        var rect = Svg.Rect(x + 1, y + 1, width - 2, height - 2, truth == predicted ? "cell hit" : "cell",
            $"{Classes[truth]} taken for {Classes[predicted]}: {Say.Count(count)} of {Say.Count(total)}");
        rect.Add(new XAttribute("style", string.Create(CultureInfo.InvariantCulture, $"fill-opacity:{0.04 + 0.38 * share:0.##}")));
        return Svg.Group("share", rect, Svg.Text(x + width / 2, y + height / 2 + 4, total == 0 ? Say.Nothing : Say.Number(share * 100, "0"), "name", "middle"));
    }
}
