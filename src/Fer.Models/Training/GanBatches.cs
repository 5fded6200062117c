using System.Globalization;
using Fer.Models.Data;
using Fer.Models.Randomness;
using TorchSharp;
using static TorchSharp.torch;

namespace Fer.Models.Training;

/// <summary>
/// Which real (and fed-back) images and which classes a GAN sees: each place of a batch is a draw of its own at an
/// address, so no position in the data is part of a checkpoint.
/// </summary>
internal sealed class GanBatches
{
    private readonly ImageSet images;
    private readonly int[][] real;
    private readonly int[][] kept;
    private readonly int[] classes;
    private readonly double[] upTo;
    private readonly int batchSize;
    private readonly int keptPlaces;
    private readonly bool flip;
    private readonly bool conditional;

    public GanBatches(GanSettings settings, ImageSet realImages, ImageSet? keptImages, int? onlyClass)
    {
        realImages = InstanceSelection.Densest(realImages, settings.Instances, onlyClass);
        var fed = settings.Feedback == "0" ? null : keptImages;
        images = fed is null ? realImages : realImages.Concat(fed);
        var all = Enumerable.Range(0, realImages.Labels.Count).Select(images.IndicesOf).ToArray();
        var pooled = settings.Feedback == "all";
        real = [.. all.Select(c => pooled ? c : c.Where(i => i < realImages.Count).ToArray())];
        kept = [.. all.Select(c => pooled ? [] : c.Where(i => i >= realImages.Count).ToArray())];
        keptPlaces = fed is null || pooled ? 0 : (int)(settings.BatchSize * double.Parse(settings.Feedback, CultureInfo.InvariantCulture));
        classes = [.. Enumerable.Range(0, real.Length).Where(c => real[c].Length > 0 && (onlyClass is null || c == onlyClass))];
        if (classes.Length == 0)
        {
            throw new BadInputException(onlyClass is { } only
                ? $"There is no training image of class {realImages.Labels[only]} for its GAN."
                : "There is no training image for the GAN.");
        }

        double total = classes.Sum(c => settings.Balance ? 1 : real[c].Length);
        double sum = 0;
        upTo = [.. classes.Select(c => (sum += settings.Balance ? 1 : real[c].Length) / total)];
        batchSize = settings.BatchSize;
        flip = settings.Flip;
        conditional = onlyClass is null;
    }

    /// <summary>A class for each image of a batch, at an address.</summary>
    public int[] Classes(Address address) => [.. Enumerable.Range(0, batchSize).Select(place => classes[Pick(address.Uniform(place))])];

    /// <summary>The labels that the networks are given, <c>[B]</c>: a GAN of one class knows only label 0.</summary>
    public Tensor Labels(int[] chosen) => tensor(chosen.Select(c => conditional ? (long)c : 0).ToArray());

    /// <summary>An image of each class asked for, <c>[B, C, S, S]</c> in [−1, 1], half of them mirrored where that is set.</summary>
    public Tensor Images(int[] chosen, Address address)
    {
        using var scope = NewDisposeScope();
        var which = new int[chosen.Length];
        for (var place = 0; place < chosen.Length; place++)
        {
            var pool = place < keptPlaces && kept[chosen[place]].Length > 0 ? kept[chosen[place]] : real[chosen[place]];
            which[place] = pool[(int)(address.Bits(2 * place) % (ulong)pool.Length)];
        }

        var batch = images.Batch(which);
        if (flip)
        {
            var mirrored = tensor(Enumerable.Range(0, chosen.Length).Select(place => (address.Bits(2 * place + 1) >> 63) == 1).ToArray());
            batch = where(mirrored.view(-1, 1, 1, 1), batch.flip(3), batch);
        }

        return batch.MoveToOuterDisposeScope();
    }

    private int Pick(double uniform)
    {
        var index = 0;
        while (index < upTo.Length - 1 && uniform >= upTo[index])
        {
            index++;
        }

        return index;
    }
}
