using System.Globalization;
using Fer.Actors.Jobs.Levers;

namespace Fer.Host.Hosting;

/// <summary>Where a step stands, read off its name (<c>sample/round-2/happy</c>, in another loop <c>loop-2/sample/round-2/happy</c>): properties that logs are searched by.</summary>
/// <param name="Kind">First part of the name, after lever and loop.</param>
/// <param name="Round">0 when it belongs to no round.</param>
/// <param name="Class">The class, or arm, or null.</param>
public readonly record struct StepPlace(string Kind, int Round, string? Class)
{
    private const string RoundMark = "round-";
    private const string LoopMark = "loop-";

    public static StepPlace Of(string step)
    {
        var parts = step[ScopeOf(step).Length..].Split('/');
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

    /// <summary>What stands before a step's or decision's own name: its lever's value and loop, where it has them (<c>lever/loop.labels=soft/loop-2/</c>).</summary>
    public static string ScopeOf(string name)
    {
        var at = name.StartsWith(LeverNames.Prefix, StringComparison.Ordinal) ? name.IndexOf('/', LeverNames.Prefix.Length) + 1 : 0;
        return name[..(name.AsSpan(at).StartsWith(LoopMark) ? name.IndexOf('/', at) + 1 : at)];
    }
}
