using Akka.Configuration;
using Akka.Configuration.Hocon;
using Fer.Models;

namespace Fer.Host.Settings;

/// <summary>A HOCON file as a tree of values with their lines.</summary>
internal static class HoconFile
{
    public static BlockNode Load(string path)
    {
        try
        {
            return Parse(File.ReadAllText(path), Path.GetFileName(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"The configuration {path} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Throws <see cref="SettingsException"/> where the text is no HOCON.</summary>
    public static BlockNode Parse(string text, string source)
    {
        var scan = HoconScan.Read(text, source);
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

        return (BlockNode)Node(root, "", source, scan.Lines);
    }

    private static SettingNode Node(HoconValue value, string path, string source, Dictionary<string, int> lines)
    {
        var line = lines.GetValueOrDefault(path);
        if (value.IsObject())
        {
            var block = new BlockNode(new(StringComparer.Ordinal), source, line);
            foreach (var (key, member) in value.GetObject().Items)
            {
                block.Members[key] = Node(member, path.Length == 0 ? key : $"{path}.{key}", source, lines);
            }

            return block;
        }

        // A value without any element is an empty block: `seq {}`.
        return value.Values.Count == 0 ? new BlockNode(new(StringComparer.Ordinal), source, line)
            : value.Values.Any(v => v is HoconArray) ? new ListNode([.. value.GetArray().Select(v => v.GetString())], source, line)
            : new TextNode(value.GetString(), source, line);
    }
}
