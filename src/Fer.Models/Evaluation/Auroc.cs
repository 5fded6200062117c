namespace Fer.Models.Evaluation;

/// <summary>Area under the ROC curve by ranks (Mann–Whitney), ties as halves.</summary>
public static class Auroc
{
    /// <summary>Chance that a positive's score is above a negative's; null when one side is empty.</summary>
    public static double? Of(IReadOnlyList<double> scores, IReadOnlyList<bool> positive)
    {
        var order = Enumerable.Range(0, scores.Count).OrderBy(i => scores[i]).ToArray();
        double rankSum = 0;
        var positives = 0L;
        for (var from = 0; from < order.Length;)
        {
            var to = from;
            var hits = 0;
            while (to < order.Length && scores[order[to]].Equals(scores[order[from]]))
            {
                hits += positive[order[to]] ? 1 : 0;
                to++;
            }

            rankSum += hits * ((from + 1 + to) / 2.0);
            positives += hits;
            from = to;
        }

        var negatives = order.Length - positives;
        return positives == 0 || negatives == 0 ? null : (rankSum - positives * (positives + 1) / 2.0) / ((double)positives * negatives);
    }

    /// <summary>Of one class's probability against all other classes.</summary>
    public static double? OneVsRest(Predictions predictions, double[][] probabilities, int label) =>
        Of([.. probabilities.Select(p => p[label])], [.. predictions.Truth.Select(t => t == label)]);
}
