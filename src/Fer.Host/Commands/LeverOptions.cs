using System.Collections.Immutable;
using Fer.Actors.Jobs.Levers;
using Fer.Actors.Jobs.Refinement;
using Fer.Host.Settings;
using Fer.Models;

namespace Fer.Host.Commands;

/// <summary>What <c>--lever KEY=V1,V2</c> asks for.</summary>
internal static class LeverOptions
{
    /// <param name="settings">The base.</param>
    /// <param name="options">As they were typed; none: every usual lever.</param>
    /// <exception cref="BadInputException">An option names no lever, or a value that the lever cannot have; in one sentence.</exception>
    public static LeverSelection Select(RefinementSettings settings, IReadOnlyList<string> options) =>
        options.Count == 0 ? LeverSelection.Usual(settings) : LeverSelection.Asked(settings, [.. options.Select(o => Read(settings, o))]);

    private static LeverChoice Read(RefinementSettings settings, string option)
    {
        var equals = option.IndexOf('=', StringComparison.Ordinal);
        var values = equals < 0 ? [] : option[(equals + 1)..].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (equals <= 0 || values.Length == 0)
        {
            throw new BadInputException($"--lever: found '{Secrets.Masked(option)}', expected KEY=VALUE or KEY=VALUE,VALUE, such as loop.labels=soft.");
        }

        var key = option[..equals].Trim();
        key = key.StartsWith(FerConfig.Root + ".", StringComparison.Ordinal) ? key[(FerConfig.Root.Length + 1)..] : key;
        if (Lever.Find(key) is not { } lever)
        {
            var known = Lever.All.Select(l => l.Key).ToList();
            throw new BadInputException($"--lever {Secrets.Masked(key)}: there is no such lever; {(Spelling.Nearest(key, known) is { } nearest ? $"did you mean {nearest}?" : $"expected one of {string.Join(", ", known)}.")}");
        }

        return new LeverChoice(key, [.. values.Select(v => Read(settings, lever, v))]);
    }

    // As a configuration would take it, and as it would be written there: 0.30 and 0.3 are one value.
    private static string Read(RefinementSettings settings, Lever lever, string text)
    {
        var property = SettingSchema.All(settings, FerConfig.Root).First(s => s.Path == $"{FerConfig.Root}.{lever.Key}").Property;
        var (value, expected) = SettingValue.Read(property, new TextNode(text, "--lever", 0));
        return value is null
            ? throw new BadInputException($"--lever {lever.Key}: found '{Secrets.Masked(text)}', expected {expected}.")
            : SettingValue.Text(value);
    }
}
