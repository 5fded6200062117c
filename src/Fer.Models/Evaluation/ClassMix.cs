using Fer.Models.Data;
using Fer.Models.Randomness;

namespace Fer.Models.Evaluation;

/// <summary>Equally many images of each class on several sides of a comparison; pure.</summary>
public static class ClassMix
{
    /// <summary>
    /// How many of <paramref name="images"/> images fall to each class at the mix of <paramref name="counts"/>, by largest remainder; equal
    /// remainders go to the earlier class. Up to the sum of the counts no class gets more than its count.
    /// </summary>
    /// <param name="images">Images to divide.</param>
    /// <param name="counts">Images of each class, in label order; at least one in all.</param>
    public static int[] Divide(int images, IReadOnlyList<int> counts)
    {
        var all = counts.Sum(c => (long)c);
        var shares = counts.Select(c => (int)(images * (long)c / all)).ToArray();
        var left = images - shares.Sum();
        foreach (var k in Enumerable.Range(0, shares.Length).OrderByDescending(k => images * (long)counts[k] % all).Take(left))
        {
            shares[k]++;
        }

        return shares;
    }

    /// <summary>The same for the greatest number of images, at most <paramref name="wanted"/>, for which neither set lacks any; all 0 where there is none.</summary>
    /// <param name="wanted">Images asked for.</param>
    /// <param name="counts">Images of each class of the set whose mix is taken.</param>
    /// <param name="other">Images of each class of another set, which may have another mix.</param>
    public static int[] DivideAtMost(int wanted, IReadOnlyList<int> counts, IReadOnlyList<int> other)
    {
        for (var images = Math.Min(wanted, Math.Min(counts.Sum(), other.Sum())); images > 0; images--)
        {
            var shares = Divide(images, counts);
            if (shares.Zip(other).All(p => p.First <= p.Second))
            {
                return shares;
            }
        }

        return new int[counts.Count];
    }

    /// <summary>So many images of each class, drawn at the address of the class's name, in the set's order. Of a class, fewer are a part of more.</summary>
    public static ImageSet Choose(ImageSet images, IReadOnlyList<int> shares, Address address)
    {
        var chosen = shares.SelectMany((share, label) =>
        {
            var places = images.IndicesOf(label);
            return address.At(images.Labels[label]).Permutation(places.Length).Take(share).Select(i => places[i]);
        });
        return images.Select([.. chosen.Order()]);
    }
}
