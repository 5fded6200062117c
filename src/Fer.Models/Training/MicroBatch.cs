using Fer.Models.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace Fer.Models.Training;

/// <summary>A batch done in pieces where memory is short: gradients of the pieces, each weighted by its share, add up to the batch's.</summary>
internal static class MicroBatch
{
    /// <summary>A batch cut into nearly equal runs of places; never into more than it has images.</summary>
    public static IEnumerable<(int From, int Count)> Cut(int batchSize, int pieces)
    {
        pieces = Math.Min(pieces, batchSize);
        for (var i = 0; i < pieces; i++)
        {
            var from = (int)((long)batchSize * i / pieces);
            yield return (from, (int)((long)batchSize * (i + 1) / pieces) - from);
        }
    }

    /// <summary>The sum so far, which lives in the dispose scope around the piece's own.</summary>
    public static Tensor Add(Tensor? sum, Tensor next) => sum is null ? next.MoveToOuterDisposeScope() : sum.Plus_(next);
}
