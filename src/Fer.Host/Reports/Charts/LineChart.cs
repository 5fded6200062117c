using System.Xml.Linq;

namespace Fer.Host.Reports.Charts;

/// <summary>One line: its name stands at its right end.</summary>
internal sealed record LineSeries(string Name, int Colour, IReadOnlyList<(double X, double Y)> Points);

/// <summary>Figures over steps or rounds.</summary>
internal sealed record LineChart(string Title, string XTitle, IReadOnlyList<LineSeries> Series)
{
    private const double Height = 220, Left = 46, Top = 12, Bottom = 34;
    private const int FewPoints = 24;

    /// <summary>Upright lines with a label, where rounds begin.</summary>
    public IReadOnlyList<(double X, string Label)> Dividers { get; init; } = [];

    /// <summary>Y runs from 0 to 1 and is labelled in percent.</summary>
    public bool Share { get; init; }

    /// <summary>X counts something: ticks are whole.</summary>
    public bool WholeX { get; init; }

    public XElement Draw()
    {
        var right = Math.Min(120, Series.Max(s => Svg.TextWidth(s.Name)) + 12);
        var x = XScale(Svg.Width - right);
        var y = YScale(out var cut);
        return Svg.Root(Svg.Width, Height, Title,
            YAxis(y, Svg.Width - right), XAxis(x),
            Dividers.Select(d => Svg.Group("divider", Svg.Line(x.Map(d.X), Top, x.Map(d.X), Height - Bottom, "rule"), Svg.Text(x.Map(d.X) + 3, Top + 8, d.Label, "tiny"))),
            Series.Select(s => Line(s, x, y)),
            Names(x, y),
            cut ? Svg.Text(Svg.Width, Height - 4, "spikes cut", "tiny", "end") : null);
    }

    private Scale XScale(double right)
    {
        var xs = Series.SelectMany(s => s.Points.Select(p => p.X)).DefaultIfEmpty(0).ToArray();
        return new Scale(xs.Min(), xs.Max(), Left + 6, right - 4);
    }

    private Scale YScale(out bool cut)
    {
        cut = false;
        if (Share)
        {
            return new Scale(0, 1, Height - Bottom, Top);
        }

        return Scale.OfMost([.. Series.SelectMany(s => s.Points.Select(p => p.Y)).Where(double.IsFinite)], Height - Bottom, Top, out cut);
    }

    private IEnumerable<XElement> YAxis(Scale y, double right) => y.Ticks(5).SelectMany(t => (XElement[])
    [
        Svg.Line(Left, y.Map(t), right, y.Map(t), "grid"),
        Svg.Text(Left - 5, y.Map(t) + 4, Share ? Say.Number(t * 100, "0") + " %" : y.Label(t, 5), "tick", "end"),
    ]);

    private IEnumerable<XElement> XAxis(Scale x)
    {
        var ticks = x.Ticks(WholeX ? Math.Min(8, Math.Max(1, (int)(x.High - x.Low))) : 4);
        foreach (var t in ticks.Where(t => !WholeX || t == Math.Round(t)))
        {
            yield return Svg.Text(x.Map(t), Height - Bottom + 14, WholeX ? Say.Count(t) : x.Label(t, 4), "tick", "middle");
        }

        yield return Svg.Text((x.From + x.To) / 2, Height - 4, XTitle, "tick", "middle");
    }

    private static XElement Line(LineSeries s, Scale x, Scale y)
    {
        var points = Thinning.ByColumn(s.Points, x).Select(p => (X: x.Map(p.X), Y: y.Map(p.Y))).ToArray();
        return Svg.Group(Svg.Colour(s.Colour),
            points.Length > 1 ? Svg.Path(points, "line", s.Name) : null,
            s.Points.Count <= FewPoints ? s.Points.Where(p => double.IsFinite(p.Y)).Select(p => Svg.Circle(x.Map(p.X), y.Map(p.Y), 3, "mark", $"{s.Name}: {Say.Figure(p.Y)}")) : null);
    }

    // Names keep the order of their lines' ends and make room for each other.
    private IEnumerable<XElement> Names(Scale x, Scale y)
    {
        var ends = Series.Where(s => s.Points.Any(p => double.IsFinite(p.Y))).Select(s => (s, At: y.Map(s.Points.Last(p => double.IsFinite(p.Y)).Y))).OrderBy(e => e.At).ToArray();
        var places = new double[ends.Length];
        for (var i = 0; i < ends.Length; i++)
        {
            places[i] = Math.Max(ends[i].At, i == 0 ? Top : places[i - 1] + 12);
        }

        for (var i = ends.Length - 1; i >= 0; i--)
        {
            places[i] = Math.Min(places[i], i == ends.Length - 1 ? Height - Bottom : places[i + 1] - 12);
        }

        return ends.Select((e, i) => Svg.Group(Svg.Colour(e.s.Colour), Svg.Text(x.To + 8, places[i] + 4, Svg.Fit(e.s.Name, Svg.Width - x.To - 8), "end")));
    }
}
