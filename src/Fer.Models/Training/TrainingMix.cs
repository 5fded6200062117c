using System.Collections.Immutable;
using Fer.Models.Data;
using Fer.Models.Randomness;

namespace Fer.Models.Training;

/// <summary>One place in a training batch.</summary>
/// <param name="Index">Index into <see cref="TrainingMix.Images"/>.</param>
/// <param name="Extra">Whether it stands in the stream of extras (synthetic images and repeats) or in that of real ones.</param>
/// <param name="Ordinal">How many examples of its stream came before: an augmentation's address.</param>
/// <param name="Weight">Weight of its loss.</param>
public readonly record struct MixExample(int Index, bool Extra, long Ordinal, float Weight);

/// <summary>
/// What an arm trains on: real images, synthetic ones beside them, and repeats that balance the classes. A batch is a
/// function of seed and step alone.
/// </summary>
/// <remarks>
/// Two endless streams, each a chain of epochs, each epoch a permutation drawn at its address. The first holds the real
/// images and is the same in every arm with the same seed. The second holds the extras: every synthetic image once an epoch and, with
/// <see cref="Balanced"/>, repeats of real images of each class up to the size of the largest. Every batch takes its
/// share of each, so arms with equally many extras see the very same real images at each step; what differs is what stands beside them.
/// How many extras a batch holds is their share of an epoch, or the share that is asked for: then they come round sooner or later than the real ones.
/// With spare images an epoch holds as many synthetic ones of each class as without, each time the next ones of all there are.
/// </remarks>
public sealed class TrainingMix
{
    public const string Natural = "natural";

    public const string Balanced = "balanced";

    public const string Weighted = "weighted";

    private readonly float[] weights;
    private readonly float syntheticWeight;
    private readonly long realFrom;
    private readonly double syntheticShare;
    private readonly int[] repeats;
    private readonly int[][] sources;
    private readonly (int[] Pool, int Count)[] fresh;
    private (ulong Address, long Epoch, int[] Order) lastReal;
    private (ulong Address, long Epoch, int[] Order) lastExtra;

    /// <param name="real">Real training images.</param>
    /// <param name="synthetic">Kept generated images, of the same classes and size; may be none.</param>
    /// <param name="syntheticWeight">Weight of a synthetic image's loss; a real one's is 1.</param>
    /// <param name="sampling">
    /// <see cref="Natural"/>: every image equally often. <see cref="Balanced"/>: every class equally often. <see cref="Weighted"/>: every
    /// image equally often, its loss weighted so that every class counts alike (N / (K · images of the class)).
    /// </param>
    /// <param name="realFrom">From this step on batches hold real images alone.</param>
    /// <param name="spare">Generated images that may stand in for synthetic ones of their class; with any, every epoch sees others.</param>
    /// <param name="syntheticShare">Share of each batch that synthetic images take, below 1; 0: as many as come. Where there are none it means nothing.</param>
    public TrainingMix(
        ImageSet real, IEnumerable<ImageSet> synthetic, double syntheticWeight = 1, string sampling = Natural, long realFrom = long.MaxValue, IEnumerable<ImageSet>? spare = null,
        double syntheticShare = 0)
    {
        if (sampling is not (Natural or Balanced or Weighted))
        {
            throw new BadInputException($"Sampling is '{sampling}', expected {Natural}, {Balanced} or {Weighted}.");
        }

        if (!(syntheticWeight > 0 && double.IsFinite(syntheticWeight)))
        {
            throw new BadInputException($"The weight of synthetic images is {syntheticWeight}, expected a number above 0.");
        }

        if (!(syntheticShare >= 0 && syntheticShare < 1) || (syntheticShare > 0 && (sampling != Natural || real.Count == 0)))
        {
            throw new BadInputException($"The share of synthetic images is {syntheticShare} with {sampling} sampling and {real.Count} real images; expected 0, or a share below 1 of {Natural} batches that hold real ones, too.");
        }

        var kept = real.Concat(synthetic);
        Images = kept.Concat(spare ?? []);
        RealCount = real.Count;
        SyntheticCount = kept.Count - real.Count;
        this.syntheticShare = SyntheticCount == 0 ? 0 : syntheticShare;
        this.syntheticWeight = (float)syntheticWeight;
        this.realFrom = realFrom;
        if (Images.Count == 0)
        {
            throw new BadInputException("There is no image to train on.");
        }

        if (RealCount == 0 && realFrom < long.MaxValue)
        {
            throw new BadInputException("There is no real image for the steps that see real ones alone.");
        }

        var counts = kept.CountByClass();
        weights = [.. counts.Select(c => sampling == Weighted && c > 0 ? (float)kept.Count / (counts.Count(n => n > 0) * c) : 1)];
        var target = sampling == Balanced ? counts.Max() : 0;
        repeats = [.. counts.Select(c => c == 0 ? 0 : Math.Max(0, target - c))];
        sources = [.. Enumerable.Range(0, counts.Length).Select(label => Repeatable(kept, label))];
        fresh = Images.Count == kept.Count ? [] : [.. counts.Select((_, label) => (Images.IndicesOf(label).Where(i => i >= RealCount).ToArray(), kept.IndicesOf(label).Count(i => i >= RealCount)))];
        ExtraCount = SyntheticCount + repeats.Sum();
        Prior = Shares();
    }

