using System.Collections.Immutable;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;

namespace Fer.Host.Settings;

/// <summary>One value of a settings record: how it is read from text, checked, and shown.</summary>
internal static partial class SettingValue
{
    private static readonly (string Unit, string[] Names, double Seconds)[] Durations =
    [
        ("ms", ["ms", "millis", "milliseconds"], 0.001), ("s", ["s", "second", "seconds"], 1), ("m", ["m", "minute", "minutes"], 60),
        ("h", ["h", "hour", "hours"], 3600), ("d", ["d", "day", "days"], 86400),
    ];

    /// <summary>Reads and checks. Gives the value, or null and what was expected instead.</summary>
    public static (object? Value, string? Expected) Read(PropertyInfo property, SettingNode node)
    {
        var value = node switch
        {
            TextNode t when property.PropertyType == typeof(ImmutableArray<string>) =>
                t.Text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).ToImmutableArray(),
            ListNode l when property.PropertyType == typeof(ImmutableArray<string>) => l.Items.ToImmutableArray(),
            TextNode t => Parse(property.PropertyType, t.Text),
            _ => null,
        };
        return value is not null && IsAllowed(property, value) ? (value, null) : (null, Expected(property));
    }

    /// <summary>In words: what may stand there.</summary>
    public static string Expected(PropertyInfo property)
    {
        var list = property.PropertyType == typeof(ImmutableArray<string>);
        if (property.GetCustomAttribute<AllowedValuesAttribute>() is { } allowed)
        {
            return (list ? "a list of " : "") + string.Join(" or ", allowed.Values.Select(v => Text(v!)));
        }

        var kind = property.PropertyType switch
        {
            var t when t == typeof(int) || t == typeof(long) => "a whole number",
            var t when t == typeof(double) => "a number",
            var t when t == typeof(bool) => "true or false",
            var t when t == typeof(TimeSpan) => "a time with its unit, such as 500ms, 30s, 10m, 2h or 1d",
            _ => list ? "a list such as [a, b]" : "a text",
        };
        return property.GetCustomAttribute<RangeAttribute>() is { } range ? $"{kind} {Bounds(range)}" : kind;
    }

    /// <summary>As it would be written in a file.</summary>
    public static string Text(object value) => value switch
    {
        bool b => b ? "true" : "false",
        double d => d.ToString("R", CultureInfo.InvariantCulture).Replace("E-0", "e-", StringComparison.Ordinal).Replace("E", "e", StringComparison.Ordinal),
        TimeSpan t => Duration(t),
        ImmutableArray<string> list => $"[{string.Join(", ", list.Select(Quoted))}]",
        string s => Quoted(s),
        IFormattable f => f.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    };

    private static object? Parse(Type type, string text)
    {
        var culture = CultureInfo.InvariantCulture;
        const NumberStyles real = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        return type switch
        {
            _ when type == typeof(string) => text,
            _ when type == typeof(bool) => text switch { "true" => true, "false" => false, _ => null },
            _ when type == typeof(int) => int.TryParse(text, NumberStyles.AllowLeadingSign, culture, out var i) ? i : null,
            _ when type == typeof(long) => long.TryParse(text, NumberStyles.AllowLeadingSign, culture, out var l) ? l : null,
            _ when type == typeof(double) => double.TryParse(text, real, culture, out var d) && double.IsFinite(d) ? d : null,
            _ when type == typeof(TimeSpan) => ParseDuration(text),
            _ => throw new NotSupportedException($"Settings have no values of type {type.Name}."),
        };
    }

    private static TimeSpan? ParseDuration(string text)
    {
        var match = NumberAndUnit().Match(text);
        var unit = Durations.FirstOrDefault(u => u.Names.Contains(match.Groups[2].Value));
        return match.Success && unit.Unit is not null && double.TryParse(match.Groups[1].Value, CultureInfo.InvariantCulture, out var number)
            && number * unit.Seconds < TimeSpan.MaxValue.TotalSeconds
            ? TimeSpan.FromSeconds(number * unit.Seconds)
            : null;
    }

    private static bool IsAllowed(PropertyInfo property, object value)
    {
        object[] values = value is ImmutableArray<string> list ? [.. list] : [value];
        return values.All(v =>
            (property.GetCustomAttribute<AllowedValuesAttribute>()?.IsValid(v) ?? true) &&
            (property.GetCustomAttribute<RangeAttribute>()?.IsValid(v) ?? true));
    }

    private static string Bounds(RangeAttribute range)
    {
        var low = Bound(range.Minimum, range.MinimumIsExclusive ? "above " : "");
        return IsOpen(range.Maximum)
            ? range.MinimumIsExclusive ? low : $"of {low} or more"
            : $"from {low} to {Bound(range.Maximum, range.MaximumIsExclusive ? "below " : "")}";
    }

    private static string Bound(object bound, string exclusive) => exclusive + Text(bound);

    private static bool IsOpen(object maximum) => maximum is int.MaxValue or long.MaxValue or double.MaxValue or double.PositiveInfinity;

    private static string Duration(TimeSpan time)
    {
        foreach (var (unit, _, seconds) in Durations.Reverse())
        {
            var number = time.TotalSeconds / seconds;
            if (number >= 1 && number == Math.Floor(number))
            {
                return number.ToString("R", CultureInfo.InvariantCulture) + unit;
            }
        }

        return time.TotalMilliseconds.ToString("R", CultureInfo.InvariantCulture) + "ms";
    }

    private static string Quoted(string text) => PlainText().IsMatch(text) ? text : $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    [GeneratedRegex(@"^(\d+(?:\.\d+)?)\s*([a-z]+)$")]
    private static partial Regex NumberAndUnit();

    [GeneratedRegex(@"^[A-Za-z0-9_.\-]+$")]
    private static partial Regex PlainText();
}
