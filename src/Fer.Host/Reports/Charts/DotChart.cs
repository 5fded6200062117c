using System.Xml.Linq;

namespace Fer.Host.Reports.Charts;

/// <summary>A row of dots: single figures, their mean as an upright stroke, and an interval as a bar.</summary>
internal sealed record DotRow(string Name, int Colour)
{
    /// <summary>The figures, a lane below another for each group of them. A lane's name is drawn before it; one without a name stands alone.</summary>
    public IReadOnlyList<(string Name, IReadOnlyList<double> Dots)> Lanes { get; init; } = [];

    public double? Mean { get; init; }

    public (double Low, double High)? Interval { get; init; }

    /// <summary>Stands at the row's right end.</summary>
    public string Label { get; init; } = "";
}

/// <summary>Shares, or differences of shares, side by side on one axis.</summary>
internal sealed record DotChart(string Title, string XTitle, IReadOnlyList<DotRow> Rows)
{
    private const double RowHeight = 30, LaneHeight = 11, Air = 11, Bottom = 36, LaneName = 16;

    /// <summary>Figures are differences: the axis shows 0 and is labelled in points.</summary>
    public bool Differences { get; init; }

    /// <summary>A shaded stretch of the axis, with what it means.</summary>
    public (double Low, double High, string Meaning)? Band { get; init; }

    /// <summary>An upright line across all rows, in a series colour, with its name above.</summary>
    public (double At, int Colour, string Name)? Mark { get; init; }

    public XElement Draw()
    {
        double top = Mark is null ? 8 : 22, lanes = Rows.Any(r => r.Lanes.Any(l => l.Name.Length > 0)) ? LaneName : 0;
        double left = Math.Min(150, Rows.Max(r => Svg.TextWidth(r.Name)) + 10) + lanes, right = Math.Min(130, Rows.Max(r => Svg.TextWidth(r.Label)) + 10), foot = top + Rows.Sum(Height);
        var values = Rows.SelectMany(r => r.Lanes.SelectMany(l => l.Dots).Append(r.Mean ?? double.NaN).Append(r.Interval?.Low ?? double.NaN).Append(r.Interval?.High ?? double.NaN));
        values = Differences ? values.Append(0).Append(Band?.Low ?? 0).Append(Band?.High ?? 0) : values;
        var x = Scale.Around(values.Append(Mark?.At ?? double.NaN), left, Svg.Width - right);
        return Svg.Root(Svg.Width, foot + Bottom, Title,
            Band is { } b ? Svg.Rect(x.Map(b.Low), top, x.Map(b.High) - x.Map(b.Low), foot - top, "band", b.Meaning) : null,
            x.Ticks(4).SelectMany(t => (XElement[])[Svg.Line(x.Map(t), top, x.Map(t), foot, Differences && t == 0 ? "rule" : "grid"), Svg.Text(x.Map(t), foot + 14, Tick(t), "tick", "middle")]),
            Mark is { } m ? Svg.Group(Svg.Colour(m.Colour), Svg.Line(x.Map(m.At), top - 6, x.Map(m.At), foot, "across"), MarkName(m.Name, x.Map(m.At), top - 10)) : null,
            Rows.Select((r, i) => Row(r, top + Rows.Take(i).Sum(Height), x, left, lanes)),
            Svg.Text((x.From + x.To) / 2, foot + Bottom - 5, XTitle, "tick", "middle"));
    }

    // Of whole points no decimal: a wide interval's ticks would run into each other.
    private string Tick(double t) => Differences ? (Say.Points(t) is var points && points.EndsWith(".0", StringComparison.Ordinal) ? points[..^2] : points) : Say.Number(t * 100, "0.#") + " %";

    private string Figure(double value) => Differences ? Say.Points(value) + " points" : Say.Percent(value);

    private static double Height(DotRow r) => Math.Max(RowHeight, r.Lanes.Count * LaneHeight + Air);

    // The name ends where the line stands when it would leave the drawing.
    private static XElement MarkName(string name, double x, double y) => x + Svg.TextWidth(name) / 2 > Svg.Width ? Svg.Text(x, y, name, "end", "end") : Svg.Text(x, y, name, "end", "middle");

    private XElement Row(DotRow r, double from, Scale x, double left, double lanes)
    {
        var y = from + Height(r) / 2;
        var first = y - (r.Lanes.Count - 1) * LaneHeight / 2;
        var reach = Math.Max(9, r.Lanes.Count * LaneHeight / 2 + 2);
        return Svg.Group(Svg.Colour(r.Colour),
            Svg.Text(left - lanes - 8, y + 4, Svg.Fit(r.Name, left - lanes - 8), "name", "end"),
            r.Interval is { } i
                ? Svg.Group("whisker", Svg.Line(x.Map(i.Low), y, x.Map(i.High), y, "line"), Svg.Line(x.Map(i.Low), y - 5, x.Map(i.Low), y + 5, "line"), Svg.Line(x.Map(i.High), y - 5, x.Map(i.High), y + 5, "line"))
                : null,
            r.Mean is { } m ? Svg.Line(x.Map(m), y - reach, x.Map(m), y + reach, "mean") : null,
            r.Lanes.Select((lane, n) => Svg.Group("lane", lane.Name.Length > 0 ? Svg.Text(left - 5, first + n * LaneHeight + 3.5, lane.Name, "tiny", "end") : null,
                lane.Dots.Select(d => Svg.Circle(x.Map(d), first + n * LaneHeight, 4, "dot", Say.Text($"{r.Name}{(lane.Name.Length > 0 ? $", {lane.Name}" : "")}: {Figure(d)}"))))),
            Svg.Text(x.To + 8, y + 4, r.Label, "name"));
    }
}
