namespace Fer.Models.Evaluation;

/// <summary>What McNemar's test says of two classifiers on the same images.</summary>
/// <param name="OnlyFirst">Images that only the first names rightly.</param>
/// <param name="OnlySecond">Images that only the second names rightly.</param>
/// <param name="PValue">Two-sided, exact.</param>
public sealed record McNemarResult(int OnlyFirst, int OnlySecond, double PValue);

/// <summary>McNemar's exact test (1947): whether two classifiers err equally often, from the images on which just one of them errs.</summary>
public static class McNemar
{
    public static McNemarResult Test(Predictions first, Predictions second)
    {
        Bootstrap.CheckSameImages(first, second);
        var (onlyFirst, onlySecond) = (0, 0);
        for (var i = 0; i < first.Count; i++)
        {
            var firstRight = Probabilities.Top(first.LogitsOf(i)) == first.Truth[i];
            var secondRight = Probabilities.Top(second.LogitsOf(i)) == second.Truth[i];
            onlyFirst += firstRight && !secondRight ? 1 : 0;
            onlySecond += secondRight && !firstRight ? 1 : 0;
        }

        return new McNemarResult(onlyFirst, onlySecond, PValue(onlyFirst, onlySecond));
    }

    /// <summary>Chance of a split at least as uneven when both sides are equally likely; 1 where nothing differs.</summary>
    public static double PValue(int onlyFirst, int onlySecond)
    {
        var n = onlyFirst + onlySecond;
        var logTerm = -n * Math.Log(2);
        var tail = 0.0;
        for (var k = 0; k <= Math.Min(onlyFirst, onlySecond); k++)
        {
            tail += Math.Exp(logTerm);
            logTerm += Math.Log(n - k) - Math.Log(k + 1);
        }

        return Math.Min(1, 2 * tail);
    }
}
