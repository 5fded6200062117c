using Fer.Models.Randomness;
using Fer.Models.Tests.Classifiers;
using Fer.Models.Training;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Xunit;

namespace Fer.Models.Tests.Training;

public class TrainingMixTests
{
    private static readonly Address Here = Address.Of(11);

    private static readonly Fer.Models.Data.ImageSet Real = Blobs.Make([12, 5, 3], seed: 1, size: 4);
    private static readonly Fer.Models.Data.ImageSet Fakes = Blobs.Make([0, 7, 9], seed: 2, size: 4, prefix: "fake");

    private static List<MixExample> Stream(TrainingMix mix, int batchSize, int steps) =>
        [.. Enumerable.Range(0, steps).SelectMany(s => mix.Batch(Here, s, batchSize))];

    [Property(MaxTest = 50)]
    public void Every_image_comes_once_an_epoch_whatever_the_batch_size(PositiveInt size)
    {
        var mix = new TrainingMix(Real, [Fakes]);
        var batch = size.Get % 40 + 1;
        var stream = Stream(mix, batch, (int)(2 * mix.EpochSize / batch) + 2);
        foreach (var extra in new[] { false, true })
        {
            var (from, count) = extra ? (20, 16) : (0, 20);
            var epochs = stream.Where(e => e.Extra == extra).Select(e => e.Index).Chunk(count).Take(2).ToArray();
            Assert.All(epochs, e => Assert.Equal(Enumerable.Range(from, count), e.Order()));
            Assert.NotEqual(epochs[0], epochs[1]);
        }
    }

    [Property(MaxTest = 50)]
    public void Every_batch_takes_its_share_of_extras(PositiveInt size, NonNegativeInt at)
    {
        var mix = new TrainingMix(Real, [Fakes]);
        var batch = size.Get % 100 + 1;
        var examples = mix.Batch(Here, at.Get, batch);
        Assert.Equal(batch, examples.Length);
        Assert.InRange(examples.Count(e => e.Extra), Math.Floor(batch * 16 / 36.0), Math.Ceiling(batch * 16 / 36.0));
    }

    [Fact]
    public void Arms_with_equally_many_extras_see_the_same_real_images_at_each_step()
    {
        var control = new TrainingMix(Real, [], sampling: TrainingMix.Balanced);
        var refined = new TrainingMix(Real, [Fakes]);
        Assert.Equal(control.ExtraCount, refined.ExtraCount);
        for (var step = 0; step < 20; step++)
        {
            Assert.Equal(control.Batch(Here, step, 8).Where(e => !e.Extra), refined.Batch(Here, step, 8).Where(e => !e.Extra));
        }
    }

    [Fact]
    public void The_order_of_real_images_is_the_same_in_every_arm()
    {
        var alone = Stream(new TrainingMix(Real, []), 8, 10);
        var beside = Stream(new TrainingMix(Real, [Fakes]), 8, 18).Where(e => !e.Extra).ToArray();
        Assert.Equal(alone.Take(60), beside.Take(60));
    }

    [Fact]
    public void With_spare_images_every_epoch_has_as_many_of_each_class_and_takes_them_in_turn_from_all_there_are()
    {
        // 7 and 9 images a class from pools of 21 and 27: three epochs show each image once.
        var mix = new TrainingMix(Real, [Fakes], sampling: TrainingMix.Balanced, spare: [Blobs.Make([0, 14, 18], seed: 3, size: 4, prefix: "spare")]);
        var plain = new TrainingMix(Real, [Fakes], sampling: TrainingMix.Balanced);

        Assert.Equal((plain.EpochSize, plain.ExtraCount), (mix.EpochSize, mix.ExtraCount));
        Assert.Equal(plain.Prior, mix.Prior);
        var epochs = Stream(mix, (int)mix.EpochSize, 6).Chunk((int)mix.EpochSize).Select(e => e.Where(x => x.Index >= 20).Select(x => x.Index).Order().ToArray()).ToArray();
        Assert.All(epochs, e => Assert.Equal([7, 9], e.CountBy(i => mix.Images.Rows[i].Label).OrderBy(c => c.Key).Select(c => c.Value)));
        Assert.Equal(Enumerable.Range(20, 48), epochs.Take(3).SelectMany(e => e).Order());
        Assert.Equal(Enumerable.Range(20, 48), epochs.Skip(3).SelectMany(e => e).Order());
        Assert.NotEqual(epochs[0], epochs[3]);
        Assert.Equal(mix.Batch(Here, 17, 7), new TrainingMix(Real, [Fakes], sampling: TrainingMix.Balanced, spare: [Blobs.Make([0, 14, 18], seed: 3, size: 4, prefix: "spare")]).Batch(Here, 17, 7));
        Assert.Equal(plain.Batch(Here, 3, 9).Where(e => !e.Extra), mix.Batch(Here, 3, 9).Where(e => !e.Extra));
    }

