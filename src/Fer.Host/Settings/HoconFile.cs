using Akka.Configuration;
using Akka.Configuration.Hocon;
using Fer.Models;

namespace Fer.Host.Settings;

/// <summary>A HOCON file as a tree of values with their lines.</summary>
internal static class HoconFile
{
    /// <param name="path">The file.</param>
    /// <param name="problems">Gets what is wrong with single values, which the tree then lacks; null: that throws, too.</param>
    public static BlockNode Load(string path, List<SettingProblem>? problems = null)
    {
        try
        {
            return Parse(File.ReadAllText(path), Path.GetFileName(path), problems);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"The configuration {path} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Throws <see cref="SettingsException"/> where the text is no HOCON.</summary>
    public static BlockNode Parse(string text, string source, List<SettingProblem>? problems = null)
    {
        var scan = HoconScan.Read(text, source);
        if (scan.Problems.Count > 0 && problems is null)
        {
            throw new SettingsException(scan.Problems);
        }

        problems?.AddRange(scan.Problems);
        if (scan.Lines.Count == 0)
        {
            return BlockNode.Empty(source);
        }

        HoconValue root;
        try
        {
            root = ConfigurationFactory.ParseString(scan.Mended).Root;
        }
        catch (Exception e) when (e is ConfigurationException or FormatException)
        {
            throw new SettingsException([new SettingProblem("", source, 0, $"Akka's HOCON parser refuses it: {e.Message}")]);
        }

        return (BlockNode)Node(root, "", source, scan);
    }

    private static SettingNode Node(HoconValue value, string path, string source, HoconScan scan)
    {
        var line = scan.Lines.GetValueOrDefault(path);
        if (value.IsObject())
        {
            var block = new BlockNode(new(StringComparer.Ordinal), source, line);
            foreach (var (key, member) in value.GetObject().Items)
            {
                var full = path.Length == 0 ? key : $"{path}.{key}";
                if (!scan.Problems.Exists(p => p.Path == full))
                {
                    block.Members[key] = Node(member, full, source, scan);
                }
            }

            return block;
        }

        // A value without any element is an empty block: `seq {}`.
        return value.Values.Count == 0 ? new BlockNode(new(StringComparer.Ordinal), source, line)
            : value.Values.Any(v => v is HoconArray) ? new ListNode([.. value.GetArray().Select(v => v.GetString())], source, line)
            : new TextNode(value.GetString(), source, line);
    }
}
