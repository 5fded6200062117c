using Fer.Models.Evaluation;
using Fer.Models.Randomness;
using FsCheck.Xunit;
using Xunit;

namespace Fer.Models.Tests.Evaluation;

public class DiversityTests
{
    /// <summary>Points of whole coordinates, whose distances are exact however they are computed.</summary>
    private static FeatureTable Points(long seed, int count, int range, int width = 2)
    {
        var address = Address.Of(seed);
        return new FeatureTable(width, [.. Enumerable.Range(0, count * width).Select(i => (float)(address.Bits(i) % (ulong)range))]);
    }

    private static FeatureTable Line(params float[] points) => new(1, points);

    private static float[][] Rows(FeatureTable table)
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        return [.. table.ToTensor().data<double>().Select(v => (float)v).Chunk(table.Width)];
    }

    private static float Distance(float[] a, float[] b) => MathF.Sqrt(a.Zip(b).Sum(p => (p.First - p.Second) * (p.First - p.Second)));

    private static double Limit(float[][] real) => real.Length < 2
        ? 0
        : FilterFit.Quantile([.. real.Select((a, i) => (double)real.Where((_, j) => j != i).Min(b => Distance(a, b)))], Diversity.RealQuantile);

    [Property(MaxTest = 60)]
    public void What_is_chosen_is_what_the_definition_says(int seed, byte reals, byte images, byte target)
    {
        var (real, accepted) = (Points(seed, reals % 40, 12), Points(seed + 1L, images % 90, 12));

        Assert.Equal(ByDefinition(Rows(real), Rows(accepted), target % 40), Diversity.Choose(real, accepted, target % 40));
    }

    [Fact]
    public void It_is_so_for_more_images_than_are_compared_at_a_time()
    {
        var (real, accepted) = (Points(3, 300, 60), Points(4, 600, 60));

        Assert.Equal(ByDefinition(Rows(real), Rows(accepted), 150), Diversity.Choose(real, accepted, 150));
    }

    [Property(MaxTest = 60)]
    public void No_two_that_stay_are_alike_and_each_too_alike_one_is_like_an_earlier_one_that_stays(int seed, byte images, byte target)
    {
        var (real, accepted) = (Points(seed, 30, 40), Points(seed + 1L, images, 40));
        var (rows, limit) = (Rows(accepted), Limit(Rows(real)));

        var reasons = Diversity.Choose(real, accepted, target);

        int[] stay = [.. Enumerable.Range(0, images).Where(i => reasons[i] != Diversity.TooAlike)];
        Assert.Equal(Math.Min(target, stay.Length), reasons.Count(r => r is null));
        Assert.All(stay, i => Assert.DoesNotContain(stay, j => j != i && Distance(rows[i], rows[j]) < limit));
        Assert.All(Enumerable.Range(0, images).Except(stay), i => Assert.Contains(stay, j => j < i && Distance(rows[i], rows[j]) < limit));
    }

    [Property(MaxTest = 40)]
    public void A_smaller_target_chooses_some_of_what_a_larger_one_does(int seed, byte images, byte target)
    {
        var (real, accepted) = (Points(seed, 30, 40), Points(seed + 1L, images, 40));

        var (few, many) = (Diversity.Choose(real, accepted, target % 20), Diversity.Choose(real, accepted, target % 20 + 5));

        Assert.All(few.Zip(many), p => Assert.True(p.First is not null || p.Second is null));
    }

    [Fact]
    public void Images_where_real_ones_are_come_before_images_where_none_are() =>
        Assert.Equal([Diversity.NotChosen, Diversity.NotChosen, null, null], Diversity.Choose(Line(0, 1, 2, 3, 4, 5, 100, 101, 102, 103, 104, 105), Line(500, 600, 2.5f, 102.5f), 2));

    [Fact]
    public void Images_of_earlier_rounds_count_as_chosen()
    {
        var real = Line(0, 1, 2, 3, 4, 5, 100, 101, 102, 103, 104, 105);

        // 1.5 is too like the earlier one; what lies near 2 is covered by it, so the other place comes first.
        Assert.Equal([null, Diversity.NotChosen, Diversity.NotChosen], Diversity.Choose(real, Line(1.5f, 3.5f, 102.5f), 1));
        Assert.Equal([Diversity.TooAlike, Diversity.NotChosen, null], Diversity.Choose(real, Line(1.5f, 3.5f, 102.5f), 1, Line(2)));
    }

    [Property(MaxTest = 40)]
    public void None_that_stays_is_too_like_an_earlier_one_and_no_earlier_ones_change_nothing(int seed, byte images, byte earlier)
    {
        var (real, accepted, before) = (Points(seed, 30, 40), Points(seed + 1L, images, 40), Points(seed + 2L, earlier, 40));
        var (rows, old, limit) = (Rows(accepted), Rows(before), Limit(Rows(real)));

        var reasons = Diversity.Choose(real, accepted, 20, before);

        Assert.All(Enumerable.Range(0, images).Where(i => reasons[i] != Diversity.TooAlike), i => Assert.DoesNotContain(old, o => Distance(o, rows[i]) < limit));
        Assert.Equal(Diversity.Choose(real, accepted, 20), Diversity.Choose(real, accepted, 20, Points(1, 0, 40)));
    }

    [Fact]
    public void One_image_of_each_place_comes_before_a_second_of_the_same() =>
        Assert.Equal([null, Diversity.NotChosen, null], Diversity.Choose(Line(0, 1, 2, 3, 4, 5, 100, 101, 102, 103, 104, 105), Line(1, 3.5f, 102.5f), 2));

    [Fact]
    public void Equal_images_are_taken_in_order_and_all_of_the_same_place_but_one_are_too_alike() =>
        Assert.Equal([null, Diversity.TooAlike, null, Diversity.NotChosen], Diversity.Choose(Line(0, 10, 20), Line(50, 50.5f, 70, 90), 2));

    [Fact]
    public void Without_real_images_there_is_no_too_alike_and_order_decides()
    {
        Assert.Equal([null, Diversity.NotChosen], Diversity.Choose(Line(), Line(1, 1), 1));
        Assert.Equal([null, Diversity.NotChosen], Diversity.Choose(Line(1), Line(1, 1), 1));
        Assert.Empty(Diversity.Choose(Line(1, 2), Line(), 3));
    }

    private static string?[] ByDefinition(float[][] real, float[][] accepted, int target)
    {
        var limit = Limit(real);
        var reasons = new string?[accepted.Length];
        var stay = new List<int>();
        for (var i = 0; i < accepted.Length; i++)
        {
            reasons[i] = Diversity.TooAlike;
            if (stay.All(j => Distance(accepted[i], accepted[j]) >= limit))
            {
                reasons[i] = Diversity.NotChosen;
                stay.Add(i);
            }
        }

        float Radius(int r) => real.Length < 2 ? 0 : real.Where((_, j) => j != r).Select(b => Distance(real[r], b)).Order().ElementAt(Math.Min(5, real.Length - 1) - 1);
        var radii = real.Select((_, r) => Radius(r)).ToArray();
        var covered = new HashSet<int>();
        while (target-- > 0 && stay.Count > 0)
        {
            IEnumerable<int> Balls(int i) => Enumerable.Range(0, real.Length).Where(r => Distance(accepted[i], real[r]) < radii[r]);
            var best = stay.MaxBy(i => (Balls(i).Count(r => !covered.Contains(r)), -i));
            covered.UnionWith(Balls(best));
            stay.Remove(best);
            reasons[best] = null;
        }

        return reasons;
    }
}
