using System.Collections.Immutable;
using System.Numerics;
using Fer.Models.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace Fer.Models.Evaluation;

/// <summary>
/// Chooses of accepted images those that differ from each other and lie where real ones do. First, in order, an image is dropped that is nearer to one that stays
/// than <see cref="RealQuantile"/> of the real images are to their nearest neighbour: two pictures that the generator made of one mode teach what one does.
/// Of what is left, those are taken that together lie in the most real images' 5-neighbour balls, whose share is the coverage of Naeem et al. 2020;
/// one after the other, always the one that adds most, which comes within 1 − 1/e of the best choice (Nemhauser, Wolsey, Fisher 1978). Pure.
/// </summary>
public static class Diversity
{
    /// <summary>Why an accepted image is not kept: nearly the same as one that is, or others were preferred.</summary>
    public const string TooAlike = "too-alike", NotChosen = "not-chosen";

    /// <summary>Share of real images whose nearest neighbour may be as near as what is called too alike.</summary>
    public const double RealQuantile = 0.05;

    private const int Neighbours = Neighbourhoods.DefaultNeighbours;
    private const int Chunk = 256;

    /// <param name="real">Features of the real images of the class, each picture once: twins are at no distance and would make the quantile 0.</param>
    /// <param name="accepted">Features of the images to choose from, as wide, in an order that settles ties.</param>
    /// <param name="target">Images to choose at most; fewer where fewer are left.</param>
    /// <param name="earlier">Features of images that count as chosen already, before all others: none too like them is chosen, and what they cover is covered.</param>
    /// <returns>For each image null where it is chosen, else the reason.</returns>
    public static ImmutableArray<string?> Choose(FeatureTable real, FeatureTable accepted, int target, FeatureTable? earlier = null)
    {
        FeatureTable.CheckComparable(real, accepted, least: 0);
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        var (reals, images) = (real.ToTensor().to(ScalarType.Float32), accepted.ToTensor().to(ScalarType.Float32));
        var (nearest, radii) = Surroundings(reals);
        var chosenBefore = earlier is null ? images.narrow(0, 0, 0) : earlier.ToTensor().to(ScalarType.Float32);
        var apart = Apart(images, chosenBefore, nearest.Length == 0 ? 0 : FilterFit.Quantile(nearest, RealQuantile));
        var covers = Covers(images, apart, reals, radii);
        var covered = Union(Covers(chosenBefore, [.. Enumerable.Range(0, (int)chosenBefore.shape[0])], reals, radii), (int)reals.shape[0]);
        var reasons = Enumerable.Repeat<string?>(TooAlike, accepted.Count).ToArray();
        apart.ForEach(i => reasons[i] = NotChosen);
        foreach (var chosen in Greedy(covers, covered, target))
        {
            reasons[apart[chosen]] = null;
        }

        return [.. reasons];
    }

    /// <summary>Of each image the distance to its fifth neighbour or, where there are no five, its last.</summary>
    internal static float[] Radii(FeatureTable images)
    {
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        return Surroundings(images.ToTensor().to(ScalarType.Float32)).Radii.data<float>().ToArray();
    }

    /// <summary>Of each real image the distance to its nearest neighbour, and to its fifth or, where there are no five, its last; a lone image has no neighbour and an empty ball.</summary>
    private static (double[] Nearest, Tensor Radii) Surroundings(Tensor reals)
    {
        var neighbours = (int)Math.Min(Neighbours, reals.shape[0] - 1);
        if (neighbours < 1)
        {
            return ([], zeros(reals.shape[0]));
        }

        var parts = new List<Tensor>();
        foreach (var (from, count) in Chunks(reals.shape[0]))
        {
            using var inner = NewDisposeScope();

            // The nearest of all is the image itself.
            parts.Add(Distances(reals.narrow(0, from, count), reals).topk(neighbours + 1, 1, largest: false).values.MoveToOuterDisposeScope());
        }

        var sorted = cat(parts, 0);
        return ([.. sorted.select(1, 1).contiguous().data<float>().Select(d => (double)d)], sorted.select(1, neighbours).contiguous());
    }

