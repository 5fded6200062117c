using System.ComponentModel;
using System.Reflection;
using System.Text;
using Fer.Host.Settings;

namespace Fer.Host.Tests.Settings;

/// <summary>What reference.conf must say, made from the records: every key with its words, what is allowed, and its default.</summary>
internal static class ReferenceText
{
    private const int Width = 118;

    private const string Head = """
        # Every setting with its meaning, what is allowed, and its default. A configuration names only what it changes.
        # Written from the records in the code; a test holds both together (with FER_WRITE_REFERENCE=FILE it writes FILE anew).
        #
        # Layers, the later wins: these defaults, the configuration, the environment (secrets only:
        # FER_JOURNAL_CONNECTION_STRING, FER_SEQ_API_KEY, FER_CLUSTER_TLS_PASSWORD), then --set KEY=VALUE.
        # The format is HOCON without ${substitutions}, include and +=; an address such as "http://seq:5341" needs quotes.
        """;

    private static readonly Dictionary<string, string> Blocks = new()
    {
        ["fer.data"] = "The faces, and how they are divided.",
        ["fer.classifier"] = "The classifiers of every arm.",
        ["fer.gan"] = "The generator and its critic.",
        ["fer.filter"] = "Which generated images are kept.",
        ["fer.loop"] = "The loop, and the comparison at its end.",
        ["fer.journal"] = "Where a run's events are.",
        ["fer.cluster"] = "How hosts work together: for fer host and what is submitted to hosts.",
        ["fer.cluster.tls"] = "Mutual TLS between hosts; needed unless all of them are on one machine.",
        ["fer.log"] = "Logs: a file of each process below runs/ID/logs, warnings on the console.",
        ["fer.seq"] = "Logs on a Seq server.",
        ["fer.otlp"] = "Metrics for an OpenTelemetry collector.",
    };

    public static string Write()
    {
        var text = new StringBuilder(Head).Append("\nfer {\n");
        Members(text, new FerSettings(), "fer", "  ");
        return text.Append("}\n").ToString();
    }

    private static void Members(StringBuilder text, object record, string path, string indent)
    {
        var first = true;
        foreach (var property in SettingSchema.Properties(record.GetType()))
        {
            var value = property.GetValue(record)!;
            if (SettingSchema.IsInline(property))
            {
                text.Append(first ? "" : "\n");
                Members(text, value, path, indent);
                first = false;
                continue;
            }

            text.Append(first ? "" : "\n");
            first = false;
            var key = SettingKey.Of(property.Name);
            var full = $"{path}.{key}";
            if (SettingSchema.IsRecord(property.PropertyType))
            {
                Comment(text, Blocks[full], indent);
                text.Append($"{indent}{key} {{\n");
                Members(text, value, full, indent + "  ");
                text.Append($"{indent}}}\n");
                continue;
            }

            var words = property.GetCustomAttribute<DescriptionAttribute>()?.Description ?? throw new InvalidOperationException($"{full} has no [Description].");
            Comment(text, $"{words} [{SettingValue.Expected(property)}]", indent);
            text.Append($"{indent}{key} = {SettingValue.Text(value)}\n");
        }
    }

    private static void Comment(StringBuilder text, string words, string indent)
    {
        var line = $"{indent}#";
        foreach (var word in words.Split(' '))
        {
            if (line.Length + 1 + word.Length > Width)
            {
                text.Append(line).Append('\n');
                line = $"{indent}#";
            }

            line += $" {word}";
        }

        text.Append(line).Append('\n');
    }
}
