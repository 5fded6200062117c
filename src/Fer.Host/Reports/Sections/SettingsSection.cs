using System.Globalization;
using System.Xml.Linq;
using Fer.Host.Settings;
using static Fer.Host.Reports.Html;

namespace Fer.Host.Reports.Sections;

/// <summary>What was run: settings, versions, and what decides bits.</summary>
internal static class SettingsSection
{
    private static readonly Dictionary<string, string> Defaults =
        SettingSchema.All(new FerSettings(), FerConfig.Root).ToDictionary(s => s.Path, s => SettingValue.Text(s.Default), StringComparer.Ordinal);

    public static IEnumerable<XElement> Render(RunView run)
    {
        var state = run.State;
        yield return E("h3", "Settings");
        if (SettingsList.Of(state.Settings) is { Count: > 0 } settings)
        {
            yield return P(Small("Bold: other than the default."));
            yield return E("div", Class("charts"), settings.GroupBy(s => Group(s.Name)).Select(g => E("div", Class("scroll"), E("table", Class("pairs"), E("tbody", g.Select(Row))))));
        }
        else
        {
            yield return Note("No settings are recorded.");
        }

        yield return E("h3", "Version and fingerprint: what else decides bits");
        yield return Pairs([("fer", state.Version), .. state.Fingerprint.Facts.Select(f => (f.Key, f.Value)), ("digest", state.Fingerprint.Digest)]);
        var seeds = state.Order.Select(n => state.Steps[n].Spec).ToArray();
        if (seeds.Length > 0)
        {
            yield return E("details", E("summary", "Seeds of all steps"), Table(["step", "kind", "seed"], seeds.Select(s => (IEnumerable<object?>)[s.Name, Words(Say.Text($"{s.Kind}, version {s.Version}")), Say.Text($"{s.Seed}")])));
        }
    }

    // fer.gan.batch-size stands with all of fer.gan.
    private static string Group(string key) => key.LastIndexOf('.') is var dot && dot > 0 ? key[..dot] : key;

    /// <summary>Those of a run's settings (JSON) that are other than the default.</summary>
    public static IEnumerable<(string Name, string Value)> Changed(string json) => SettingsList.Of(json).Where(IsChanged);

    private static bool IsChanged((string Name, string Value) setting) => Defaults.TryGetValue(setting.Name, out var usual) && !Same(usual, setting.Value);

    private static XElement Row((string Name, string Value) setting)
    {
        var value = setting.Value.Length == 0 ? "(none)" : setting.Value;
        return E("tr", E("th", A("scope", "row"), setting.Name), E("td", IsChanged(setting) ? E("b", value) : value));
    }

    private static bool Same(string a, string b) => a.Trim('"') == b.Trim('"')
        || (double.TryParse(a, CultureInfo.InvariantCulture, out var x) && double.TryParse(b, CultureInfo.InvariantCulture, out var y) && x.Equals(y));
}
