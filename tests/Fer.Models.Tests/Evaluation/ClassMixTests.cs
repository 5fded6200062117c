using Fer.Models.Data;
using Fer.Models.Evaluation;
using Fer.Models.Randomness;
using Fer.Models.Tests.Classifiers;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Fer.Models.Tests.Evaluation;

public class ClassMixTests
{
    private static readonly Gen<int[]> Counts = Gen.Choose(0, 60).ArrayOf(5).Where(c => c.Sum() > 0);

    [Fact]
    public void Every_class_gets_its_share_to_within_an_image_and_never_more_than_there_are() =>
        Prop.ForAll((from counts in Counts from images in Gen.Choose(0, counts.Sum()) select (counts, images)).ToArbitrary(), given =>
        {
            var (counts, images) = given;
            var shares = ClassMix.Divide(images, counts);
            Assert.Equal(images, shares.Sum());
            Assert.All(shares.Zip(counts), p => Assert.InRange(p.First, 0, p.Second));
            Assert.All(shares.Zip(counts), p => Assert.True(Math.Abs(p.First - images * (double)p.Second / counts.Sum()) < 1));
        }).Check(Config.QuickThrowOnFailure.WithReplay(1, 3));

    [Fact]
    public void Two_sets_of_other_mixes_share_the_greatest_number_that_neither_lacks() =>
        Prop.ForAll((from counts in Counts from other in Counts from wanted in Gen.Choose(1, 400) select (counts, other, wanted)).ToArbitrary(), given =>
        {
            var (counts, other, wanted) = given;
            var shares = ClassMix.DivideAtMost(wanted, counts, other);
            var images = shares.Sum();
            Assert.True(images <= wanted);
            Assert.All(shares.Zip(counts, other), t => Assert.True(t.First <= Math.Min(t.Second, t.Third)));
            for (var more = images + 1; more <= Math.Min(wanted, counts.Sum()); more++)
            {
                Assert.Contains(ClassMix.Divide(more, counts).Zip(other), p => p.First > p.Second);
            }
        }).Check(Config.QuickThrowOnFailure.WithReplay(1, 3));

    [Theory]
    [InlineData(10, new[] { 5, 3, 2 })]
    [InlineData(7, new[] { 4, 2, 1 })]
    [InlineData(1, new[] { 1, 0, 0 })]
    public void Equal_remainders_go_to_the_earlier_class(int images, int[] expected) => Assert.Equal(expected, ClassMix.Divide(images, [50, 30, 20]));

    [Fact]
    public void The_choice_hangs_on_the_seed_and_of_a_class_fewer_are_a_part_of_more()
    {
        var images = Blobs.Make(20, seed: 1);
        var few = ClassMix.Choose(images, [3, 0, 5], Address.Of(1));
        Assert.Equal([3, 0, 5], few.CountByClass());
        Assert.Equal(few.Rows, ClassMix.Choose(images, [3, 0, 5], Address.Of(1)).Rows);
        Assert.NotEqual(few.Rows, ClassMix.Choose(images, [3, 0, 5], Address.Of(2)).Rows);
        Assert.Subset(Ids(ClassMix.Choose(images, [4, 4, 5], Address.Of(1))), Ids(few));
        Assert.Equal(images.Rows, ClassMix.Choose(images, [20, 20, 20], Address.Of(1)).Rows);
    }

    private static HashSet<string> Ids(ImageSet images) => [.. images.Rows.Select(r => r.Id)];
}
