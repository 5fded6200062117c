using System.Security.Cryptography;
using Fer.Models.Data;
using Fer.Models.Data.Sketch;
using Fer.Models.Randomness;
using Xunit;

namespace Fer.Models.Tests.Data;

public sealed class SketchFacesTests
{
    [Fact]
    public void The_same_seed_gives_the_same_pixels_for_ever()
    {
        var set = Draw(70);

        Assert.Equal("994e22ad0822b919", Convert.ToHexStringLower(SHA256.HashData(set.Pixels))[..16]);
    }

    [Fact]
    public void More_faces_begin_with_the_same_ones()
    {
        var (few, many) = (Draw(33), Draw(150));

        Assert.Equal(few.Rows, many.Rows.Take(33));
        Assert.Equal(few.Pixels, many.Pixels.Take(few.Pixels.Length));
    }

    [Fact]
    public void Another_seed_or_stream_gives_other_people()
    {
        var face = SketchFaces.Draw(1, "pool", 0, "happy");

        Assert.NotEqual(face, SketchFaces.Draw(2, "pool", 0, "happy"));
        Assert.NotEqual(face, SketchFaces.Draw(1, "test", 0, "happy"));
        Assert.NotEqual(face, SketchFaces.Draw(1, "pool", 0, "sad"));
        Assert.NotEqual(face, SketchFaces.Draw(1, "pool", 1, "happy"));
    }

    [Fact]
    public void The_pool_is_as_unbalanced_as_asked_and_people_show_any_mix()
    {
        var set = Draw(1400);

        Assert.Equal(SketchFaces.Natural.Select(s => s * 1400), set.CountByClass().Select(c => (double)c), (a, b) => Math.Abs(a - b) < 8);
        Assert.Equal(280, set.Rows.Select(r => r.Group).Distinct().Count());
        Assert.InRange(set.Rows.GroupBy(r => r.Group).Average(g => g.Select(r => r.Label).Distinct().Count()), 2.5, 4.5);
    }

    [Theory]
    [InlineData(8, 1)]
    [InlineData(32, 3)]
    [InlineData(96, 1)]
    public void Faces_come_in_any_size_grey_or_in_colour(int size, int channels)
    {
        var face = SketchFaces.Draw(1, "pool", 3, "fear", size, channels);

        Assert.Equal(channels * size * size, face.Length);
        Assert.True(face.Distinct().Count() > 20);
    }

    [Fact]
    public void The_default_source_is_drawn_and_its_test_people_are_others()
    {
        var data = DataLoader.Load(new DataSettings { SketchCount = 210, SketchTestCount = 70 });

        Assert.Equal(210, data.Train.Count + data.ValidationA.Count + data.ValidationB.Count);
        Assert.All(data.Test.CountByClass(), c => Assert.Equal(10, c));
        Assert.Empty(data.Train.Rows.Select(r => r.Group).Intersect(data.Test.Images.Rows.Select(r => r.Group)));
        Assert.Equal(data.Report.ContentHash, DataLoader.Load(new DataSettings { SketchCount = 210, SketchTestCount = 70, Seed = 9 }).Report.ContentHash);
        Assert.NotEqual(data.Report.ContentHash, DataLoader.Load(new DataSettings { SketchCount = 210, SketchTestCount = 70, SketchSeed = 9 }).Report.ContentHash);
    }

    [Fact]
    public void A_few_expressions_can_be_asked_for()
    {
        var data = DataLoader.Load(new DataSettings { SketchCount = 60, SketchTestCount = 20, Classes = ["sad", "happy"] });

        Assert.Equal(["sad", "happy"], data.Train.Labels.Names);
        Assert.Throws<BadInputException>(() => DataLoader.Load(new DataSettings { Classes = ["sad", "bored"] }));
    }

    [Fact]
    public void What_a_face_does_leaves_no_doubt_about_its_expression()
    {
        var faces = SketchFaces.Expressions.Names.SelectMany((name, label) => Enumerable.Range(0, 200).Select(i =>
            (Label: label, Movements: Movements(SketchExpression.Of(name, Address.Of(7).At(name).At(i)))))).ToList();

        Assert.InRange(NearestIsOfTheSameClass(faces), 0.99, 1.0);
    }

    [Fact]
    public void But_faces_of_one_expression_look_so_different_that_pixels_tell_little()
    {
        var set = SketchFaces.Draw(1, "pool", 1400, SketchFaces.Expressions, SketchFaces.Balanced, size: 24);
        var faces = set.Rows.Select((row, i) => (row.Label, Normalised(set.Image(i)))).ToList();

        Assert.InRange(NearestIsOfTheSameClass(faces), 0.14, 0.45);
    }

    /// <summary>Share of the second half whose nearest neighbour in the first half is of the same class; halves by turns.</summary>
    private static double NearestIsOfTheSameClass(List<(int Label, double[] At)> faces)
    {
        var known = faces.Where((_, i) => i % 10 < 5).ToList();
        var asked = faces.Where((_, i) => i % 10 >= 5).ToList();
        return asked.Average(a => known.MinBy(k => SquaredDistance(k.At, a.At)).Label == a.Label ? 1.0 : 0.0);
    }

    private static double SquaredDistance(double[] a, double[] b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++)
        {
            sum += (a[i] - b[i]) * (a[i] - b[i]);
        }

        return sum;
    }

    private static double[] Movements(SketchExpression e) =>
        [e.InnerBrow, e.OuterBrow, e.EyesWide, e.LowerLids, e.Corners, e.Open, e.Stretch, e.NoseWrinkle, e.Teeth];

    private static double[] Normalised(ReadOnlySpan<byte> image)
    {
        var pixels = image.ToArray().Select(p => (double)p).ToArray();
        var mean = pixels.Average();
        var deviation = Math.Sqrt(pixels.Average(p => (p - mean) * (p - mean)));
        return [.. pixels.Select(p => (p - mean) / deviation)];
    }

    private static ImageSet Draw(int count) => SketchFaces.Draw(1, "pool", count, SketchFaces.Expressions, SketchFaces.Natural);
}
