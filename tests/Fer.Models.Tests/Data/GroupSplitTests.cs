using Fer.Models.Data;
using Fer.Models.Randomness;
using FsCheck.Xunit;
using Xunit;

namespace Fer.Models.Tests.Data;

public sealed class GroupSplitTests
{
    private static readonly Address Here = Address.Of(7);

    [Property(MaxTest = 100)]
    public void Groups_stay_whole((byte Label, byte Group)[] images, byte percent)
    {
        var chosen = Choose(images, percent % 101 / 100.0);

        Assert.All(images.Zip(chosen).GroupBy(p => p.First.Group), g => Assert.Single(g.Select(p => p.Second).Distinct()));
    }

    [Property(MaxTest = 100)]
    public void The_order_of_images_changes_nothing((byte Label, byte Group)[] images)
    {
        var reversed = images.Reverse().ToArray();

        Assert.Equal(Choose(images, 0.4).Reverse(), Choose(reversed, 0.4));
    }

    [Property(MaxTest = 50)]
    public void Each_class_gives_its_share_when_every_image_is_its_own_group(byte count, byte percent)
    {
        var images = Enumerable.Range(0, 3 * count).Select(i => (Label: (byte)(i % 3), Group: i)).ToArray();
        var fraction = percent % 101 / 100.0;

        var chosen = Choose([.. images.Select(i => (int)i.Label)], [.. images.Select(i => $"g{i.Group}")], fraction);

        Assert.All(Enumerable.Range(0, count > 0 ? 3 : 0), label =>
            Assert.InRange(images.Zip(chosen).Count(p => p.First.Label == label && p.Second), fraction * count - 0.51, fraction * count + 0.51));
    }

    [Fact]
    public void A_smaller_share_is_part_of_a_larger_one()
    {
        int[] labels = [.. Enumerable.Range(0, 300).Select(i => i % 2)];
        string[] groups = [.. labels.Select((_, i) => $"g{i}")];

        var tenth = Choose(labels, groups, 0.1);
        var half = Choose(labels, groups, 0.5);

        Assert.All(tenth.Zip(half), p => Assert.True(!p.First || p.Second));
        Assert.Equal((30, 150), (tenth.Count(c => c), half.Count(c => c)));
    }

    [Fact]
    public void A_small_class_gives_at_least_what_is_asked_and_keeps_some()
    {
        int[] labels = [.. Enumerable.Repeat(0, 200), 1, 1, 1, 1];
        string[] groups = [.. labels.Select((_, i) => $"g{i}")];

        var chosen = Choose(labels, groups, 0.01, atLeast: 2);

        Assert.Equal(2, chosen[200..].Count(c => c));
    }

    [Fact]
    public void People_with_many_expressions_are_divided_evenly_too()
    {
        int[] labels = [.. Enumerable.Range(0, 1000).Select(i => Here.At(i).Uniform() < 0.05 ? 0 : 1 + i % 4)];
        string[] groups = [.. labels.Select((_, i) => $"person {i / 5}")];

        var chosen = Choose(labels, groups, 0.2);

        foreach (var label in labels.Distinct())
        {
            var all = labels.Count(l => l == label);
            Assert.InRange(labels.Zip(chosen).Count(p => p.First == label && p.Second), 0.2 * all - 2, 0.2 * all + 2);
        }
    }

    [Fact]
    public void Every_part_gets_a_face_of_a_rare_class_as_long_as_enough_people_show_it()
    {
        for (var seed = 0; seed < 50; seed++)
        {
            var draw = Address.Of(seed);
            int[] labels = [.. Enumerable.Range(0, 200).Select(i => i % 40 < 2 ? 0 : 1 + (int)(draw.At(i).Uniform() * 5))];
            string[] groups = [.. labels.Select((_, i) => $"person {i / 5}")];

            var parts = GroupSplit.Divide(labels, groups, [new(0.1, 1), new(0.1, 1), new(0.8, 3)], draw);

            Assert.Equal([0, 1, 2], labels.Zip(parts).Where(p => p.First == 0).Select(p => p.Second).Distinct().Order());
        }
    }

    [Theory]
    [InlineData(0.0, 0)]
    [InlineData(1.0, 10)]
    public void Nothing_and_everything_are_exact(double fraction, int expected) =>
        Assert.Equal(expected, Choose(new int[10], [.. Enumerable.Range(0, 10).Select(i => $"{i}")], fraction).Count(c => c));

    private static bool[] Choose((byte Label, byte Group)[] images, double fraction) =>
        Choose([.. images.Select(i => i.Label % 4)], [.. images.Select(i => $"g{i.Group}")], fraction);

    private static bool[] Choose(int[] labels, string[] groups, double fraction, int atLeast = 0) =>
        [.. GroupSplit.Divide(labels, groups, [new SplitPart(fraction, atLeast), new SplitPart(1 - fraction, atLeast)], Here).Select(p => p == 0)];
}
