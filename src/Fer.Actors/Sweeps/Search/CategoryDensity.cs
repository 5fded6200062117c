using Fer.Models.Randomness;

namespace Fer.Actors.Sweeps.Search;

/// <summary>Over choices: a trial's part gives its own one more than the others, which have 1 / (trials + 1) each (Optuna's).</summary>
internal sealed class CategoryDensity : IDensity
{
    private readonly double[] shares;

    public CategoryDensity(double[] units, int choices)
    {
        var parts = IDensity.Shares(units.Length);
        var least = 1.0 / parts.Length;
        var sum = 1 + choices * least;
        shares = new double[choices];
        Array.Fill(shares, parts[^1] / choices + (1 - parts[^1]) * least / sum);
        for (var i = 0; i < units.Length; i++)
        {
            shares[(int)(units[i] * choices)] += parts[i] / sum;
        }
    }

    public double Draw(Address address) => (IDensity.Pick(shares, address.Uniform()) + 0.5) / shares.Length;

    public double At(double unit) => shares[(int)(unit * shares.Length)];
}
