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
        ["fer.sweep.pruner"] = "Which trials are ended early.",
    };

    public static string Write()
    {
        var text = new StringBuilder(Head).Append("\nfer {\n");
        Members(text, new FerSettings(), "fer", "  ");
        return text.Append("}\n").ToString();
    }

    private const string SweepHead = """
        # A sweep: many trials of one configuration, each with other values. Every setting of the block sweep with its meaning, what is
        # allowed, and its default; space is an example. Written from the records in the code; a test holds both together.
        # What stands beside sweep in the block fer changes what all trials share, as in any configuration.
        """;

    private const string Space = """

            # What trials differ in: any setting of reference.conf that decides what a run computes. Five kinds of axes.
            space {
              # One of these. The same in short: loop.labels = [hard, soft]
              gan.kind { choice = [conditional, per-class] }

              # A real number; points = N makes N evenly spread ones of it, which a grid needs.
              filter.quantile { uniform = [0, 0.5], points = 6 }

              # Uniform in its logarithm.
              gan.generator-learning-rate { log-uniform = [1e-4, 1e-3], points = 3 }

              # A whole number, the ends among them. Only there when another axis has one of these values.
              gan.width { integer = [16, 48], step = 8, when { gan.kind = [conditional] } }

              # A whole number, uniform in its logarithm; points = N makes a grid take N of them, else it takes every one.
              gan.latent { log-integer = [16, 256], points = 5 }
            }

        """;

    public static string WriteSweep()
    {
        var text = new StringBuilder(SweepHead).Append("\nfer {\n  sweep {\n");
        Members(text, new SweepSettings() with { Trials = 20 }, "fer.sweep", "    ");
        return text.Append(Space).Append("  }\n}\n").ToString();
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
