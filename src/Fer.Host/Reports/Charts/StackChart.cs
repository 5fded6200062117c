using System.Xml.Linq;

namespace Fer.Host.Reports.Charts;

/// <summary>Lying bars of equal length, cut into shares of their row's total; a share that has room says what it is.</summary>
internal sealed record StackChart(string Title, IReadOnlyList<string> Parts, IReadOnlyList<(string Name, IReadOnlyList<double> Values)> Rows)
{
    private const double Bar = 20, Gap = 5;

    public XElement Draw()
    {
        var left = Math.Min(140, Rows.Max(r => Svg.TextWidth(r.Name)) + 10);
        var key = Key(left).ToList();
        var head = key.Count * 15 + 4;
        return Svg.Root(Svg.Width, head + Rows.Count * (Bar + Gap), Title, key, Rows.Select((r, i) => Row(r.Name, r.Values, left, head + i * (Bar + Gap))));
    }

    private XElement Row(string name, IReadOnlyList<double> values, double left, double y)
    {
        var total = values.Sum();
        var at = left;
        var pieces = new List<object> { Svg.Text(left - 8, y + 14, Svg.Fit(name, left - 8), "name", "end") };
        for (var i = 0; i < values.Count; i++)
        {
            var width = total > 0 ? values[i] / total * (Svg.Width - left) : 0;
            var text = Say.Count(values[i]);
            pieces.Add(Svg.Group(Colour(i),
                Svg.Rect(at, y, width, Bar, i == 0 ? "bar solid part" : "bar part", $"{name}, {Parts[i]}: {text} of {Say.Count(total)} ({Say.Percent(values[i] / total)})"),
                width > Svg.TextWidth(text) + 4 ? Svg.Text(at + width / 2, y + 14, text, i == 0 ? "inside" : "name", "middle") : null));
            at += width;
        }

        return Svg.Group("category", pieces);
    }

    // The first part has the colour of what is kept everywhere on the page; the others leave that one out.
    private static string Colour(int part) => Svg.Colour(part == 0 ? 2 : part == 1 ? 1 : part + 1);

    // One line a part: names of reasons are long, phones are narrow.
    private IEnumerable<XElement> Key(double left) => Parts.Select((p, i) => Svg.Group(Colour(i),
        Svg.Rect(left, 3 + i * 15, 11, 11, i == 0 ? "bar solid" : "bar"), Svg.Text(left + 16, 12 + i * 15, p, "name")));
}
