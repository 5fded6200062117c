using Fer.Models.Data.Sources;

namespace Fer.Models.Data;

/// <summary>Groups of images that no split may separate: pixel-identical ones, and those that the source itself groups.</summary>
internal sealed class Twins
{
    private const int NameLength = 16;

    private Twins(string[] groups, IReadOnlyList<int[]> twinGroups)
    {
        Groups = groups;
        TwinGroups = twinGroups;
    }

    /// <summary>The group of each image, by place. Named by content or by the source, so a name does not depend on what else was read.</summary>
    public IReadOnlyList<string> Groups { get; }

    /// <summary>Places of pixel-identical images, two or more together, in order of their first.</summary>
    public IReadOnlyList<int[]> TwinGroups { get; }

    public static Twins Find(IReadOnlyList<SourceImage> images)
    {
        // A forest: each image leads to an earlier one of its group (Tarjan's union by path halving, the earliest is the root).
        var root = Enumerable.Range(0, images.Count).ToArray();
        var byPixels = new Dictionary<string, List<int>>(images.Count, StringComparer.Ordinal);
        var byGroup = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < images.Count; i++)
        {
            if (byPixels.TryGetValue(images[i].PixelHash, out var same))
            {
                same.Add(i);
                Join(root, same[0], i);
            }
            else
            {
                byPixels.Add(images[i].PixelHash, [i]);
            }

            if (images[i].Group is { } group && !byGroup.TryAdd(group, i))
            {
                Join(root, byGroup[group], i);
            }
        }

        var groups = Enumerable.Range(0, images.Count).Select(i => Name(images[Root(root, i)])).ToArray();
        return new Twins(groups, [.. byPixels.Values.Where(s => s.Count > 1).Select(s => s.ToArray()).OrderBy(s => s[0])]);
    }

    /// <summary>
    /// The group of each image where twins are no reason to keep images on one side: what the source itself groups, else the image alone.
    /// A twin is named by content and by how many came before it.
    /// </summary>
    public static IReadOnlyList<string> Apart(IReadOnlyList<SourceImage> images)
    {
        var before = new Dictionary<string, int>(images.Count, StringComparer.Ordinal);
        return [.. images.Select(image =>
        {
            var twin = before[image.PixelHash] = before.GetValueOrDefault(image.PixelHash) + 1;
            return twin == 1 || image.Group is not null ? Name(image) : FormattableString.Invariant($"{Name(image)}-{twin}");
        })];
    }

    private static string Name(SourceImage first) => first.Group ?? first.PixelHash[..NameLength];

    private static void Join(int[] root, int a, int b)
    {
        var (first, second) = (Root(root, a), Root(root, b));
        root[Math.Max(first, second)] = Math.Min(first, second);
    }

    private static int Root(int[] root, int i)
    {
        while (root[i] != i)
        {
            i = root[i] = root[root[i]];
        }

        return i;
    }
}
