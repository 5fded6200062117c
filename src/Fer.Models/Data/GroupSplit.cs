using Fer.Models.Randomness;

namespace Fer.Models.Data;

/// <summary>Divides images in two, stratified by class, groups whole.</summary>
public static class GroupSplit
{
    private const int MostPasses = 20;
    private const double Tolerance = 1e-9;

    /// <summary>
    /// Chooses about <paramref name="fraction"/> of each class. A group's turn depends on its name and the address alone,
    /// so an image added elsewhere changes little, and of sets without larger groups a smaller fraction is part of a larger one.
    /// </summary>
    /// <param name="labels">Class of each image.</param>
    /// <param name="groups">Group of each image.</param>
    /// <param name="fraction">Share to choose, 0 … 1.</param>
    /// <param name="address">Where the draw is made.</param>
    /// <param name="atLeast">Images to choose, and to leave, of each class that has enough for both.</param>
    /// <returns>For each image, whether it is chosen.</returns>
    public static bool[] Choose(IReadOnlyList<int> labels, IReadOnlyList<string> groups, double fraction, Address address, int atLeast = 1)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(groups);
        var chosen = new bool[labels.Count];
        if (fraction is <= 0 or >= 1)
        {
            Array.Fill(chosen, fraction >= 1);
            return chosen;
        }

        var sizes = labels.CountBy(l => l).ToDictionary(p => p.Key, p => p.Value);
        var wanted = sizes.ToDictionary(p => p.Key, p => Math.Clamp(fraction * p.Value, Math.Min(atLeast, p.Value / 2.0), Math.Max(p.Value - atLeast, p.Value / 2.0)));
        var taken = sizes.ToDictionary(p => p.Key, _ => 0);
        var members = Enumerable.Range(0, labels.Count).GroupBy(i => groups[i], StringComparer.Ordinal)
            .Select(g => (Images: g.ToArray(), Turn: address.At(g.Key).Value, Rarest: g.Min(i => sizes[labels[i]])))
            .OrderBy(g => g.Rarest).ThenBy(g => g.Turn).ToList();

        // Each group in turn changes sides when that brings the counts nearer to what is wanted, classes weighing alike.
        // One pass does it where a group has one class; people with many expressions take a few.
        var moved = true;
        for (var pass = 0; moved && pass < MostPasses; pass++)
        {
            moved = false;
            foreach (var (images, _, _) in members)
            {
                var step = chosen[images[0]] ? -1 : 1;
                var change = images.CountBy(i => labels[i])
                    .Sum(c => (Square(taken[c.Key] + step * c.Value - wanted[c.Key]) - Square(taken[c.Key] - wanted[c.Key])) / sizes[c.Key]);
                if (change >= -Tolerance)
                {
                    continue;
                }

                moved = true;
                foreach (var i in images)
                {
                    chosen[i] = step > 0;
                    taken[labels[i]] += step;
                }
            }
        }

        return chosen;
    }

    private static double Square(double x) => x * x;
}
