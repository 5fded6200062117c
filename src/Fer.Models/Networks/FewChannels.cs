using TorchSharp;
using static TorchSharp.torch;

namespace Fer.Models.Networks;

/// <summary>
/// Convolutions from or to at most <see cref="Most"/> channels as matrix products, for processors: oneDNN's kernels fill their
/// registers with channels and run on so few at a tenth of their speed (7×7 from 32 to 1 channel at 32×32, batch 64: forward
/// and backward in 19 ms instead of 88). A product with each pixel's patch would cost memory traffic; here it is always the
/// side of few channels that is cut into patches. Made of torch's own operations, so each may be differentiated any number of times.
/// </summary>
internal static class FewChannels
{
    /// <summary>More channels than these fill a register well enough.</summary>
    public const int Most = 3;

    /// <summary>A convolution to few channels, stride 1: each pixel's shares in the k×k pixels around it, summed up where they fall.</summary>
    public static Tensor To(Tensor input, Tensor weight, Tensor? bias, long padding)
    {
        var (n, k) = (input.shape[0], weight.shape[2]);
        // A pixel sees its neighbour below where that one sees it above: hence the kernel turned round.
        var shares = weight.flip(2, 3).permute(0, 2, 3, 1).reshape(-1, weight.shape[1]).expand(n, -1, -1).bmm(input.flatten(2));
        var drawn = nn.functional.fold(shares, (input.shape[2] + (2 * padding) - k + 1, input.shape[3] + (2 * padding) - k + 1), (k, k), padding: (k - 1 - padding, k - 1 - padding));
        return bias is null ? drawn : drawn.Plus(bias.view(1, -1, 1, 1));
    }

    /// <summary>A convolution from few channels: the same as torch's, and a quick gradient by the input.</summary>
    public static Tensor From(Tensor input, Tensor weight, Tensor? bias, long stride, long padding)
    {
        var (n, k) = (input.shape[0], weight.shape[2]);
        var patches = nn.functional.unfold(input, (k, k), padding: (padding, padding), stride: (stride, stride));
        var seen = weight.flatten(1).expand(n, -1, -1).bmm(patches).view(n, -1, Seen(input.shape[2], k, stride, padding), Seen(input.shape[3], k, stride, padding));
        return bias is null ? seen : seen.Plus(bias.view(1, -1, 1, 1));
    }

    /// <summary>The transpose of <see cref="From"/> without its bias.</summary>
    public static Tensor Transposed(Tensor gradient, Tensor weight, long stride, long padding)
    {
        var k = weight.shape[2];
        var patches = weight.flatten(1).t().expand(gradient.shape[0], -1, -1).bmm(gradient.flatten(2));
        return nn.functional.fold(patches, (Whole(gradient.shape[2], k, stride, padding), Whole(gradient.shape[3], k, stride, padding)), (k, k), padding: (padding, padding), stride: (stride, stride));
    }

    private static long Seen(long size, long k, long stride, long padding) => ((size + (2 * padding) - k) / stride) + 1;

    private static long Whole(long size, long k, long stride, long padding) => ((size - 1) * stride) - (2 * padding) + k;
}
