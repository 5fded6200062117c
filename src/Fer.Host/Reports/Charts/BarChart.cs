using System.Xml.Linq;

namespace Fer.Host.Reports.Charts;

/// <summary>Lying bars: for each category one bar a series, its count at its end.</summary>
internal sealed record BarChart(string Title, IReadOnlyList<string> Categories, IReadOnlyList<(string Name, int Colour, IReadOnlyList<double> Values)> Series)
{
    private const double Bar = 13, Gap = 10, Head = 22;

    public XElement Draw()
    {
        var left = Math.Min(130, Categories.Max(Svg.TextWidth) + 10);
        var most = Series.SelectMany(s => s.Values).DefaultIfEmpty(0).Max();
        var x = new Scale(0, Math.Max(most, 1), left, Svg.Width - Svg.TextWidth(Say.Count(most)) - 10);
        var group = Series.Count * Bar + Gap;
        return Svg.Root(Svg.Width, Head + Categories.Count * group, Title, Key(left),
            Categories.Select((c, i) => Svg.Group("category",
                Svg.Text(left - 8, Head + i * group + Series.Count * Bar / 2 + 4, Svg.Fit(c, left - 8), "name", "end"),
                Series.Select((s, k) => Svg.Group(Svg.Colour(s.Colour),
                    Svg.Rect(left, Head + i * group + k * Bar, Math.Max(1, x.Map(s.Values[i]) - left), Bar - 2, k == 0 ? "bar" : "bar solid", $"{c}, {s.Name}: {Say.Count(s.Values[i])}"),
                    Svg.Text(x.Map(s.Values[i]) + 4, Head + i * group + k * Bar + 10, Say.Count(s.Values[i]), "tick"))))));
    }

    private IEnumerable<XElement> Key(double left)
    {
        var at = left;
        foreach (var ((name, colour, _), k) in Series.Select((s, k) => (s, k)))
        {
            yield return Svg.Group(Svg.Colour(colour), Svg.Rect(at, 3, 11, 11, k == 0 ? "bar" : "bar solid"), Svg.Text(at + 16, 13, name, "name"));
            at += Svg.TextWidth(name) + 36;
        }
    }
}
