using TorchSharp;
using static TorchSharp.torch;

namespace Fer.Models.Networks;

/// <summary>
/// Arithmetic between a tensor and a number that stays alive while libtorch reads it. In <c>x.add(1)</c> the 1 becomes a
/// TorchSharp Scalar of which only the native handle is passed on: a garbage collection started by another thread may
/// finalise it in the middle of the call (seen, rarely and under load, as "Expected false to be true … toFloat").
/// </summary>
internal static class Numbers
{
    public static Tensor PlusNumber(this Tensor x, double number)
    {
        using var scalar = number.ToScalar();
        return x.add(scalar);
    }

    public static Tensor PlusNumber_(this Tensor x, double number)
    {
        using var scalar = number.ToScalar();
        return x.add_(scalar);
    }

    /// <summary>x += number · other.</summary>
    public static Tensor PlusScaled_(this Tensor x, Tensor other, double number)
    {
        using var scalar = number.ToScalar();
        return x.add_(other, alpha: scalar);
    }

    /// <summary>x += number · a · b, element by element.</summary>
    public static Tensor PlusProduct_(this Tensor x, Tensor a, Tensor b, double number)
    {
        using var scalar = number.ToScalar();
        return x.addcmul_(a, b, scalar);
    }

    public static Tensor TimesNumber(this Tensor x, double number)
    {
        using var scalar = number.ToScalar();
        return x.mul(scalar);
    }

    public static Tensor TimesNumber_(this Tensor x, double number)
    {
        using var scalar = number.ToScalar();
        return x.mul_(scalar);
    }

    public static Tensor OverNumber(this Tensor x, double number)
    {
        using var scalar = number.ToScalar();
        return x.div(scalar);
    }

    public static Tensor OverNumber_(this Tensor x, double number)
    {
        using var scalar = number.ToScalar();
        return x.div_(scalar);
    }

    public static Tensor Between_(this Tensor x, double low, double high)
    {
        using var lowest = low.ToScalar();
        using var highest = high.ToScalar();
        return x.clamp_(lowest, highest);
    }
}
