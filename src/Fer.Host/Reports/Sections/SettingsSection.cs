using System.Text.Json;
using System.Xml.Linq;
using static Fer.Host.Reports.Html;

namespace Fer.Host.Reports.Sections;

/// <summary>What was run: settings, versions, and what decides bits.</summary>
internal static class SettingsSection
{
    public static IEnumerable<XElement> Render(RunReader run)
    {
        var state = run.State;
        yield return E("h3", "Settings");
        yield return Pairs(Flat(state.Settings));
        yield return E("h3", "Fingerprint: what else decides bits");
        yield return Pairs([.. state.Fingerprint.Facts.Select(f => (f.Key, f.Value)), ("digest", state.Fingerprint.Digest)]);
    }

    /// <summary>JSON as dotted keys and their values; text that is no JSON as it is.</summary>
    internal static IReadOnlyList<(string Name, string Value)> Flat(string json)
    {
        if (string.IsNullOrWhiteSpace(json))
        {
            return [];
        }

        try
        {
            using var document = JsonDocument.Parse(json);
            return [.. Flat("", document.RootElement)];
        }
        catch (JsonException)
        {
            return [("settings", json)];
        }
    }

    private static IEnumerable<(string Name, string Value)> Flat(string path, JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(p => Flat(path.Length == 0 ? p.Name : $"{path}.{p.Name}", p.Value)),
        JsonValueKind.Array when element.EnumerateArray().All(v => v.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array)) =>
            [(path, string.Join(", ", element.EnumerateArray().Select(v => v.ToString())))],
        JsonValueKind.Array => element.EnumerateArray().SelectMany((v, i) => Flat(Say.Text($"{path}[{i}]"), v)),
        _ => [(path, element.ToString())],
    };
}
