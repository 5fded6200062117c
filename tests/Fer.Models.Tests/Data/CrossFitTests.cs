using Fer.Models.Data;
using Fer.Models.Randomness;
using FsCheck.Xunit;
using Xunit;

namespace Fer.Models.Tests.Data;

public sealed class CrossFitTests
{
    private static readonly Address Here = Address.Of(11);

    private static ImageSet Images(IEnumerable<(int Label, int Group)> images) => new(
        new LabelSpace(["a", "b", "c"]), 1, 1, 1, images.Select((x, i) => new ImageRow($"i{i}", x.Label, $"g{x.Group}", "test")), [.. images.Select((_, i) => (byte)i)]);

    [Property(MaxTest = 100)]
    public void Every_image_is_in_one_fold_with_its_whole_group(byte count, byte groups, byte k)
    {
        var images = Images(Enumerable.Range(0, 40 + count).Select(i => ((int)(Here.At(i).Bits() % 3), i % (20 + groups))));

        var folds = CrossFit.Folds(images, 2 + k % 4, Here);

        Assert.Equal(2 + k % 4, folds.Length);
        Assert.Equal(Enumerable.Range(0, images.Count), folds.SelectMany(f => f).Order());
        Assert.All(folds, f => Assert.Equal(f.Order(), f));
        Assert.All(
            folds.SelectMany((f, number) => f.Select(i => (images.Rows[i].Group, number))).GroupBy(x => x.Group),
            g => Assert.Single(g.Select(x => x.number).Distinct()));
    }

    [Property(MaxTest = 50)]
    public void Folds_have_every_class_in_equal_parts(byte count, byte k)
    {
        var images = Images(Enumerable.Range(0, 3 * (10 + count)).Select(i => (i % 3, i)));

        var folds = CrossFit.Folds(images, 2 + k % 4, Here);

        Assert.All(folds, f => Assert.All(Enumerable.Range(0, 3), label =>
            Assert.InRange(f.Count(i => images.Rows[i].Label == label), (10 + count) / folds.Length - 1, (10 + count) / folds.Length + 2)));
    }

    [Property(MaxTest = 50)]
    public void A_classifier_is_trained_without_its_fold_and_on_all_else(byte count, byte k)
    {
        var images = Images(Enumerable.Range(0, 40 + count).Select(i => (i % 3, i / 2)));
        var folds = CrossFit.Folds(images, 2 + k % 4, Here);

        for (var fold = 0; fold < folds.Length; fold++)
        {
            var without = CrossFit.Without(images, folds.Length, fold, Here);
            Assert.Equal(images.Rows.Where((_, i) => !folds[fold].Contains(i)), without.Rows);
        }
    }

    [Fact]
    public void Folds_are_the_same_each_time_and_others_elsewhere()
    {
        var images = Images(Enumerable.Range(0, 90).Select(i => (i % 3, i)));

        Assert.Equal(CrossFit.Folds(images, 3, Here).SelectMany(f => f), CrossFit.Folds(images, 3, Here).SelectMany(f => f));
        Assert.NotEqual(CrossFit.Folds(images, 3, Here)[0], CrossFit.Folds(images, 3, Here.At(1))[0]);
    }

    [Fact]
    public void Too_few_groups_are_refused_in_one_sentence() => Assert.Equal(
        "4 training images in 2 groups are too few for 3 folds.",
        Assert.Throws<BadInputException>(() => CrossFit.Folds(Images([(0, 0), (0, 0), (1, 1), (2, 1)]), 3, Here)).Message);
}
