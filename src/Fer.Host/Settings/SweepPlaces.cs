using System.Text.RegularExpressions;
using Fer.Models;

namespace Fer.Host.Settings;

/// <summary>Where the keys of a sweep's block stand, for whoever finds only later that what they say together cannot be.</summary>
internal sealed partial class SweepPlaces
{
    private const string Block = $"{FerConfig.Root}.sweep";

    private readonly Dictionary<string, SettingNode> places = new(StringComparer.Ordinal);

    public SweepPlaces(BlockNode block) => Walk(block, Block);

    /// <summary>The same trouble with file and line in front: of the first key that its sentence names and the file has, or of the block around that key.</summary>
    public BadInputException With(BadInputException trouble)
    {
        var path = Key().Match(trouble.Message) is { Success: true, Value: var named } ? named : SpaceReader.Path;
        while (!places.ContainsKey(path) && path.Length > Block.Length)
        {
            path = path[..path.LastIndexOf('.')];
        }

        var at = places.GetValueOrDefault(path) ?? places[Block];
        return new BadInputException(new SettingProblem("", at.Source, at.Line, trouble.Message).ToString(), trouble);
    }

    private void Walk(SettingNode node, string path)
    {
        places[path] = node;
        foreach (var (key, below) in (node as BlockNode)?.Members ?? [])
        {
            Walk(below, $"{path}.{key}");
        }
    }

    [GeneratedRegex(@"\bfer\.sweep(\.[\w-]+)+")]
    private static partial Regex Key();
}
