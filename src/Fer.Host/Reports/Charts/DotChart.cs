using System.Xml.Linq;

namespace Fer.Host.Reports.Charts;

/// <summary>A row of dots: single figures, their mean as an upright stroke, and an interval as a bar.</summary>
internal sealed record DotRow(string Name, int Colour, IReadOnlyList<double> Dots)
{
    public double? Mean { get; init; }

    public (double Low, double High)? Interval { get; init; }

    /// <summary>Stands at the row's right end.</summary>
    public string Label { get; init; } = "";
}

/// <summary>Shares, or differences of shares, side by side on one axis.</summary>
internal sealed record DotChart(string Title, string XTitle, IReadOnlyList<DotRow> Rows)
{
    private const double RowHeight = 30, Top = 8, Bottom = 36;

    /// <summary>Figures are differences: the axis shows 0 and is labelled in points.</summary>
    public bool Differences { get; init; }

    /// <summary>A shaded stretch of the axis, with what it means.</summary>
    public (double Low, double High, string Meaning)? Band { get; init; }

    public XElement Draw()
    {
        double left = Math.Min(130, Rows.Max(r => Svg.TextWidth(r.Name)) + 10), right = Math.Min(130, Rows.Max(r => Svg.TextWidth(r.Label)) + 10), foot = Top + Rows.Count * RowHeight;
        var values = Rows.SelectMany(r => r.Dots.Append(r.Mean ?? double.NaN).Append(r.Interval?.Low ?? double.NaN).Append(r.Interval?.High ?? double.NaN));
        values = Differences ? values.Append(0).Append(Band?.Low ?? 0).Append(Band?.High ?? 0) : values;
        var x = Scale.Around(values, left, Svg.Width - right);
        return Svg.Root(Svg.Width, foot + Bottom, Title,
            Band is { } b ? Svg.Rect(x.Map(b.Low), Top, x.Map(b.High) - x.Map(b.Low), foot - Top, "band", b.Meaning) : null,
            x.Ticks(4).SelectMany(t => (XElement[])[Svg.Line(x.Map(t), Top, x.Map(t), foot, Differences && t == 0 ? "rule" : "grid"), Svg.Text(x.Map(t), foot + 14, Tick(t), "tick", "middle")]),
            Rows.Select((r, i) => Row(r, Top + (i + 0.5) * RowHeight, x, left)),
            Svg.Text((x.From + x.To) / 2, foot + Bottom - 5, XTitle, "tick", "middle"));
    }

    private string Tick(double t) => Differences ? Say.Points(t) : Say.Number(t * 100, "0.#") + " %";

    private static XElement Row(DotRow r, double y, Scale x, double left) => Svg.Group(Svg.Colour(r.Colour),
        Svg.Text(left - 8, y + 4, Svg.Fit(r.Name, left - 8), "name", "end"),
        r.Interval is { } i
            ? Svg.Group("whisker", Svg.Line(x.Map(i.Low), y, x.Map(i.High), y, "line"), Svg.Line(x.Map(i.Low), y - 5, x.Map(i.Low), y + 5, "line"), Svg.Line(x.Map(i.High), y - 5, x.Map(i.High), y + 5, "line"))
            : null,
        r.Mean is { } m ? Svg.Line(x.Map(m), y - 9, x.Map(m), y + 9, "mean") : null,
        r.Dots.Select((d, n) => Svg.Circle(x.Map(d), y, 4, "dot", Say.Text($"{r.Name}: {Say.Percent(d)}"))),
        Svg.Text(x.To + 8, y + 4, r.Label, "name"));
}
