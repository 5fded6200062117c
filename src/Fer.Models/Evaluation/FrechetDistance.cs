using Fer.Models.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace Fer.Models.Evaluation;

/// <summary>
/// Fréchet distance between two sets of pictures (Heusel et al. 2017), each taken for a normal distribution of features:
/// |μ₁ − μ₂|² + tr(Σ₁ + Σ₂ − 2 (Σ₁^½ Σ₂ Σ₁^½)^½). It shrinks as sets grow even for the same source, so only distances at one N compare.
/// </summary>
public static class FrechetDistance
{
    /// <summary>At least two images on each side; 0 for equal moments.</summary>
    public static double Of(FeatureTable first, FeatureTable second)
    {
        FeatureTable.CheckComparable(first, second, least: 2);
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        var (mean1, covariance1) = Moments(first);
        var (mean2, covariance2) = Moments(second);

        // Two symmetric decompositions instead of the root of Σ₁Σ₂, which is not symmetric and may come out complex.
        // Eigenvalues that rounding pushed below 0 are 0.
        var (values, vectors) = linalg.eigh(covariance1);
        var root = (vectors * nn.functional.relu(values).sqrt()).matmul(vectors.t());
        var (crossed, _) = linalg.eigh(root.matmul(covariance2).matmul(root));
        var distance = (mean1 - mean2).Squared().sum().ToNumber() + covariance1.trace().ToNumber() + covariance2.trace().ToNumber()
            - 2 * nn.functional.relu(crossed).sqrt().sum().ToNumber();
        return Math.Max(0, distance);
    }

    /// <summary>Mean <c>[D]</c> and covariance <c>[D, D]</c> with N − 1.</summary>
    private static (Tensor Mean, Tensor Covariance) Moments(FeatureTable table)
    {
        var rows = table.ToTensor();
        var mean = rows.mean([0]);
        var centred = rows - mean;
        return (mean, centred.t().matmul(centred).OverNumber(table.Count - 1));
    }
}
