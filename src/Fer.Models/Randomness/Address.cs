using System.Numerics;
using TorchSharp;

namespace Fer.Models.Randomness;

/// <summary>
/// The address of a random draw: a run's seed, then names and numbers that say where the draw is made
/// (<c>Address.Of(seed).At("critic").At(step)</c>). The same address always gives the same numbers, whatever was drawn
/// elsewhere before, so a checkpoint holds no generator state and threads interleave as they like.
/// Draws are made on the CPU and moved, so that a GPU run sees the same ones.
/// </summary>
public readonly record struct Address(ulong Value)
{
    public static Address Of(long seed) => new(Mix(unchecked((ulong)seed) ^ 0x6665722e6163746fUL));

    /// <summary>The address below this one with a name.</summary>
    public Address At(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var hash = 14695981039346656037UL ^ Value;
        foreach (var c in name)
        {
            hash = unchecked((hash ^ c) * 1099511628211UL);
        }

        return new Address(Mix(hash));
    }

    /// <summary>The address below this one with a number.</summary>
    public Address At(long index) => new(Mix(unchecked(BitOperations.RotateLeft(Value, 23) + (ulong)index * 0x9E3779B97F4A7C15UL + 1)));

    /// <summary>A torch generator that starts here. The caller disposes of it.</summary>
    public torch.Generator Generator() => new(Value >> 1, torch.CPU);

    /// <summary>The <paramref name="index"/>-th whole number at this address, uniform over 64 bits.</summary>
    public ulong Bits(long index = 0) => At(index).Value;

    /// <summary>The <paramref name="index"/>-th number at this address, uniform in [0, 1).</summary>
    public double Uniform(long index = 0) => (Bits(index) >> 11) * (1.0 / (1UL << 53));

    /// <summary>The <paramref name="index"/>-th number at this address, normal with mean 0 and deviation 1 (Box–Muller).</summary>
    public double Normal(long index = 0)
    {
        var radius = Math.Sqrt(-2 * Math.Log(1 - Uniform(2 * index)));
        return radius * Math.Cos(2 * Math.PI * Uniform(2 * index + 1));
    }

    /// <summary>A number of Beta(<paramref name="a"/>, <paramref name="a"/>), 0 &lt; a, by Jöhnk's rejection (1964): quick for a up to about 1.</summary>
    public double Beta(double a)
    {
        for (var attempt = 0; ; attempt++)
        {
            // In logarithms: for small a the powers are below the least double.
            var (x, y) = (Math.Log(1 - Uniform(2 * attempt)) / a, Math.Log(1 - Uniform(2 * attempt + 1)) / a);
            var most = Math.Max(x, y);
            var sum = most + Math.Log(Math.Exp(x - most) + Math.Exp(y - most));
            if (sum <= 0)
            {
                return Math.Exp(x - sum);
            }
        }
    }

    /// <summary>A permutation of 0 … <paramref name="count"/> − 1 (Fisher–Yates).</summary>
    public int[] Permutation(int count)
    {
        var order = new int[count];
        for (var i = 0; i < count; i++)
        {
            var j = (int)(Bits(i) % (ulong)(i + 1));
            order[i] = order[j];
            order[j] = i;
        }

        return order;
    }

    // The finaliser of SplitMix64 (Steele, Lea, Flood 2014).
    private static ulong Mix(ulong z)
    {
        unchecked
        {
            z += 0x9E3779B97F4A7C15UL;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
            return z ^ (z >> 31);
        }
    }
}