    [Theory]
    [InlineData(0.25)]
    [InlineData(0.5)]
    public void Synthetic_images_take_the_share_of_each_batch_that_is_asked_for_and_all_come_equally_often(double share)
    {
        var mix = new TrainingMix(Real, [Fakes], syntheticShare: share);
        var batches = Enumerable.Range(0, 160).Select(s => mix.Batch(Here, s, 10)).ToArray();

        Assert.All(batches, b => Assert.InRange(b.Count(e => e.Index >= 20), Math.Floor(10 * share), Math.Ceiling(10 * share)));
        Assert.All(batches, b => Assert.Equal(10, b.Length));
        Assert.Equal(share, batches.Sum(b => b.Count(e => e.Index >= 20)) / 1600.0, 3);
        var times = batches.SelectMany(b => b).CountBy(e => e.Index).ToDictionary();
        Assert.InRange(times.Where(t => t.Key >= 20).Max(t => t.Value) - times.Where(t => t.Key >= 20).Min(t => t.Value), 0, 1);
        Assert.InRange(times.Where(t => t.Key < 20).Max(t => t.Value) - times.Where(t => t.Key < 20).Min(t => t.Value), 0, 1);

        // 12, 5, 3 real and 0, 7, 9 synthetic images of the classes.
        Assert.Equal([(1 - share) * 12 / 20, (1 - share) * 5 / 20 + share * 7 / 16, (1 - share) * 3 / 20 + share * 9 / 16], mix.Prior, (a, b) => Math.Abs(a - b) < 1e-9);
    }

    [Fact]
    public void A_share_leaves_the_order_of_real_images_and_ends_with_the_synthetic_ones()
    {
        var real = Stream(new TrainingMix(Real, []), 8, 10).Select(e => e.Index);
        var mixed = Stream(new TrainingMix(Real, [Fakes], syntheticShare: 0.5), 8, 20).Where(e => !e.Extra).Select(e => e.Index);

        Assert.Equal(real, mixed);
        Assert.Equal(real, Stream(new TrainingMix(Real, [], syntheticShare: 0.5), 8, 10).Select(e => e.Index));
        Assert.All(new TrainingMix(Real, [Fakes], realFrom: 4, syntheticShare: 0.5).Batch(Here, 4, 8), e => Assert.False(e.Extra));
    }

    [Theory]
    [InlineData(1, TrainingMix.Natural)]
    [InlineData(-0.1, TrainingMix.Natural)]
    [InlineData(0.5, TrainingMix.Balanced)]
    public void A_share_that_cannot_be_is_refused(double share, string sampling) =>
        Assert.Contains("The share of synthetic images is", Assert.Throws<BadInputException>(() => new TrainingMix(Real, [Fakes], sampling: sampling, syntheticShare: share)).Message);

