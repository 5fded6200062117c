using Fer.Models.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace Fer.Models.Evaluation;

/// <summary>Fidelity and diversity of fakes from the balls that reach from each image to its k-th neighbour in its own set.</summary>
/// <param name="Density">Real balls that a fake lies in, mean, over k: about 1 for the real images' own source, more where fakes crowd (Naeem et al. 2020).</param>
/// <param name="Coverage">Share of real images whose ball holds a fake (the same).</param>
/// <param name="Recall">Share of real images that lie in a fake's ball (Kynkäänniemi et al. 2019).</param>
public sealed record Neighbourhoods(double Density, double Coverage, double Recall)
{
    public const int DefaultNeighbours = 5;

    private const int Chunk = 256;

    /// <param name="real">More than <paramref name="neighbours"/> images.</param>
    /// <param name="fake">The same.</param>
    /// <param name="neighbours">k.</param>
    public static Neighbourhoods Of(FeatureTable real, FeatureTable fake, int neighbours = DefaultNeighbours)
    {
        FeatureTable.CheckComparable(real, fake, least: neighbours + 1);
        double[] Radii(FeatureTable table) => [.. Enumerable.Range(0, Chunks(table.Count)).SelectMany(c => Neighbourhoods.Radii(table, c, neighbours))];
        var (realRadii, fakeRadii) = (Radii(real), Radii(fake));
        return Of(Enumerable.Range(0, Chunks(real.Count)).Select(c => Hits(real, fake, realRadii, fakeRadii, c)), real.Count, fake.Count, neighbours);
    }

    /// <summary>Into how many pieces of work the rows of a set of so many images are cut.</summary>
    internal static int Chunks(int images) => (images + Chunk - 1) / Chunk;

    /// <summary>Distance of each row of a chunk to its k-th neighbour in the whole table; the nearest of k + 1 is the row itself.</summary>
    internal static double[] Radii(FeatureTable table, int chunk, int neighbours = DefaultNeighbours)
    {
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        var rows = table.ToTensor();
        var (nearest, _) = Distances(Part(rows, chunk), rows).topk(neighbours + 1, 1, largest: false);
        return nearest.select(1, neighbours).contiguous().data<double>().ToArray();
    }

    /// <summary>What a chunk of the real images adds to each count; the radii are those of all images.</summary>
    internal static BallHits Hits(FeatureTable real, FeatureTable fake, double[] realRadii, double[] fakeRadii, int chunk)
    {
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        var distances = Distances(Part(real.ToTensor(), chunk), fake.ToTensor());
        var inReal = distances.less(Part(tensor(realRadii), chunk).unsqueeze(1));
        return new BallHits(inReal.sum().ToInt(), inReal.any(1).sum().ToInt(), distances.less(tensor(fakeRadii)).any(1).sum().ToInt());
    }

    /// <summary>The shares from what every chunk of the real images added.</summary>
    internal static Neighbourhoods Of(IEnumerable<BallHits> chunks, int reals, int fakes, int neighbours = DefaultNeighbours)
    {
        var sum = chunks.Aggregate((a, b) => new BallHits(a.InBalls + b.InBalls, a.Covered + b.Covered, a.Recalled + b.Recalled));
        return new Neighbourhoods(sum.InBalls / ((double)neighbours * fakes), sum.Covered / (double)reals, sum.Recalled / (double)reals);
    }

    private static Tensor Part(Tensor rows, int chunk) => rows.narrow(0, (long)chunk * Chunk, Math.Min(Chunk, rows.shape[0] - (long)chunk * Chunk));

    // By differences, not by products: rounding would give equal images a distance.
    private static Tensor Distances(Tensor from, Tensor to) => cdist(from, to, 2.0, compute_mode.donot_use_mm_for_euclid_dist);
}

/// <summary>Counts over some of the real images.</summary>
/// <param name="InBalls">Pairs of a real image and a fake in its ball.</param>
/// <param name="Covered">Real images whose ball holds a fake.</param>
/// <param name="Recalled">Real images that lie in a fake's ball.</param>
internal readonly record struct BallHits(long InBalls, long Covered, long Recalled);
