using System.Globalization;

namespace Fer.Host.Reports;

/// <summary>Numbers and times as a reader wants them, in the invariant culture.</summary>
internal static class Say
{
    public const string Nothing = "–";

    /// <summary>A share of 1 as <c>61.3 %</c>.</summary>
    public static string Percent(double? share) => share is { } s && double.IsFinite(s) ? Number(s * 100, "0.0") + " %" : Nothing;

    /// <summary>A difference of shares as points with its sign: <c>+1.3</c>, <c>−0.4</c>.</summary>
    public static string Points(double difference)
    {
        var text = Number(Math.Abs(difference) * 100, "0.0");
        return text == "0.0" ? text : (difference < 0 ? "−" : "+") + text;
    }

    public static string Count(double count) => Number(count, "#,0");

    public static string Number(double value, string format) => double.IsFinite(value)
        ? value.ToString(format, CultureInfo.InvariantCulture).Replace('-', '−')
        : double.IsNaN(value) ? "not a number" : value > 0 ? "infinite" : "−infinite";

    /// <summary>Four significant digits, for figures of unknown kind.</summary>
    public static string Figure(double value) => value == Math.Truncate(value) && Math.Abs(value) < 1e9 ? Number(value, "0") : Number(value, "G4");

    public static string Time(DateTimeOffset? at) => at is { } t ? t.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) + " UTC" : Nothing;

    public static string Span(TimeSpan span) => span switch
    {
        { TotalSeconds: < 10 } => Number(span.TotalSeconds, "0.0") + " s",
        { TotalMinutes: < 1 } => Number(span.TotalSeconds, "0") + " s",
        { TotalHours: < 1 } => Text($"{(int)span.TotalMinutes} min {span.Seconds} s"),
        { TotalDays: < 1 } => Text($"{(int)span.TotalHours} h {span.Minutes} min"),
        _ => Text($"{(int)span.TotalDays} d {span.Hours} h"),
    };

    public static string Short(string hash) => hash.Length > 12 ? hash[..12] : hash;

    /// <summary><c>1 image</c>, <c>2 images</c>.</summary>
    public static string Many(double count, string one, string? many = null) => Count(count) + " " + (count == 1 ? one : many ?? one + "s");

    public static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
