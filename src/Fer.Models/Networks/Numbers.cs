using TorchSharp;
using static TorchSharp.torch;

namespace Fer.Models.Networks;

/// <summary>
/// Arithmetic with numbers that stay alive while libtorch reads them. In <c>x.add(1)</c> the 1 becomes a TorchSharp Scalar
/// of which only the native handle is passed on: a garbage collection started by another thread may finalise it in the
/// middle of the call (seen, rarely and under load, as "Expected false to be true … toFloat"). Sums of two tensors are
/// here too: TorchSharp makes a Scalar of the 1 that multiplies the second. A test looks for others in the compiled code.
/// </summary>
internal static class Numbers
{
    // Never collected: a static field holds them.
    private static readonly Scalar None = 0.ToScalar();
    private static readonly Scalar One = 1.ToScalar();
    private static readonly Scalar MinusOne = (-1).ToScalar();
    private static readonly Scalar Two = 2.ToScalar();

    public static Tensor Plus(this Tensor x, Tensor other) => x.add(other, One);

    public static Tensor Plus_(this Tensor x, Tensor other) => x.add_(other, One);

    public static Tensor Minus(this Tensor x, Tensor other) => x.add(other, MinusOne);

    public static Tensor PlusNumber(this Tensor x, double number)
    {
        using var scalar = number.ToScalar();
        return x.add(scalar, One);
    }

    public static Tensor PlusNumber_(this Tensor x, double number)
    {
        using var scalar = number.ToScalar();
        return x.add_(scalar, One);
    }

    /// <summary>x += number · other.</summary>
    public static Tensor PlusScaled_(this Tensor x, Tensor other, double number)
    {
        using var scalar = number.ToScalar();
        return x.add_(other, alpha: scalar);
    }

    /// <summary>x + a · b, element by element.</summary>
    public static Tensor PlusProduct(this Tensor x, Tensor a, Tensor b) => x.addcmul(a, b, One);

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

    public static Tensor Squared(this Tensor x) => x.pow(Two);

    public static Tensor IsPositive(this Tensor x) => x.gt(None);

    public static Tensor AtLeast(this Tensor x, double low)
    {
        using var lowest = low.ToScalar();
        return x.clamp_min(lowest);
    }

    public static Tensor Between_(this Tensor x, double low, double high)
    {
        using var lowest = low.ToScalar();
        using var highest = high.ToScalar();
        return x.clamp_(lowest, highest);
    }

    /// <summary>LeakyReLU (Maas et al. 2013): x, or slope · x where x is negative.</summary>
    public static Tensor LeakyRelu(this Tensor x, double slope)
    {
        using var scalar = slope.ToScalar();
        return x.leaky_relu(scalar);
    }

    /// <summary>The one element of a tensor.</summary>
    public static double ToNumber(this Tensor x)
    {
        using var scalar = x.ToScalar();
        return scalar.ToDouble();
    }

    /// <summary>The one whole number of a tensor.</summary>
    public static long ToInt(this Tensor x)
    {
        using var scalar = x.ToScalar();
        return scalar.ToInt64();
    }
}
