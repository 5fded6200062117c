using Fer.Models;

namespace Fer.Host.Settings;

/// <summary>Class names of another data set in a run's words: a HOCON file <c>labels { Anger = angry … }</c>.</summary>
internal static class LabelMap
{
    /// <summary>Throws <see cref="SettingsException"/> or <see cref="BadInputException"/>.</summary>
    public static IReadOnlyDictionary<string, string> Read(string path)
    {
        var tree = HoconFile.Load(path);
        if (tree.Members.GetValueOrDefault("labels") is not BlockNode labels || tree.Members.Count > 1)
        {
            throw new BadInputException($"{path}: expected one block labels {{ THEIRS = OURS … }}.");
        }

        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (theirs, node) in labels.Members)
        {
            map[theirs] = node is TextNode ours ? ours.Text : throw new BadInputException($"{path}:{node.Line}: labels.{theirs}: expected the name of a class.");
        }

        return map;
    }
}
