using System.Xml.Linq;

namespace Fer.Host.Reports.Charts;

/// <summary>One figure of something, at its place.</summary>
/// <param name="Hollow">Drawn as a ring: it did not come to its end.</param>
internal readonly record struct Dot(double X, double Y, bool Hollow, string Tip);

/// <summary>Many single figures over something: trials over time, or over a setting.</summary>
internal sealed record ScatterChart(string Title, string XTitle, IReadOnlyList<Dot> Dots)
{
    private const double Height = 240, Left = 50, Top = 12, Bottom = 36, Right = 12;

    /// <summary>So many dots have words of their own; of more, those that lie on each other are one.</summary>
    public const int FewDots = 250;

    /// <summary>Side of the squares of which each holds one dot at most, once there are many.</summary>
    private const double Square = 3;

    /// <summary>X is spread over the logarithm; all of it is above 0.</summary>
    public bool LogX { get; init; }

    /// <summary>X counts something: ticks are whole.</summary>
    public bool WholeX { get; init; }

    /// <summary>Names of X = 0, 1, …; empty: X is a number.</summary>
    public IReadOnlyList<string> Categories { get; init; } = [];

    /// <summary>The ends of the X axis; null: those of the dots.</summary>
    public (double Low, double High)? Range { get; init; }

    /// <summary>A line in steps, by ascending X: the best so far.</summary>
    public IReadOnlyList<(double X, double Y)> Steps { get; init; } = [];

    /// <summary>One dot that stands out.</summary>
    public Dot? Best { get; init; }

    public XElement Draw()
    {
        var x = XScale();
        var y = Scale.OfMost([.. Dots.Select(d => d.Y).Where(double.IsFinite)], Height - Bottom, Top, out var cut);
        return Svg.Root(Svg.Width, Height, Title,
            y.Ticks(5).SelectMany(t => (XElement[])[Svg.Line(Left, y.Map(t), Svg.Width - Right, y.Map(t), "grid"), Svg.Text(Left - 5, y.Map(t) + 4, y.Label(t, 5), "tick", "end")]),
            XTicks(x),
            Svg.Text((x.From + x.To) / 2, Height - 4, Svg.Fit(XTitle, x.To - x.From), "tick", "middle"),
            Svg.Group(Svg.Colour(2), Drawn(x, y)),
            Line(x, y),
            Best is { } b && double.IsFinite(b.Y) ? Svg.Group(Svg.Colour(5), Svg.Circle(x.Map(At(b.X)), y.Map(b.Y), 5, "dot best", b.Tip)) : null,
            cut ? Svg.Text(Svg.Width, 10, "far ones at the edge", "tiny", "end") : null);
    }

    private double At(double x) => LogX ? Math.Log10(x) : x;

    private Scale XScale()
    {
        const double from = Left + 8, to = Svg.Width - Right - 6;
        if (Categories.Count > 0)
        {
            return new Scale(-0.5, Categories.Count - 0.5, from, to);
        }

        var xs = Range is { } r ? [At(r.Low), At(r.High)] : Dots.Select(d => At(d.X)).Where(double.IsFinite).DefaultIfEmpty(0).ToArray();
        return new Scale(xs.Min(), xs.Max(), from, to);
    }

    private IEnumerable<XElement> XTicks(Scale x)
    {
        const double y = Height - Bottom + 14;
        if (Categories.Count > 0)
        {
            var room = (x.To - x.From) / Categories.Count;
            return Categories.Select((c, i) => Svg.Text(x.Map(i), y, Svg.Fit(c, room), "tick", "middle"));
        }

        if (LogX)
        {
            return LogTicks(x).Select(t => Svg.Text(x.Map(Math.Log10(t)), y, Say.Figure(t), "tick", "middle"));
        }

        var about = WholeX ? Math.Clamp((int)(x.High - x.Low), 1, 5) : 4;
        return x.Ticks(about).Where(t => !WholeX || t == Math.Round(t)).Select(t => Svg.Text(x.Map(t), y, WholeX ? Say.Count(t) : x.Label(t, about), "tick", "middle"));
    }

    // 1, 2 and 5 times a power of ten where the axis is short, else powers alone, not too many.
    private static IEnumerable<double> LogTicks(Scale x)
    {
        var decades = x.High - x.Low;
        int[] parts = decades <= 1.2 ? [1, 2, 5] : decades <= 2.5 ? [1, 3] : [1];
        var every = Math.Max(1, (int)Math.Ceiling(decades / 5));
        for (var power = (int)Math.Floor(x.Low); power <= x.High; power++)
        {
            foreach (var tick in parts.Select(p => p * Math.Pow(10, power)).Where(t => power % every == 0 && Math.Log10(t) >= x.Low - 1e-9 && Math.Log10(t) <= x.High + 1e-9))
            {
                yield return tick;
            }
        }
    }

    private IEnumerable<XElement> Drawn(Scale x, Scale y)
    {
        var placed = Dots.Where(d => double.IsFinite(d.Y) && double.IsFinite(At(d.X))).Select(d => (X: x.Map(At(d.X)), Y: y.Map(d.Y), d.Hollow, d.Tip));
        if (Dots.Count <= FewDots)
        {
            return placed.Select(d => Svg.Circle(d.X, d.Y, d.Hollow ? 3 : 3.5, d.Hollow ? "ring" : "dot", d.Tip));
        }

        // One path for thousands: a line of no length with a round end is a dot.
        return placed.DistinctBy(d => ((int)(d.X / Square), (int)(d.Y / Square), d.Hollow)).GroupBy(d => d.Hollow).OrderByDescending(g => g.Key)
            .Select(g => new XElement("path", new XAttribute("d", string.Concat(g.Select(d => $"M{Svg.N(d.X)} {Svg.N(d.Y)}h0"))), new XAttribute("class", g.Key ? "dots faint" : "dots")));
    }

    private XElement? Line(Scale x, Scale y)
    {
        if (Steps.Count < 2)
        {
            return null;
        }

        var corners = Steps.Skip(1).SelectMany((s, i) => ((double, double)[])[(x.Map(At(s.X)), y.Map(Steps[i].Y)), (x.Map(At(s.X)), y.Map(s.Y))]).Prepend((x.Map(At(Steps[0].X)), y.Map(Steps[0].Y)));
        return Svg.Group(Svg.Colour(5), Svg.Path(corners, "line", "the best so far"));
    }
}
