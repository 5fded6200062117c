using System.Xml.Linq;

namespace Fer.Host.Reports.Charts;

/// <summary>A stretch of work in a lane; times are seconds of the chart.</summary>
/// <param name="Ended">well: completed; else it failed or its process ended.</param>
internal sealed record GanttBar(int Lane, double From, double To, int Colour, bool Well, string Label, string Tip);

/// <summary>Work on devices over time.</summary>
internal sealed record GanttChart(string Title, IReadOnlyList<string> Lanes, IReadOnlyList<GanttBar> Bars)
{
    private const double Width = 1120, Lane = 34, Top = 22, Bottom = 22;

    /// <summary>Upright lines: restarts and the like.</summary>
    public IReadOnlyList<(double At, string Label, string Tip)> Marks { get; init; } = [];

    /// <summary>Stretches where nothing ran, drawn short.</summary>
    public IReadOnlyList<(double From, double To, string Label)> Breaks { get; init; } = [];

    /// <summary>Labels below the axis.</summary>
    public IReadOnlyList<(double At, string Label)> Ticks { get; init; } = [];

    public XElement Draw()
    {
        var left = Math.Min(160, Lanes.Max(Svg.TextWidth) + 12);
        var foot = Top + Lanes.Count * Lane;
        var x = new Scale(0, Math.Max(1, Bars.Select(b => b.To).Concat(Marks.Select(m => m.At)).DefaultIfEmpty(1).Max()), left, Width - 8);
        return Svg.Root(Width, foot + Bottom, Title,
            Lanes.Select((l, i) => Svg.Group("lane", Svg.Rect(left, Top + i * Lane, Width - 8 - left, Lane - 4, "track"), Svg.Text(left - 8, Top + i * Lane + 19, Svg.Fit(l, left - 8), "name", "end"))),
            Breaks.Select(b => Svg.Group("gap", Svg.Rect(x.Map(b.From), Top, x.Map(b.To) - x.Map(b.From), foot - Top - 4, "band", b.Label), Svg.Text((x.Map(b.From) + x.Map(b.To)) / 2, foot + 14, b.Label, "tiny", "middle"))),
            Bars.Select(b => Bar(b, x)),
            Ticks.Select(t => Svg.Text(x.Map(t.At), foot + 14, t.Label, "tick", "middle")),
            Marks.Select(m => Svg.Group("mark-line", Svg.Line(x.Map(m.At), Top - 6, x.Map(m.At), foot, "alarm"), Svg.Text(x.Map(m.At), Top - 9, m.Label, "tiny", "middle"), Svg.Tip(m.Tip))));
    }

    private static XElement Bar(GanttBar b, Scale x)
    {
        double from = x.Map(b.From), width = Math.Max(1.2, x.Map(b.To) - from - 1), y = Top + b.Lane * Lane + 3;
        var text = Svg.Fit(b.Label, width - 6);
        var tells = text.Length == b.Label.Length || text.Length > 10;
        return Svg.Group(Svg.Colour(b.Colour),
            Svg.Rect(from, y, width, Lane - 10, b.Well ? "bar solid" : "bar broken", b.Tip),
            width > 20 && tells ? Svg.Text(from + 4, y + 16, text, b.Well ? "inside" : "name") : null);
    }
}
