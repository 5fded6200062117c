using System.Xml.Linq;
using static Fer.Host.Reports.Html;

namespace Fer.Host.Reports.Sections;

/// <summary>What was run: settings, versions, and what decides bits.</summary>
internal static class SettingsSection
{
    public static IEnumerable<XElement> Render(RunView run)
    {
        var state = run.State;
        yield return E("h3", "Settings");
        yield return SettingsList.Of(state.Settings) is { Count: > 0 } settings ? Pairs(settings) : Note("No settings are recorded.");
        yield return E("h3", "Version and fingerprint: what else decides bits");
        yield return Pairs([("fer", state.Version), .. state.Fingerprint.Facts.Select(f => (f.Key, f.Value)), ("digest", state.Fingerprint.Digest)]);
        var seeds = state.Order.Select(n => state.Steps[n].Spec).ToArray();
        if (seeds.Length > 0)
        {
            yield return E("details", E("summary", "Seeds of all steps"), Table(["step", "kind", "seed"], seeds.Select(s => (IEnumerable<object?>)[s.Name, Words(Say.Text($"{s.Kind}, version {s.Version}")), Say.Text($"{s.Seed}")])));
        }
    }
}