    [Fact]
    public void A_batch_is_a_function_of_its_step_alone()
    {
        var mix = new TrainingMix(Real, [Fakes], sampling: TrainingMix.Balanced);
        var forward = Enumerable.Range(0, 12).Select(s => mix.Batch(Here, s, 7)).ToArray();
        foreach (var step in Enumerable.Range(0, 12).Reverse())
        {
            Assert.Equal(forward[step], mix.Batch(Here, step, 7));
        }

        Assert.NotEqual(forward[0], mix.Batch(Here.At(1), 0, 7));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Balanced_shows_every_class_equally_often_and_no_image_much_more_than_its_like(bool synthetic)
    {
        var mix = new TrainingMix(Real, synthetic ? [Fakes] : [], sampling: TrainingMix.Balanced);
        var epoch = Stream(mix, (int)mix.EpochSize, 1);
        var byClass = epoch.CountBy(e => mix.Images.Rows[e.Index].Label).ToDictionary();
        Assert.Equal([12, 12, 12], Enumerable.Range(0, 3).Select(k => byClass[k]));
        var times = epoch.Where(e => e.Index < 20).GroupBy(e => mix.Images.Rows[e.Index].Label).Select(g => g.CountBy(e => e.Index).Select(c => c.Value).ToArray());
        Assert.All(times, t => Assert.InRange(t.Max() - t.Min(), 0, 1));
        Assert.All(mix.Prior, share => Assert.Equal(1 / 3.0, share, 12));
    }

    [Fact]
    public void A_class_with_synthetic_images_only_is_balanced_with_those()
    {
        var mix = new TrainingMix(Blobs.Make([6, 6, 0], seed: 1, size: 4), [Blobs.Make([0, 0, 2], seed: 2, size: 4)], sampling: TrainingMix.Balanced);
        var epoch = Stream(mix, (int)mix.EpochSize, 1);
        Assert.Equal(6, epoch.Count(e => e.Index >= 12));
        Assert.Equal(18, epoch.Count);
    }

    [Fact]
    public void Synthetic_images_weigh_what_was_asked_and_the_prior_knows_it()
    {
        var mix = new TrainingMix(Real, [Fakes], syntheticWeight: 0.5);
        Assert.All(Stream(mix, 10, 6), e => Assert.Equal(e.Index < 20 ? 1f : 0.5f, e.Weight));
        Assert.Equal([12 / 28.0, 8.5 / 28, 7.5 / 28], mix.Prior.Select(p => Math.Round(p, 12)), (a, b) => Math.Abs(a - b) < 1e-9);
    }

    [Property(MaxTest = 30)]
    public void Weighted_every_image_comes_once_an_epoch_and_every_class_weighs_the_same(PositiveInt high, PositiveInt middle, PositiveInt low, bool synthetic)
    {
        int[] counts = [high.Get % 20 + 1, middle.Get % 20 + 1, low.Get % 20 + 1];
        var mix = new TrainingMix(Blobs.Make(counts, seed: 1, size: 4), synthetic ? [Fakes] : [], sampling: TrainingMix.Weighted);

        var epoch = Stream(mix, (int)mix.EpochSize, 1);

        Assert.Equal(Enumerable.Range(0, mix.Images.Count), epoch.Select(e => e.Index).Order());
        Assert.All(epoch.GroupBy(e => mix.Images.Rows[e.Index].Label), g => Assert.Equal(epoch.Count / 3.0, g.Sum(e => (double)e.Weight), 1e-4));
        Assert.All(mix.Prior, share => Assert.Equal(1 / 3.0, share, 1e-6));
    }

    [Fact]
    public void Weighted_a_class_without_images_takes_nothing_from_the_others()
    {
        var mix = new TrainingMix(Blobs.Make([9, 0, 3], seed: 1, size: 4), [], sampling: TrainingMix.Weighted);

        Assert.Equal([0.5, 0, 0.5], mix.Prior, (a, b) => Math.Abs(a - b) < 1e-6);
        Assert.Equal(12, Stream(mix, 12, 1).Sum(e => (double)e.Weight), 1e-4);
    }

    [Property(MaxTest = 50)]
    public void From_a_step_on_only_real_images_come_and_their_stream_goes_on_without_gap_or_repeat(PositiveInt size, NonNegativeInt at)
    {
        var (batch, realFrom) = (size.Get % 30 + 1, at.Get % 25);
        var mix = new TrainingMix(Real, [Fakes], sampling: TrainingMix.Balanced, realFrom: realFrom);
        var never = new TrainingMix(Real, [Fakes], sampling: TrainingMix.Balanced);

        var batches = Enumerable.Range(0, 30).Select(s => mix.Batch(Here, s, batch)).ToArray();

        Assert.All(batches, b => Assert.Equal(batch, b.Length));
        Assert.All(Enumerable.Range(0, realFrom), s => Assert.Equal(never.Batch(Here, s, batch), batches[s]));
        Assert.All(batches[realFrom..], b => Assert.DoesNotContain(b, e => e.Extra));
        var real = batches.SelectMany(b => b).Where(e => !e.Extra).ToArray();
        Assert.Equal(Stream(new TrainingMix(Real, []), 1, real.Length), real);
        Assert.All(Enumerable.Range(0, 30).Reverse(), s => Assert.Equal(batches[s], mix.Batch(Here, s, batch)));
    }

    [Fact]
    public void Synthetic_images_alone_can_be_trained_on()
    {
        var mix = new TrainingMix(Blobs.Make([0, 0, 0], seed: 1, size: 4), [Fakes]);
        Assert.Equal(16, Stream(mix, 16, 1).Select(e => e.Index).Distinct().Count());
    }

    [Fact]
    public void What_cannot_be_mixed_is_refused()
    {
        Assert.Equal("Sampling is 'even', expected natural, balanced or weighted.", Assert.Throws<BadInputException>(() => new TrainingMix(Real, [], sampling: "even")).Message);
        Assert.Throws<BadInputException>(() => new TrainingMix(Real, [Fakes], syntheticWeight: 0));
        Assert.Throws<BadInputException>(() => new TrainingMix(Blobs.Make([0, 0, 0], seed: 1, size: 4), []));
        Assert.Equal("There is no real image for the steps that see real ones alone.", Assert.Throws<BadInputException>(() => new TrainingMix(Blobs.Make([0, 0, 0], seed: 1, size: 4), [Fakes], realFrom: 9)).Message);
    }
}
