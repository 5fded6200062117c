using System.Globalization;
using System.Xml.Linq;

namespace Fer.Host.Reports.Charts;

/// <summary>Pieces of an inline drawing. Lengths are units of its view box, about a pixel each on a desk.</summary>
internal static class Svg
{
    /// <summary>Width of an ordinary chart: three stand beside each other on a desk, one fills a phone.</summary>
    public const double Width = 380;

    /// <summary>Series colours that the style sheet knows, as classes <c>s0</c> … <c>s6</c>.</summary>
    public const int Colours = 7;

    // Wide fonts (DejaVu Sans) need so much for a letter; narrow ones leave a little room.
    private const double Letter = 7;

    public static XElement Root(double width, double height, string label, params object?[] content) => new("svg",
        new XAttribute("viewBox", string.Create(CultureInfo.InvariantCulture, $"0 0 {N(width)} {N(height)}")),
        new XAttribute("role", "img"), new XAttribute("aria-label", label), content);

    public static string N(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    public static string Colour(int series) => Say.Text($"s{series % Colours}");

    public static XElement Group(string classes, params object?[] content) => new("g", new XAttribute("class", classes), content);

    public static XElement Line(double x1, double y1, double x2, double y2, string classes) => new("line",
        At("x1", x1), At("y1", y1), At("x2", x2), At("y2", y2), new XAttribute("class", classes));

    public static XElement Rect(double x, double y, double width, double height, string classes, string? tip = null) => new("rect",
        At("x", x), At("y", y), At("width", Math.Max(0, width)), At("height", Math.Max(0, height)), new XAttribute("class", classes), Tip(tip));

    public static XElement Circle(double x, double y, double radius, string classes, string? tip = null) => new("circle",
        At("cx", x), At("cy", y), At("r", radius), new XAttribute("class", classes), Tip(tip));

    public static XElement Text(double x, double y, string text, string classes = "", string anchor = "start") => new("text",
        At("x", x), At("y", y), classes.Length == 0 ? null : new XAttribute("class", classes), anchor == "start" ? null : new XAttribute("text-anchor", anchor), text);

    public static XElement Path(IEnumerable<(double X, double Y)> points, string classes, string? tip = null) => new("path",
        new XAttribute("d", "M" + string.Join('L', points.Select(p => N(p.X) + " " + N(p.Y)))), new XAttribute("class", classes), Tip(tip));

    /// <summary>Shown when a pointer rests on the piece.</summary>
    public static XElement? Tip(string? text) => text is null ? null : new XElement("title", text);

    /// <summary>About how wide a label is drawn; fonts differ, so charts leave some room.</summary>
    public static double TextWidth(string text) => text.Length * Letter;

    /// <summary>A label no wider than that; its end is cut where it must be.</summary>
    public static string Fit(string text, double width)
    {
        var letters = (int)(width / Letter);
        return text.Length <= letters ? text : text[..Math.Max(1, letters - 1)] + "…";
    }

    private static XAttribute At(string name, double value) => new(name, N(value));
}
