using System.Security.Cryptography;
using System.Text;
using Fer.Models.Data;
using FsCheck.Xunit;
using Xunit;

namespace Fer.Models.Tests.Data;

/// <summary>The training side of a source, drawn anew for each loop.</summary>
public sealed class LoopDivisionTests : IClassFixture<LoopDivisionTests.Pictures>
{
    private readonly DataSettings folders;

    public LoopDivisionTests(Pictures pictures) => folders = new DataSettings { Path = pictures.Faces.Root, ImageSize = 16, MinPerClass = 1, Fraction = 0.5, JudgeFraction = 0.15 };

    [Property(MaxTest = 25)]
    public void No_group_stands_on_two_sides_of_a_loop_or_in_the_judges_fold_or_the_test_set(long seed)
    {
        var data = DataLoader.Load(folders with { Seed = seed }, loops: 3);

        Assert.Equal(3, data.Loops.Length);
        foreach (var loop in data.Loops)
        {
            ImageSet[] sides = [loop.Train, loop.ValidationA, loop.ValidationB, loop.HeldBack, data.Judge!, data.Test.Images];
            var groups = sides.Select(s => s.Rows.Select(r => r.Group).ToHashSet()).ToList();
            Assert.All(groups, Assert.NotEmpty);
            Assert.Equal(groups.Sum(g => g.Count), groups.SelectMany(g => g).Distinct().Count());
            Assert.Equal(data.Report.Read - data.Report.Excluded, sides.Sum(s => s.Count));
        }
    }

    [Property(MaxTest = 10)]
    public void Loops_differ_and_share_the_test_set_and_the_judges_fold(long seed)
    {
        var settings = folders with { Seed = seed };
        var (one, three) = (DataLoader.Load(settings), DataLoader.Load(settings, loops: 3));

        Assert.Equal(one.Test.ToBytes(), three.Test.ToBytes());
        Assert.Equal(one.Judge!.ToBytes(), three.Judge!.ToBytes());
        Assert.Equal(one.Report.Splits.Select(s => s.Total()), three.Report.Splits.Select(s => s.Total()));
        Assert.All(Sides(one.Loops[0]).Zip(Sides(three.Loops[0])), p => Assert.Equal(p.First, p.Second));
        for (var side = 0; side < 4; side++)
        {
            Assert.Equal(3, three.Loops.Select(l => Sides(l)[side]).Distinct().Count());
        }
    }

    [Fact]
    public void Where_all_faces_are_used_loops_still_draw_other_validation_faces()
    {
        var data = DataLoader.Load(folders with { Fraction = 1 }, loops: 2);

        Assert.All(data.Loops, l => Assert.Equal(0, l.HeldBack.Count));
        Assert.NotEqual(Sides(data.Loops[0])[1], Sides(data.Loops[1])[1]);
        Assert.NotEqual(Sides(data.Loops[0])[0], Sides(data.Loops[1])[0]);
    }

    [Fact]
    public void The_judges_fold_depends_on_neither_the_fraction_in_use_nor_the_share_of_validation() => Assert.Equal(
        DataLoader.Load(folders).Judge!.ToBytes(), DataLoader.Load(folders with { Fraction = 0.2, ValidationFraction = 0.5 }).Judge!.ToBytes());

    [Theory]
    [InlineData(0, 0.3)]
    [InlineData(0.2, 0.3)]
    [InlineData(0.5, 0.3)]
    [InlineData(0.2, 0.8)]
    public void The_fraction_is_one_of_all_training_faces_whatever_the_judge_takes(double judge, double fraction)
    {
        var data = DataLoader.Load(new DataSettings { SketchCount = 700, SketchTestCount = 70, ImageSize = 8, JudgeFraction = judge, Fraction = fraction });

        Assert.InRange(data.Judge?.Count ?? 0, 700 * judge - 10, 700 * judge + 10);
        Assert.InRange(data.Train.Count + data.ValidationA.Count + data.ValidationB.Count, 700 * fraction - 15, 700 * fraction + 15);
        Assert.InRange(data.HeldBack.Count, 700 * (1 - fraction - judge) - 20, 700 * (1 - fraction - judge) + 20);
    }

    [Fact]
    public void Without_a_judge_faces_are_divided_as_they_were_before_there_was_one()
    {
        var data = DataLoader.Load(new DataSettings { SketchCount = 280, SketchTestCount = 70, ImageSize = 8, Fraction = 0.6 });

        Assert.Null(data.Judge);
        Assert.Equal("5444af513bf77afa", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('|', Sides(data.Loops[0])[..3]))))[..16]);
    }

    [Fact]
    public void A_class_too_small_for_a_judges_fold_is_one_sentence_with_its_name_and_numbers()
    {
        using var pictures = new TestPictures().Faces("train/", 20, "a", "b").Faces("test/", 4, "a", "b").Faces("train/", 3, "few").Faces("test/", 2, "few");
        var settings = folders with { Path = pictures.Root, Fraction = 1 };

        Assert.Equal(3, DataLoader.Load(settings with { JudgeFraction = 0 }).Train.Labels.Count);
        Assert.Equal(
            $"{pictures.Root}: the class 'few' is too small to divide: validation A gets 0 images, at least 1 needed; give more, take a larger fraction, give the judge none or leave the class out.",
            Assert.Throws<BadInputException>(() => DataLoader.Load(settings)).Message);
    }

    [Fact]
    public void A_class_of_one_person_that_the_judge_cannot_have_is_one_sentence_with_its_name_and_numbers()
    {
        using var pictures = new TestPictures().Faces("train/", 20, "a", "b").Faces("test/", 4, "a", "b");
        for (var i = 0; i < 9; i++)
        {
            pictures.File($"train/same/{i}.png", TestPictures.Png("same", 0));
        }

        Assert.Equal(
            $"{pictures.Root}: the class 'same' is too small to divide: the judge gets 0 images, at least 1 needed; give more, take a larger fraction, give the judge none or leave the class out.",
            Assert.Throws<BadInputException>(() => DataLoader.Load(folders with { Path = pictures.Root })).Message);
    }

    [Fact]
    public void A_loop_for_which_a_class_has_too_few_faces_is_one_sentence_with_its_name_and_numbers()
    {
        using var pictures = new TestPictures().Faces("train/", 20, "a", "b").Faces("test/", 4, "a", "b").Faces("train/", 6, "few").Faces("test/", 2, "few");
        var settings = folders with { Path = pictures.Root, JudgeFraction = 0, MinPerClass = 5 };

        Assert.Equal(
            $"{pictures.Root}: the class 'few' is too small to divide: train gets 4 images, at least 5 needed; give more, take a larger fraction or leave the class out.",
            Assert.Throws<BadInputException>(() => DataLoader.Load(settings, loops: 2)).Message);
    }

    /// <summary>The ids of each side of a loop.</summary>
    private static string[] Sides(TrainingSide loop) => [.. new[] { loop.Train, loop.ValidationA, loop.ValidationB, loop.HeldBack }.Select(s => string.Join(',', s.Rows.Select(r => r.Id)))];

    /// <summary>Faces with twins, some of them in two classes.</summary>
    public sealed class Pictures : IDisposable
    {
        public Pictures()
        {
            Faces.Faces("", 30, "a", "b", "c");
            for (var i = 0; i < 20; i++)
            {
                Faces.File($"a/again{i}.png", TestPictures.Png("a", i % 7));
                Faces.File($"{(i % 2 == 0 ? "b" : "c")}/twin{i}.png", TestPictures.Png("b", i));
            }
        }

        internal TestPictures Faces { get; } = new();

        public void Dispose() => Faces.Dispose();
    }
}
