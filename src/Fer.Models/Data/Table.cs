using System.Collections.Immutable;
using Fer.Models.Data.Sources;
using Fer.Models.Randomness;

namespace Fer.Models.Data;

/// <summary>
/// What a source holds, with labels and groups; parts of it are lists of places in it, in order. Rows carry the groups that statistics take for one unit; with
/// <see cref="DataSettings.Twins"/> as they come, those that a split keeps whole are smaller.
/// </summary>
internal sealed class Table
{
    private readonly IReadOnlyList<string> groups;
    private readonly IReadOnlyList<string> whole;
    private readonly DataSettings settings;
    private readonly LabelSpace space;

    public Table(SourceContent content, IReadOnlyList<string> groups, DataSettings settings)
    {
        Content = content;
        this.groups = groups;
        whole = settings.Twins == "together" ? groups : Twins.Apart(content.Images);
        this.settings = settings;
        space = new LabelSpace(content.Classes);
        Labels = [.. content.Images.Select(i => space.IndexOf(i.Class))];
    }

    public SourceContent Content { get; }

    public ImmutableArray<int> Labels { get; }

    /// <summary>What the source itself puts there; pooled, all of it is to train on.</summary>
    public int[] Of(Split split) => [.. Enumerable.Range(0, Labels.Length).Where(i => (settings.Pool ? Split.Train : Content.Images[i].Split) == split)];

    /// <summary>Divides places into parts, groups whole (<see cref="GroupSplit"/>).</summary>
    public int[][] Divide(int[] places, Address address, params SplitPart[] parts)
    {
        var part = GroupSplit.Divide([.. places.Select(i => Labels[i])], [.. places.Select(i => whole[i])], parts, address);
        return [.. parts.Select((_, p) => places.Where((_, i) => part[i] == p).ToArray())];
    }

    /// <summary>Whether a place shares a group that stays whole with any of these.</summary>
    public Func<int, bool> Touches(IEnumerable<int> places)
    {
        var theirs = places.Select(i => whole[i]).ToHashSet(StringComparer.Ordinal);
        return i => theirs.Contains(whole[i]);
    }

    /// <summary>How many of these have the pixels of one of the others.</summary>
    public int Twinned(IEnumerable<int> places, IEnumerable<int> others)
    {
        var theirs = others.Select(i => Content.Images[i].PixelHash).ToHashSet(StringComparer.Ordinal);
        return places.Count(i => theirs.Contains(Content.Images[i].PixelHash));
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
