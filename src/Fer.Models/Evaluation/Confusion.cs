namespace Fer.Models.Evaluation;

/// <summary>Counts of (truth, prediction) over K classes; rows are the truth.</summary>
public sealed class Confusion
{
    private readonly int[] counts;

    private Confusion(int classes)
    {
        Classes = classes;
        counts = new int[classes * classes];
    }

    public int Classes { get; }

    public int this[int truth, int predicted] => counts[truth * Classes + predicted];

    /// <summary>Counts of a table; the prediction is the greatest logit.</summary>
    public static Confusion Of(Predictions predictions)
    {
        var confusion = new Confusion(predictions.Labels.Count);
        for (var i = 0; i < predictions.Count; i++)
        {
            confusion.counts[predictions.Truth[i] * confusion.Classes + Probabilities.Top(predictions.LogitsOf(i))]++;
        }

        return confusion;
    }

    public int Total => counts.Sum();

    /// <summary>Images of that class.</summary>
    public int Truth(int label) => Enumerable.Range(0, Classes).Sum(p => this[label, p]);

    /// <summary>Images taken for that class.</summary>
    public int Predicted(int label) => Enumerable.Range(0, Classes).Sum(t => this[t, label]);

    /// <summary>Share of images named rightly; 0 of none.</summary>
    public double Accuracy => Ratio(Enumerable.Range(0, Classes).Sum(k => this[k, k]), Total);

    /// <summary>Share of a class's predictions that are right; 0 when it was never predicted.</summary>
    public double Precision(int label) => Ratio(this[label, label], Predicted(label));

    /// <summary>Share of a class's images that were found; 0 when it has none.</summary>
    public double Recall(int label) => Ratio(this[label, label], Truth(label));

    /// <summary>2·hits / (truth + predicted), the harmonic mean of precision and recall; 0 when the class appears nowhere.</summary>
    public double F1(int label) => Ratio(2 * this[label, label], Truth(label) + Predicted(label));

    /// <summary>The counts as rows.</summary>
    public int[][] Rows() => [.. Enumerable.Range(0, Classes).Select(t => Enumerable.Range(0, Classes).Select(p => this[t, p]).ToArray())];

    private static double Ratio(int part, int whole) => whole == 0 ? 0 : (double)part / whole;
}
