using System.Collections.Immutable;
using Fer.Models.Randomness;

namespace Fer.Actors.Sweeps.Search;

/// <summary>
/// The Tree-structured Parzen Estimator (Bergstra, Bardenet, Bengio, Kégl 2011, section 4): per axis, one density l of the
/// values of good trials and one, g, of the others'; of 24 draws from l the one with the greatest l / g is taken. As
/// Optuna has it by default: axes by themselves, the first 10 trials random, a tenth of the trials good, 25 at most.
/// </summary>
/// <remarks>
/// <para>Good are first completed trials by value; then those that have only reported, pruned, waiting or running, the
/// farthest first, then by value. Trials that run without a report yet are bad, so that trials planned
/// together do not all go to one place ("constant liar"). Failed ones, and those with a value that is no number, are
/// bad too: settings that fail again and again should not be sought. Cancelled ones are not looked at.</para>
/// <para>An axis with conditions is estimated over the trials that have it, split among themselves, and is random
/// until 10 of these are known; Optuna splits all trials at once.</para>
/// </remarks>
public sealed class TpeSampler : ISampler
{
    public bool LooksBack => true;

    private const int StartUp = 10;
    private const int Candidates = 24;
    private const int MostGood = 25;

    public ImmutableSortedDictionary<string, string>? Next(SearchSpace space, long seed, int number, ImmutableArray<PastTrial> past)
    {
        ArgumentNullException.ThrowIfNull(space);
        var trial = Address.Of(seed).At("tpe").At(number);
        return space.At((axis, _) => Propose(axis, past, trial.At(axis.Key)));
    }

    private static double Propose(Axis axis, ImmutableArray<PastTrial> past, Address address)
    {
        var seen = Seen(axis, past);
        var known = seen.Where(s => s.Score is not null).ToArray();
        if (known.Length < StartUp)
        {
            return address.Uniform();
        }

        var good = known.OrderByDescending(s => s.Score).ThenBy(s => s.Number).Take(Math.Min((int)Math.Ceiling(known.Length / 10.0), MostGood)).Select(s => s.Number).ToHashSet();
        var (l, g) = (Density(axis, seen.Where(s => good.Contains(s.Number))), Density(axis, seen.Where(s => !good.Contains(s.Number))));
        return Enumerable.Range(0, Candidates).Select(c => l.Draw(address.At(c))).MaxBy(u => Math.Log(l.At(u)) - Math.Log(g.At(u)));
    }

    /// <summary>Where trials stood on the axis, by number, those that count.</summary>
    private static List<(int Number, double Unit, (int Rung, double Value)? Score)> Seen(Axis axis, ImmutableArray<PastTrial> past)
    {
        var seen = new List<(int, double, (int, double)?)>();
        foreach (var trial in past)
        {
            if (trial.Status != TrialStatus.Cancelled && trial.Values.TryGetValue(axis.Key, out var value) && axis.UnitOf(value) is { } unit)
            {
                seen.Add((trial.Number, unit, Score(trial)));
            }
        }

        return seen;
    }

    private static (int Rung, double Value)? Score(PastTrial trial)
    {
        var score = trial.Status switch
        {
            TrialStatus.Failed => null,
            TrialStatus.Completed => trial.Value is { } value ? (int.MaxValue, value) : null,
            _ => trial.Reports.IsEmpty ? ((int Rung, double Value)?)null : (trial.Reports[^1].Rung, trial.Reports[^1].Value),
        };
        return score is { } known && double.IsFinite(known.Value) ? known : null;
    }

    private static IDensity Density(Axis axis, IEnumerable<(int Number, double Unit, (int, double)? Score)> trials)
    {
        var units = trials.Select(t => t.Unit).ToArray();
        return axis switch
        {
            ChoiceAxis choice => new CategoryDensity(units, choice.Values.Length),
            IntegerAxis { IsLog: false } integer => new ParzenDensity(units, (double)integer.Levels),
            _ => new ParzenDensity(units, double.PositiveInfinity),
        };
    }
}
