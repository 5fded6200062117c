using System.Xml.Linq;

namespace Fer.Host.Reports.Charts;

/// <summary>A stretch of work in a lane; times are seconds of the chart.</summary>
/// <param name="Ended">well: completed; else it failed or its process ended.</param>
internal sealed record GanttBar(int Lane, double From, double To, int Colour, bool Well, string Label, string Tip);

/// <summary>Work on devices over time.</summary>
internal sealed record GanttChart(string Title, IReadOnlyList<string> Lanes, IReadOnlyList<GanttBar> Bars)
{
    private const double Width = 1120, Lane = 34, Top = 22, Bottom = 42, Right = 8, BetweenLabels = 10;

    /// <summary>Upright lines: restarts and the like.</summary>
    public IReadOnlyList<(double At, string Label, string Tip)> Marks { get; init; } = [];

    /// <summary>Stretches where nothing ran, drawn short.</summary>
    public IReadOnlyList<(double From, double To, string Label)> Breaks { get; init; } = [];

    /// <summary>Places on the axis of time, ascending.</summary>
    public IReadOnlyList<(double At, string Label)> Ticks { get; init; } = [];

    /// <summary>What the axis counts from.</summary>
    public string XTitle { get; init; } = "";

    public XElement Draw()
    {
        var left = Math.Min(160, Lanes.Max(Svg.TextWidth) + 12);
        var foot = Top + Lanes.Count * Lane;
        var x = new Scale(0, Math.Max(1, Bars.Select(b => b.To).Concat(Marks.Select(m => m.At)).DefaultIfEmpty(1).Max()), left, Width - Right);
        var gaps = Breaks.Select(b => (From: x.Map(b.From), To: x.Map(b.To), b.Label)).ToList();

        // Idle stretches tell more than a tick beside them; both share one row.
        var row = new List<(double From, double To)>();
        var gapLabels = Row(gaps.Select(g => ((g.From + g.To) / 2, g.Label)), row).Select(l => Svg.Text(l.At, foot + 16, l.Label, "tiny", "middle")).ToList();
        var tickLabels = Row(Ticks.Select(t => (x.Map(t.At), t.Label)), row).Select(l => Svg.Text(l.At, foot + 16, l.Label, "tick", "middle"));
        var markLabels = Row(Marks.Select(m => (x.Map(m.At), m.Label)), []).Select(l => Svg.Text(l.At, Top - 9, l.Label, "tiny", "middle"));
        return Svg.Root(Width, foot + Bottom, Title,
            Lanes.Select((l, i) => Svg.Group("lane", Svg.Rect(left, Top + i * Lane, Width - Right - left, Lane - 4, "track"), Svg.Text(left - 8, Top + i * Lane + 19, Svg.Fit(l, left - 8), "name", "end"))),
            Ticks.Select(t => Svg.Line(x.Map(t.At), Top, x.Map(t.At), foot + 4, "grid")),
            Svg.Line(left, foot, Width - Right, foot, "grid"),
            gaps.Select(g => Svg.Rect(g.From, Top, g.To - g.From, foot - Top - 4, "band", g.Label)),
            Bars.Select(b => Bar(b, x)),
            gapLabels, tickLabels,
            XTitle.Length > 0 ? Svg.Text(left, foot + 34, XTitle, "tick") : null,
            Marks.Select(m => Svg.Group("mark-line", Svg.Line(x.Map(m.At), Top - 6, x.Map(m.At), foot, "alarm"), Svg.Tip(m.Tip))), markLabels);
    }

    /// <summary>Those labels of a row that stand clear of each other and of what is there, moved in where they would be cut at the right.</summary>
    private static List<(double At, string Label)> Row(IEnumerable<(double At, string Label)> labels, List<(double From, double To)> taken)
    {
        var fit = new List<(double, string)>();
        foreach (var (at, label) in labels)
        {
            var half = Svg.TextWidth(label) / 2;
            var middle = Math.Min(at, Width - half);
            if (taken.TrueForAll(t => middle + half + BetweenLabels <= t.From || middle - half - BetweenLabels >= t.To))
            {
                taken.Add((middle - half, middle + half));
                fit.Add((middle, label));
            }
        }

        return fit;
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
