using Fer.Models.Randomness;

namespace Fer.Actors.Sweeps.Search;

/// <summary>What <see cref="TpeSampler"/> thinks of an axis: a density over [0, 1), as a mixture of one part for each trial and a prior.</summary>
internal interface IDensity
{
    double Draw(Address address);

    /// <summary>Above 0.</summary>
    double At(double unit);

    /// <summary>
    /// The parts' shares, the prior's last: as much as a trial's. Of more than 25 trials, in the order of their planning, the oldest
    /// count least: a ramp from 1 / n to 1, then 25 times 1 (as Bergstra's hyperopt and Optuna have it).
    /// </summary>
    static double[] Shares(int trials)
    {
        const int Full = 25;
        var weights = new double[trials + 1];
        for (var i = 0; i <= trials; i++)
        {
            var ramp = trials - Full;
            weights[i] = i >= ramp ? 1 : ramp == 1 ? 1.0 / trials : 1.0 / trials + (1 - 1.0 / trials) * i / (ramp - 1);
        }

        var sum = weights.Sum();
        return [.. weights.Select(w => w / sum)];
    }

    /// <summary>An index whose share of the whole is its probability.</summary>
    static int Pick(double[] shares, double uniform)
    {
        var i = 0;
        for (; i < shares.Length - 1 && uniform >= shares[i]; i++)
        {
            uniform -= shares[i];
        }

        return i;
    }
}