    /// <summary>Places of the images that are not nearer than <paramref name="limit"/> to an earlier one of them or to one of <paramref name="before"/>.</summary>
    private static List<int> Apart(Tensor images, Tensor before, double limit)
    {
        var apart = new List<int>();
        foreach (var (from, count) in Chunks(images.shape[0]))
        {
            using var inner = NewDisposeScope();
            var chunk = images.narrow(0, from, count);
            var toBefore = before.shape[0] == 0 ? null : Distances(chunk, before).amin(1).data<float>().ToArray();
            var within = Distances(chunk, chunk).data<float>().ToArray();
            var stay = new List<long>();
            for (var i = 0; i < count; i++)
            {
                if ((toBefore is null || toBefore[i] >= limit) && stay.TrueForAll(j => within[i * count + j] >= limit))
                {
                    stay.Add(i);
                    apart.Add((int)from + i);
                }
            }

            before = cat([before, chunk.index_select(0, tensor(stay.ToArray()))], 0).MoveToOuterDisposeScope();
        }

        return apart;
    }

    /// <summary>For each image the real images whose ball it lies in, as bits.</summary>
    private static List<ulong[]> Covers(Tensor images, List<int> places, Tensor reals, Tensor radii)
    {
        var covers = new List<ulong[]>();
        var width = (int)reals.shape[0];
        foreach (var some in width == 0 ? [] : places.Chunk(Chunk))
        {
            using var inner = NewDisposeScope();
            var chunk = images.index_select(0, tensor(some.Select(p => (long)p).ToArray()));
            var inBall = Distances(chunk, reals).less(radii).data<bool>().ToArray();
            for (var i = 0; i < some.Length; i++)
            {
                var bits = new ulong[(width + 63) / 64];
                for (var r = 0; r < width; r++)
                {
                    bits[r / 64] |= inBall[i * width + r] ? 1UL << (r % 64) : 0;
                }

                covers.Add(bits);
            }
        }

        return width == 0 ? [.. places.Select(_ => Array.Empty<ulong>())] : covers;
    }

    private static ulong[] Union(List<ulong[]> covers, int reals)
    {
        var union = new ulong[(reals + 63) / 64];
        covers.ForEach(bits => Array.ForEach([.. Enumerable.Range(0, bits.Length)], w => union[w] |= bits[w]));
        return union;
    }

    /// <summary>
    /// Greedy cover, ties by order; when nothing adds anything more, by order. What an image adds only shrinks as others are chosen, so
    /// it is counted again only when it comes to the top (Minoux 1978).
    /// </summary>
    private static IEnumerable<int> Greedy(List<ulong[]> covers, ulong[] covered, int target)
    {
        int Adds(int image) => covers[image].Select((bits, w) => BitOperations.PopCount(bits & ~covered[w])).Sum();
        var queue = new PriorityQueue<int, (int Lacks, int Image)>(covers.Select((_, i) => (i, (-Adds(i), i))));
        for (var chosen = 0; chosen < target && queue.TryDequeue(out var image, out var promised);)
        {
            var adds = Adds(image);
            if (adds < -promised.Lacks)
            {
                queue.Enqueue(image, (-adds, image));
                continue;
            }

            for (var w = 0; w < covered.Length; w++)
            {
                covered[w] |= covers[image][w];
            }

            chosen++;
            yield return image;
        }
    }

    private static IEnumerable<(long From, int Count)> Chunks(long rows)
    {
        for (var from = 0L; from < rows; from += Chunk)
        {
            yield return (from, (int)Math.Min(Chunk, rows - from));
        }
    }

    // By products: ten times faster than by differences, and what rounding adds, some 1e-3 for unit vectors, is far below what real faces lie apart.
    private static Tensor Distances(Tensor from, Tensor to) =>
        from.Squared().sum(1, keepdim: true).Plus(to.Squared().sum(1)).PlusScaled_(from.matmul(to.t()), -2).AtLeast(0).sqrt();
}
