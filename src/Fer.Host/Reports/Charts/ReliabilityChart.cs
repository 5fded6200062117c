using System.Xml.Linq;

namespace Fer.Host.Reports.Charts;

/// <summary>One set of bins: mean confidence against share right, with the images in each.</summary>
internal sealed record ReliabilitySeries(string Name, int Colour, bool Solid, IReadOnlyList<(double Confidence, double Accuracy, int Count)> Bins);

/// <summary>How often a classifier is right when it says it is sure: on the diagonal its word can be taken.</summary>
internal sealed record ReliabilityChart(string Title, IReadOnlyList<ReliabilitySeries> Series)
{
    private const double Height = 330, Left = 46, Bottom = 36, Top = 34;

    public XElement Draw()
    {
        Scale x = new(0, 1, Left, Svg.Width - 24), y = new(0, 1, Height - Bottom, Top);
        double[] ticks = [0, 0.25, 0.5, 0.75, 1];
        return Svg.Root(Svg.Width, Height, Title,
            ticks.SelectMany(t => (XElement[])
            [
                Svg.Line(Left, y.Map(t), x.To, y.Map(t), "grid"), Svg.Text(Left - 5, y.Map(t) + 4, Say.Number(t * 100, "0") + " %", "tick", "end"),
                Svg.Line(x.Map(t), Top, x.Map(t), y.From, "grid"), Svg.Text(x.Map(t), y.From + 14, Say.Number(t * 100, "0") + " %", "tick", "middle"),
            ]),
            Svg.Line(x.Map(0), y.Map(0), x.Map(1), y.Map(1), "rule"),
            Svg.Text((x.From + x.To) / 2, Height - 4, "says it is sure by", "tick", "middle"),
            Svg.Text(2, 11, "is right in", "tick"),
            Series.Select((s, i) => Svg.Group(Svg.Colour(s.Colour),
                Svg.Circle(Left + 70 + i * 150, 8, 4, s.Solid ? "dot" : "ring"), Svg.Text(Left + 80 + i * 150, 12, s.Name, "name"),
                Svg.Path(s.Bins.Select(b => (x.Map(b.Confidence), y.Map(b.Accuracy))), s.Solid ? "line" : "line dashed"),
                s.Bins.Select(b => Svg.Circle(x.Map(b.Confidence), y.Map(b.Accuracy), 4, s.Solid ? "dot" : "ring",
                    $"{s.Name}: {Say.Many(b.Count, "image")}, sure by {Say.Percent(b.Confidence)}, right in {Say.Percent(b.Accuracy)}")))));
    }
}
