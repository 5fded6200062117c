using System.Text;

namespace Fer.Host.Settings;

/// <summary>Settings as text: for a dry run, and to compare two runs. Secrets are left out.</summary>
public static class SettingsText
{
    /// <summary>All of them, one a line, <c>fer.gan.batch-size = 64</c>; what differs from the default is marked.</summary>
    public static IEnumerable<string> Lines(FerSettings settings)
    {
        var defaults = SettingSchema.All(new FerSettings(), FerConfig.Root).ToDictionary(s => s.Path, s => Shown(s));
        foreach (var setting in SettingSchema.All(settings, FerConfig.Root))
        {
            var shown = Shown(setting);
            yield return $"{setting.Path} = {shown}{(shown == defaults[setting.Path] ? "" : $"   # default {defaults[setting.Path]}")}";
        }
    }

    /// <summary>As HOCON that <see cref="FerConfig.Parse"/> reads back: what differs from the default, secrets left out or masked.</summary>
    public static string Hocon(FerSettings settings)
    {
        var defaults = SettingSchema.All(new FerSettings(), FerConfig.Root).ToDictionary(s => s.Path, s => SettingValue.Text(s.Default));
        var text = new StringBuilder();
        foreach (var setting in SettingSchema.All(settings, FerConfig.Root).Where(s => !s.IsSecret && SettingValue.Text(s.Default) != defaults[s.Path]))
        {
            text.Append(setting.Path).Append(" = ").Append(Secrets.MaskedAddresses(SettingValue.Text(setting.Default))).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>All that a run computes and how it is carried out, as HOCON, defaults too: it means the same to a later version with other defaults.</summary>
    public static string Whole(FerSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return string.Concat(SettingSchema.All(settings.Job, FerConfig.Root).Concat(SettingSchema.All(settings.Engine, FerConfig.Root)).Select(s => $"{s.Path} = {SettingValue.Text(s.Default)}\n"));
    }

    private static string Shown(Setting setting) => setting.IsSecret
        ? (string)setting.Default is "" ? "\"\"" : "(set, not shown)"
        : Secrets.Masked(SettingValue.Text(setting.Default));
}
