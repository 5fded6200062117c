using System.Collections.Immutable;
using Fer.Models.Data.Sources;
using Fer.Models.Randomness;

namespace Fer.Models.Data;

/// <summary>What a source holds, with labels and groups; parts of it are lists of places in it, in order.</summary>
internal sealed class Table
{
    private readonly IReadOnlyList<string> groups;
    private readonly DataSettings settings;
    private readonly LabelSpace space;

    public Table(SourceContent content, IReadOnlyList<string> groups, DataSettings settings)
    {
        Content = content;
        this.groups = groups;
        this.settings = settings;
        space = new LabelSpace(content.Classes);
        Labels = [.. content.Images.Select(i => space.IndexOf(i.Class))];
    }

    public SourceContent Content { get; }

    public ImmutableArray<int> Labels { get; }

    public int[] Of(Split split) => [.. Enumerable.Range(0, Labels.Length).Where(i => Content.Images[i].Split == split)];

    /// <summary>Divides places into parts, groups whole (<see cref="GroupSplit"/>).</summary>
    public int[][] Divide(int[] places, Address address, params SplitPart[] parts)
    {
        var part = GroupSplit.Divide([.. places.Select(i => Labels[i])], [.. places.Select(i => groups[i])], parts, address);
        return [.. parts.Select((_, p) => places.Where((_, i) => part[i] == p).ToArray())];
    }

    /// <summary>Whether a place shares a group with any of these.</summary>
    public Func<int, bool> Touches(IEnumerable<int> places)
    {
        var theirs = places.Select(i => groups[i]).ToHashSet(StringComparer.Ordinal);
        return i => theirs.Contains(groups[i]);
    }

    /// <summary>The places that share no group with the others.</summary>
    public int[] Without(int[] places, int[] others)
    {
        var touches = Touches(others);
        return [.. places.Where(i => !touches(i))];
    }

    public ImmutableArray<int> CountByClass(IEnumerable<int> places)
    {
        var counts = new int[Content.Classes.Length];
        foreach (var i in places)
        {
            counts[Labels[i]]++;
        }

        return [.. counts];
    }

    public ImageSet Set(int[] places)
    {
        var imageBytes = settings.Channels * settings.ImageSize * settings.ImageSize;
        var pixels = new byte[(long)places.Length * imageBytes];
        for (var i = 0; i < places.Length; i++)
        {
            Content.Images[places[i]].Pixels.CopyTo(pixels, (long)i * imageBytes);
        }

        var rows = places.Select(i => new ImageRow(Content.Images[i].Id, Labels[i], groups[i], Content.Source));
        return new ImageSet(space, settings.Channels, settings.ImageSize, settings.ImageSize, rows, pixels);
    }
}
