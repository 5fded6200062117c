using Fer.Models.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace Fer.Models.Evaluation;

/// <summary>
/// Kernel distance between two sets of pictures (Bińkowski et al. 2018): the unbiased estimate of the squared maximum mean discrepancy with
/// the kernel (x·y / D + 1)³, over all pairs rather than over drawn subsets. Its expectation does not depend on N and is 0 for
/// one source, so an estimate may lie below 0.
/// </summary>
public static class KernelDistance
{
    private const int Chunk = 512;

    /// <summary>At least two images on each side.</summary>
    public static double Of(FeatureTable first, FeatureTable second)
    {
        FeatureTable.CheckComparable(first, second, least: 2);
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        var (x, y) = (first.ToTensor(), second.ToTensor());
        return Within(x) + Within(y) - 2 * Sum(x, y) / ((double)first.Count * second.Count);
    }

    /// <summary>Mean kernel of two different images of one set.</summary>
    private static double Within(Tensor x)
    {
        var alone = Cube((x * x).sum([1]), x.shape[1]).sum().ToNumber();
        return (Sum(x, x) - alone) / ((double)x.shape[0] * (x.shape[0] - 1));
    }

    private static double Sum(Tensor x, Tensor y)
    {
        var sum = 0.0;
        for (var from = 0L; from < x.shape[0]; from += Chunk)
        {
            using var scope = NewDisposeScope();
            sum += Cube(x.narrow(0, from, Math.Min(Chunk, x.shape[0] - from)).matmul(y.t()), x.shape[1]).sum().ToNumber();
        }

        return sum;
    }

    private static Tensor Cube(Tensor products, long width)
    {
        var kernel = products.OverNumber(width).PlusNumber_(1);
        return kernel * kernel * kernel;
    }
}
