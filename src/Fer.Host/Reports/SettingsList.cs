using System.Text.Json;
using Fer.Host.Settings;

namespace Fer.Host.Reports;

/// <summary>A run's settings, which it holds as JSON, under the keys that a configuration has.</summary>
internal static class SettingsList
{
    // A refinement run records beside its settings what the data turned out to be.
    private const string Inner = "Settings";

    /// <summary>Dotted keys (<c>fer.gan.batch-size</c>) and values, in the order of the settings; text that is no JSON as it is.</summary>
    public static IReadOnlyList<(string Name, string Value)> Of(string json) => Flat(json, FerConfig.Root, SettingKey.Of, element => element.ToString());

    /// <summary>As lines of HOCON that a configuration takes.</summary>
    public static string Hocon(string json) => string.Join('\n', Flat(json, FerConfig.Root, SettingKey.Of, e => e.GetRawText()).Select(s => $"{s.Name} = {s.Value}"));

    /// <summary>JSON as dotted names, its own, and values.</summary>
    public static IReadOnlyList<(string Name, string Value)> Plain(string json) => Flat(json, "", name => name, element => element.ToString());

    private static IReadOnlyList<(string Name, string Value)> Flat(string json, string root, Func<string, string> key, Func<JsonElement, string> value)
    {
        if (string.IsNullOrWhiteSpace(json))
        {
            return [];
        }

        try
        {
            using var document = JsonDocument.Parse(json);
            var settings = root.Length > 0 && document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty(Inner, out var inner) ? inner : document.RootElement;
            return [.. Flat(root, settings, key, value)];
        }
        catch (JsonException)
        {
            return [("settings", json)];
        }
    }

    private static IEnumerable<(string, string)> Flat(string path, JsonElement element, Func<string, string> key, Func<JsonElement, string> value) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(p => Flat(path.Length == 0 ? key(p.Name) : $"{path}.{key(p.Name)}", p.Value, key, value)),
        JsonValueKind.Array => [(path, $"[{string.Join(", ", element.EnumerateArray().Select(value))}]")],
        JsonValueKind.True => [(path, "true")],
        JsonValueKind.False => [(path, "false")],
        _ => [(path, value(element))],
    };
}
