using System.Globalization;

namespace Fer.Host.Hosting;

/// <summary>Where a step stands, read off its name (<c>sample/round-2/happy</c>): properties that logs are searched by.</summary>
/// <param name="Kind">First part of the name.</param>
/// <param name="Round">0 when it belongs to no round.</param>
/// <param name="Class">The class, or arm, or null.</param>
public readonly record struct StepPlace(string Kind, int Round, string? Class)
{
    private const string RoundMark = "round-";

    public static StepPlace Of(string step)
    {
        var parts = step.Split('/');
        var round = 0;
        string? rest = null;
        foreach (var part in parts.Skip(1))
        {
            if (part.StartsWith(RoundMark, StringComparison.Ordinal) && int.TryParse(part.AsSpan(RoundMark.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                round = number;
            }
            else
            {
                rest ??= part;
            }
        }

        return new StepPlace(parts[0], round, rest);
    }
}
