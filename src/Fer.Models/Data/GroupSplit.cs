using Fer.Models.Randomness;

namespace Fer.Models.Data;

/// <summary>One part of a division.</summary>
/// <param name="Share">Its share of each class, 0 … 1.</param>
/// <param name="AtLeast">Images of each class that it should get even where its share is less.</param>
public readonly record struct SplitPart(double Share, int AtLeast);

/// <summary>Divides images into parts, stratified by class, groups whole.</summary>
public static class GroupSplit
{
    private const int MostPasses = 20;
    private const double Tolerance = 1e-9;

    // Outweighs every deviation from the shares: the least numbers come first.
    private const double PerMissing = 1e6;

    /// <summary>
    /// Gives every image a part. A group's turn depends on its name and the address alone, so an image added elsewhere
    /// changes little, and where every image is its own group a smaller first part is a subset of a larger one.
    /// </summary>
    /// <param name="labels">Class of each image.</param>
    /// <param name="groups">Group of each image.</param>
    /// <param name="parts">The parts; the last one takes what the others leave.</param>
    /// <param name="address">Where the draw is made.</param>
    /// <returns>For each image, the index of its part.</returns>
    public static int[] Divide(IReadOnlyList<int> labels, IReadOnlyList<string> groups, IReadOnlyList<SplitPart> parts, Address address)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(groups);
        ArgumentNullException.ThrowIfNull(parts);
        var sizes = new int[labels.Count == 0 ? 0 : labels.Max() + 1];
        foreach (var label in labels)
        {
            sizes[label]++;
        }

        var taken = parts.Select(_ => new int[sizes.Length]).ToArray();

        // What one part's deviation in one class would cost with so many images of it; classes weigh alike.
        double Cost(int part, int label, int count)
        {
            var missing = Math.Max(0, parts[part].AtLeast - count);
            var off = count - Math.Max(parts[part].Share * sizes[label], parts[part].AtLeast);
            return off * off / sizes[label] + missing * PerMissing;
        }

        double Change(int part, KeyValuePair<int, int>[] counts, int sign) =>
            counts.Sum(c => Cost(part, c.Key, taken[part][c.Key] + sign * c.Value) - Cost(part, c.Key, taken[part][c.Key]));

        void Put(int part, KeyValuePair<int, int>[] counts, int sign)
        {
            foreach (var (label, count) in counts)
            {
                taken[part][label] += sign * count;
            }
        }

        var members = Enumerable.Range(0, labels.Count).GroupBy(i => groups[i], StringComparer.Ordinal)
            .Select(g => (Images: g.ToArray(), Counts: g.CountBy(i => labels[i]).OrderBy(c => c.Key).ToArray(), Turn: address.At(g.Key).Value))
            .OrderBy(g => g.Counts.Min(c => sizes[c.Key])).ThenBy(g => g.Turn).ToList();
        var places = new int[members.Count];
        for (var g = 0; g < members.Count; g++)
        {
            // The first part that comes nearer to what it should have.
            var part = 0;
            while (part < parts.Count - 1 && Change(part, members[g].Counts, 1) >= 0)
            {
                part++;
            }

            places[g] = part;
            Put(part, members[g].Counts, 1);
        }

        // Where a group has many classes, moves then mend what the first choice could not see.
        var moved = true;
        for (var pass = 0; moved && pass < MostPasses; pass++)
        {
            moved = false;
            for (var g = 0; g < members.Count; g++)
            {
                var counts = members[g].Counts;
                var leaving = Change(places[g], counts, -1);
                var best = places[g];
                var least = -Tolerance;
                for (var part = 0; part < parts.Count; part++)
                {
                    if (part != places[g] && leaving + Change(part, counts, 1) is var change && change < least)
                    {
                        (best, least) = (part, change);
                    }
                }

                if (best != places[g])
                {
                    Put(places[g], counts, -1);
                    Put(best, counts, 1);
                    places[g] = best;
                    moved = true;
                }
            }
        }

        var result = new int[labels.Count];
        foreach (var (group, g) in members.Select((m, g) => (m, g)))
        {
            foreach (var i in group.Images)
            {
                result[i] = places[g];
            }
        }

        return result;
    }
}