    /// <summary>Real images, then synthetic ones, then spare ones, each in the order given.</summary>
    public ImageSet Images { get; }

    public int RealCount { get; }

    /// <summary>Synthetic images in an epoch, without repeats.</summary>
    public int SyntheticCount { get; }

    /// <summary>Synthetic images and repeats in an epoch.</summary>
    public int ExtraCount { get; }

    /// <summary>Examples in an epoch, were there no share that is asked for.</summary>
    public long EpochSize => (long)RealCount + ExtraCount;

    /// <summary>Share of each class in what is trained on, by weight; sums to 1.</summary>
    public ImmutableArray<double> Prior { get; }

    /// <summary>The examples of a batch: real ones first, then extras. The same address and step give the same batch.</summary>
    public ImmutableArray<MixExample> Batch(Address address, long step, int batchSize)
    {
        var batch = ImmutableArray.CreateBuilder<MixExample>(batchSize);
        var (extraFrom, extraTo) = (ExtrasBefore(Math.Min(step, realFrom), batchSize), ExtrasBefore(Math.Min(step + 1, realFrom), batchSize));
        for (var i = step * batchSize - extraFrom; i < (step + 1) * batchSize - extraTo; i++)
        {
            batch.Add(Example(Order(ref lastReal, address.At("real"), i / RealCount, RealEpoch)[i % RealCount], extra: false, i));
        }

        for (var i = extraFrom; i < extraTo; i++)
        {
            batch.Add(Example(Order(ref lastExtra, address.At("extra"), i / ExtraCount, ExtraEpoch)[i % ExtraCount], extra: true, i));
        }

        return batch.MoveToImmutable();
    }

    private long ExtrasBefore(long step, int batchSize) => syntheticShare > 0 ? (long)(step * batchSize * syntheticShare) : (long)((Int128)step * batchSize * ExtraCount / EpochSize);

    private MixExample Example(int index, bool extra, long ordinal) => 
        new(index, extra, ordinal, weights[Images.Rows[index].Label] * (index < RealCount ? 1 : syntheticWeight));

    // A class without a real image is balanced by repeating its synthetic ones.
    private int[] Repeatable(ImageSet kept, int label)
    {
        var all = kept.IndicesOf(label);
        int[] real = [.. all.Where(i => i < RealCount)];
        return real.Length > 0 ? real : all;
    }

    private int[] RealEpoch(Address stream, long epoch) => stream.At(epoch).Permutation(RealCount);

    private int[] ExtraEpoch(Address stream, long number)
    {
        var epoch = stream.At(number);
        var extras = fresh.Length == 0 ? [.. Enumerable.Range(RealCount, SyntheticCount)] : fresh.SelectMany((f, label) => Fresh(f.Pool, f.Count, stream.At("fresh").At(label), number)).ToList();
        for (var label = 0; label < repeats.Length; label++)
        {
            // Every image of the class equally often, the remainder by chance.
            var order = epoch.At("class").At(label).Permutation(sources[label].Length);
            for (var i = 0; i < repeats[label]; i++)
            {
                extras.Add(sources[label][order[i % order.Length]]);
            }
        }

        return [.. epoch.Permutation(extras.Count).Select(i => extras[i])];
    }

    // The pool is dealt out in one shuffle after another, so many an epoch: all of its images come equally often, and an image comes again as late as can be.
    private static IEnumerable<int> Fresh(int[] pool, int count, Address stream, long epoch)
    {
        var (pass, order) = (-1L, Array.Empty<int>());
        for (var ordinal = epoch * count; ordinal < (epoch + 1) * count; ordinal++)
        {
            if (ordinal / pool.Length != pass)
            {
                pass = ordinal / pool.Length;
                order = stream.At(pass).Permutation(pool.Length);
            }

            yield return pool[order[ordinal % pool.Length]];
        }
    }

    // An epoch's order is drawn once and remembered while it lasts; the memory changes no draw.
    private static int[] Order(ref (ulong Address, long Epoch, int[] Order) last, Address stream, long epoch, Func<Address, long, int[]> draw)
    {
        if (last.Order is null || last.Address != stream.Value || last.Epoch != epoch)
        {
            last = (stream.Value, epoch, draw(stream, epoch));
        }

        return last.Order;
    }

    private ImmutableArray<double> Shares()
    {
        var shares = repeats.Select((r, label) => sources[label].Length > 0 && sources[label][0] >= RealCount ? r * (double)syntheticWeight : r).ToArray();
        var often = syntheticShare > 0 ? syntheticShare / (1 - syntheticShare) * RealCount / SyntheticCount : 1;
        for (var i = 0; i < RealCount + SyntheticCount; i++)
        {
            shares[Images.Rows[i].Label] += weights[Images.Rows[i].Label] * (i < RealCount ? 1 : syntheticWeight * often);
        }

        var sum = shares.Sum();
        return [.. shares.Select(s => s / sum)];
    }
}
