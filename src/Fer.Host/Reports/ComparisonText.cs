using System.Text;

namespace Fer.Host.Reports;

/// <summary>A comparison as plain text, columns aligned.</summary>
public static class ComparisonText
{
    public static string Of(Comparison c)
    {
        ArgumentNullException.ThrowIfNull(c);
        var text = new StringBuilder();
        Part(text, "Settings that differ", ["setting", c.First, c.Second], c.Settings.Select(d => (string[])[d.Name, d.First, d.Second]), "none");
        Part(text, "Ground that differs", ["", c.First, c.Second], c.Ground.Select(d => (string[])[d.Name, d.First, d.Second]), "none: same version, fingerprint and inputs");
        var set = c.Sets.First == c.Sets.Second ? $"Arms, {c.Sets.First}" : $"Arms ({c.First}: {c.Sets.First}, {c.Second}: {c.Sets.Second})";
        Part(text, set, ["", c.First, c.Second, "points"], c.Figures.Select(f => (string[])
            [$"{f.Arm} {f.Figure}", Say.Percent(f.First), Say.Percent(f.Second), f.First is { } a && f.Second is { } b && c.Sets.First == c.Sets.Second ? Say.Points(b - a) : ""]), "no figures");
        if (c.Verdicts.Length > 0)
        {
            Part(text, "Differences in points of macro F1, test set", ["", c.First, c.Second], c.Verdicts.Select(d => (string[])[d.Name, d.First, d.Second]), "none");
        }

        Part(text, "Kept images", ["class", c.First, c.Second], c.Kept.Select(k => (string[])[k.Class, Say.Count(k.First), Say.Count(k.Second)]), "none");
        text.Append("Verdicts\n").Append($"  {c.First}: {c.Headlines.First}\n  {c.Second}: {c.Headlines.Second}\n\n");
        text.Append(Bytes(c)).Append('\n');
        return text.ToString();
    }

    private static string Bytes(Comparison c) => c switch
    {
        { Steps.Both: 0 } => "The runs have no completed step in common.",
        { FirstOtherStep: null } => $"All {Say.Many(c.Steps.Both, "step")} that both completed made the same bytes.",
        _ => $"{Say.Count(c.Steps.Same)} of {Say.Many(c.Steps.Both, "step")} that both completed made the same bytes; the first that did not is {c.FirstOtherStep}.",
    };

    private static void Part(StringBuilder text, string title, string[] header, IEnumerable<string[]> rows, string none)
    {
        text.Append(title).Append('\n');
        var all = rows.Prepend(header).ToArray();
        if (all.Length == 1)
        {
            text.Append("  ").Append(none).Append("\n\n");
            return;
        }

        var widths = header.Select((_, i) => all.Max(r => r[i].Length)).ToArray();
        foreach (var row in all)
        {
            text.Append("  ").Append(string.Join("  ", row.Select((cell, i) => i == 0 ? cell.PadRight(widths[i]) : cell.PadLeft(widths[i]))).TrimEnd()).Append('\n');
        }

        text.Append('\n');
    }
}
