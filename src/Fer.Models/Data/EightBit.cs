using Fer.Models.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace Fer.Models.Data;

/// <summary>Between 8-bit pixels and the networks' floats in [−1, 1].</summary>
public static class EightBit
{
    /// <summary>0 … 255 → [−1, 1], Float32, any shape.</summary>
    public static Tensor ToFloat(Tensor bytes)
    {
        using var scope = NewDisposeScope();
        return bytes.to(ScalarType.Float32).OverNumber_(127.5).PlusNumber_(-1).MoveToOuterDisposeScope();
    }

    /// <summary>[−1, 1] → the nearest of 0 … 255, Byte, any shape; values outside are clamped.</summary>
    public static Tensor FromFloat(Tensor images)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        return images.detach().cpu().to(ScalarType.Float32).PlusNumber(1).TimesNumber_(127.5).round_().Between_(0, 255).to(ScalarType.Byte).contiguous().MoveToOuterDisposeScope();
    }
}
