using System.Collections.Immutable;
using Fer.Models.Classifiers;
using Fer.Models.Data;
using Fer.Models.Training;

namespace Fer.Models.Evaluation;

/// <summary>
/// Classifiers that judge as one: an image's logits are the mean of theirs (log-linear pooling of their posteriors, Genest and Zidek 1986). Where they were
/// trained on other class shares, as cross-fitted ones are by a few images, each is first moved to the mean of those shares, so that <see cref="Prior"/> holds
/// for the mean of the logits as it does for one teacher's. One teacher's logits and shares come out as they are, bit for bit.
/// </summary>
internal sealed class Teachers : IDisposable
{
    private readonly TrainedClassifier[] all;
    private readonly double[][] shifts;

    /// <param name="files">Classifiers' files, at least one, of equal classes.</param>
    /// <param name="compute">Device and precision.</param>
    public Teachers(IReadOnlyList<byte[]> files, Compute compute)
    {
        var read = new List<TrainedClassifier>();
        try
        {
            foreach (var file in files)
            {
                read.Add(TrainedClassifier.Read(file, NameOf(read.Count, files.Count) + "'s weights", compute));
                if (!read[^1].Labels.Equals(read[0].Labels))
                {
                    throw new BadInputException($"Teacher {read.Count} knows the classes {read[^1].Labels}, teacher 1 knows {read[0].Labels}.");
                }
            }

            all = read.Count > 0 ? [.. read] : throw new BadInputException("There is no teacher to judge by.");
        }
        catch
        {
            read.ForEach(t => t.Dispose());
            throw;
        }

        Prior = all.All(t => t.Prior.SequenceEqual(all[0].Prior))
            ? all[0].Prior
            : [.. Enumerable.Range(0, Labels.Count).Select(k => all.Average(t => t.Prior[k]))];
        shifts = [.. all.Select(t => Enumerable.Range(0, Labels.Count).Select(k => Shift(t.Prior[k], Prior[k])).ToArray())];
    }

    public LabelSpace Labels => all[0].Labels;

    /// <summary>The class shares that the mean of the logits holds, summing to 1.</summary>
    public ImmutableArray<double> Prior { get; }

    /// <summary>Throws <see cref="BadInputException"/> unless these images have every teacher's classes, channels and size.</summary>
    public void CheckFits(ImageSet images, string set)
    {
        for (var t = 0; t < all.Length; t++)
        {
            all[t].CheckFits(images, NameOf(t, all.Length), set);
        }
    }

    /// <summary>Logits of one batch of the set (<see cref="Evaluator.BatchSize"/>), row after row; as many rows as the batch has images.</summary>
    public float[] Logits(ImageSet images, int batch)
    {
        if (all.Length == 1)
        {
            return Evaluator.Logits(all[0].Network, images, batch);
        }

        double[]? sums = null;
        for (var t = 0; t < all.Length; t++)
        {
            var logits = Evaluator.Logits(all[t].Network, images, batch);
            sums ??= new double[logits.Length];
            for (var i = 0; i < logits.Length; i++)
            {
                sums[i] += logits[i] + shifts[t][i % Labels.Count];
            }
        }

        return [.. sums!.Select(s => (float)(s / all.Length))];
    }

    /// <summary>All images of a set, natural order.</summary>
    public Predictions Predict(ImageSet images) =>
        Evaluator.Table(images, Enumerable.Range(0, Evaluator.Batches(images.Count)).SelectMany(b => Logits(images, b)));

    public void Dispose()
    {
        foreach (var teacher in all)
        {
            teacher.Dispose();
        }
    }

    // What a class's logit gains under other shares. A class that a teacher has never seen keeps its logit: no factor makes something of nothing.
    private static double Shift(double from, double to) => from > 0 && to > 0 ? Math.Log(to / from) : 0;

    private static string NameOf(int teacher, int of) => of == 1 ? "the teacher" : FormattableString.Invariant($"teacher {teacher + 1}");
}
