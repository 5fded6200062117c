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
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        var (reals, fakes) = (real.ToTensor(), fake.ToTensor());
        var (realRadii, fakeRadii) = (Radii(reals, neighbours), Radii(fakes, neighbours));
        var (inBalls, covered, recalled) = (0L, 0L, 0L);
        for (var from = 0L; from < real.Count; from += Chunk)
        {
            using var inner = NewDisposeScope();
            var count = Math.Min(Chunk, real.Count - from);
            var distances = Distances(reals.narrow(0, from, count), fakes);
            var inReal = distances.less(realRadii.narrow(0, from, count).unsqueeze(1));
            inBalls += inReal.sum().ToInt();
            covered += inReal.any(1).sum().ToInt();
            recalled += distances.less(fakeRadii).any(1).sum().ToInt();
        }

        return new Neighbourhoods(
            inBalls / ((double)neighbours * fake.Count), covered / (double)real.Count, recalled / (double)real.Count);
    }

    /// <summary>Distance of each row to its k-th neighbour, <c>[N]</c>; the nearest of k + 1 is the row itself.</summary>
    private static Tensor Radii(Tensor rows, int neighbours)
    {
        var parts = new List<Tensor>();
        for (var from = 0L; from < rows.shape[0]; from += Chunk)
        {
            using var inner = NewDisposeScope();
            var (nearest, _) = Distances(rows.narrow(0, from, Math.Min(Chunk, rows.shape[0] - from)), rows).topk(neighbours + 1, 1, largest: false);
            parts.Add(nearest.select(1, neighbours).clone().MoveToOuterDisposeScope());
        }

        return cat(parts, 0);
    }

    // By differences, not by products: rounding would give equal images a distance.
    private static Tensor Distances(Tensor from, Tensor to) => cdist(from, to, 2.0, compute_mode.donot_use_mm_for_euclid_dist);
}
