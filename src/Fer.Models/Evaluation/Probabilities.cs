using System.Collections.Immutable;

namespace Fer.Models.Evaluation;

/// <summary>Class probabilities of each image of a <see cref="Predictions"/> table, in double precision.</summary>
public static class Probabilities
{
    /// <summary>Softmax of logits / <paramref name="temperature"/> (1 leaves them), N rows of K.</summary>
    public static double[][] Of(Predictions predictions, double temperature = 1)
    {
        var rows = new double[predictions.Count][];
        for (var i = 0; i < rows.Length; i++)
        {
            rows[i] = Softmax(predictions.LogitsOf(i), temperature);
        }

        return rows;
    }

    /// <summary>
    /// The same corrected from the <paramref name="prior"/> that the classifier was trained on to a uniform one: each probability divided by its
    /// class's share, then scaled to sum 1 (Saerens, Latinne, Decaestecker 2002). A class of share 0 keeps its probability.
    /// </summary>
    public static double[] Softmax(ReadOnlySpan<float> logits, double temperature, ImmutableArray<double> prior = default)
    {
        var values = new double[logits.Length];
        for (var k = 0; k < values.Length; k++)
        {
            values[k] = logits[k] / temperature - (prior.IsDefault || prior[k] <= 0 ? 0 : Math.Log(prior[k]));
        }

        var top = values.Max();
        var sum = 0.0;
        for (var k = 0; k < values.Length; k++)
        {
            values[k] = Math.Exp(values[k] - top);
            sum += values[k];
        }

        for (var k = 0; k < values.Length; k++)
        {
            values[k] /= sum;
        }

        return values;
    }

    /// <summary>Index of the greatest value, the first of equals.</summary>
    public static int Top<T>(ReadOnlySpan<T> values)
        where T : IComparable<T>
    {
        var best = 0;
        for (var k = 1; k < values.Length; k++)
        {
            if (values[k].CompareTo(values[best]) > 0)
            {
                best = k;
            }
        }

        return best;
    }
}
