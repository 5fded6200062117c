using Fer.Models.Randomness;

namespace Fer.Models.Data.Sketch;

/// <summary>Named random figures at one address: <c>draws.Between("yaw", -1, 1)</c>.</summary>
internal readonly struct Draws(Address address)
{
    public double Between(string name, double low, double high) => low + (high - low) * address.At(name).Uniform();

    public bool Chance(string name, double probability) => address.At(name).Uniform() < probability;

    public int Pick(string name, int count) => (int)(address.At(name).Uniform() * count);

    /// <summary>About normal with mean 0 and the given deviation; at most 2.4 deviations off.</summary>
    public double Around(string name, double deviation)
    {
        var at = address.At(name);

        // A sum of four uniforms has variance 1/3 and no tails: no drawn feature leaves its place.
        return (at.Uniform(0) + at.Uniform(1) + at.Uniform(2) + at.Uniform(3) - 2) * Math.Sqrt(3) * deviation * 0.7;
    }
}
