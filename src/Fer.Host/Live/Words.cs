using System.Globalization;

namespace Fer.Host.Live;

/// <summary>Numbers and times as people read them.</summary>
internal static class Words
{
    /// <summary><c>45 s</c>, <c>12 min</c>, <c>3 h 20 min</c>, <c>2 d 4 h</c>.</summary>
    public static string Time(TimeSpan time) => time switch
    {
        { TotalSeconds: < 60 } => Text($"{Math.Ceiling(Math.Max(0, time.TotalSeconds)):0} s"),
        { TotalMinutes: < 10 } => Text($"{(int)time.TotalMinutes} min {time.Seconds} s"),
        { TotalHours: < 1 } => Text($"{time.TotalMinutes:0} min"),
        { TotalDays: < 1 } => Text($"{(int)time.TotalHours} h {time.Minutes} min"),
        _ => Text($"{(int)time.TotalDays} d {time.Hours} h"),
    };

    /// <summary>Three digits that matter: <c>0.0123</c>, <c>1.23</c>, <c>123</c>.</summary>
    public static string Number(double value) => Math.Abs(value) switch
    {
        _ when !double.IsFinite(value) => Text($"{value}"),
        0 => "0",
        < 0.001 => Text($"{value:0.0e-0}"),
        < 1 => Text($"{value:0.###}"),
        < 10 => Text($"{value:0.##}"),
        < 100 => Text($"{value:0.#}"),
        _ => Text($"{value:#,0}"),
    };

    /// <summary>A share as per cent with one digit: <c>53.1</c>.</summary>
    public static string Percent(double? share) => share is { } s && double.IsFinite(s) ? Text($"{100 * s:0.0}") : "–";

    /// <summary>A difference of shares in points, always with its sign: <c>+2.1</c>.</summary>
    public static string Points(double? difference) => difference is { } d && double.IsFinite(d) ? Text($"{100 * d:+0.0;−0.0;0.0}") : "–";

    public static string Figures(IEnumerable<KeyValuePair<string, double>> figures) => string.Join(", ", figures.Select(f => $"{f.Key} {Number(f.Value)}"));

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
