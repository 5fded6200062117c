using Fer.Models.Data;
using Xunit;

namespace Fer.Models.Tests.Data;

public sealed class ClassFoldersTests : IDisposable
{
    private readonly TestPictures pictures = new();

    public void Dispose() => pictures.Dispose();

    [Theory]
    [InlineData("")]
    [InlineData("archive/faces/")]
    public void Folders_of_classes_are_divided(string wrapper)
    {
        pictures.Faces(wrapper, 20, "Happy", "sad");

        var data = DataLoader.Load(Settings());

        Assert.Equal(["happy", "sad"], data.Train.Labels.Names);
        Assert.Equal(8, data.Test.Count);
        Assert.Equal(26, data.Train.Count);
        Assert.Equal(6, data.ValidationA.Count + data.ValidationB.Count);
    }

    [Theory]
    [InlineData("train", "test", "validation")]
    [InlineData("Training", "PrivateTest", "PublicTest")]
    [InlineData("set/train", "set/test", "set/val")]
    public void Given_splits_are_kept(string train, string test, string validation)
    {
        pictures.Faces(train + "/", 9, "a", "b").Faces(test + "/", 4, "a", "b").Faces(validation + "/", 6, "a", "b");

        var data = DataLoader.Load(Settings());

        Assert.Equal((18, 6, 6, 8), (data.Train.Count, data.ValidationA.Count, data.ValidationB.Count, data.Test.Count));
    }

    [Fact]
    public void A_zip_of_the_folders_is_the_same_set()
    {
        pictures.Faces("train/", 9, "a", "b").Faces("test/", 4, "a", "b");

        var (folder, zip) = (DataLoader.Load(Settings()), DataLoader.Load(Settings() with { Path = pictures.Zip() }));

        Assert.Equal(folder.Report.ContentHash, zip.Report.ContentHash);
        Assert.Equal(folder.Train.ToBytes(), zip.Train.ToBytes());
        Assert.Equal(folder.Test.ToBytes(), zip.Test.ToBytes());
    }

    [Fact]
    public void Classes_are_taken_in_the_order_asked_for()
    {
        pictures.Faces("", 12, "a", "b", "c");

        Assert.Equal(["c", "a"], DataLoader.Load(Settings() with { Classes = ["c", "A"] }).Train.Labels.Names);
    }

    [Fact]
    public void Colour_pictures_of_any_size_become_planes_of_one_size()
    {
        foreach (var (name, i) in new[] { "a", "b" }.SelectMany(n => Enumerable.Range(0, 12).Select(i => (n, i))))
        {
            pictures.File($"{name}/{i}.png", PngFile.Encode([.. Enumerable.Repeat((byte)(200 - i), 30 * 20), .. Enumerable.Repeat((byte)100, 600), .. Enumerable.Repeat((byte)(10 + (name == "a" ? 0 : 20)), 600)], 3, 30, 20));
        }

        var data = DataLoader.Load(Settings() with { ImageSize = 8, Channels = 3 });

        var image = data.Train.Image(0);
        Assert.InRange(image[0], 150, 200);
        Assert.Equal(100, image[64]);
        Assert.True(image[128] is 10 or 30);
    }

    [Fact]
    public void A_twin_of_a_test_image_leaves_the_training_side_and_is_named()
    {
        pictures.Faces("train/", 20, "a", "b").Faces("test/", 4, "a", "b");
        pictures.File("test/a/twin.png", TestPictures.Png("train/a", 3));
        pictures.File("train/b/conflict.png", TestPictures.Png("train/b", 5));
        pictures.File("train/a/conflict.png", TestPictures.Png("train/b", 5));

        var data = DataLoader.Load(Settings());

        Assert.Equal(["train/a/003.png"], data.Report.ExcludedIds);
        Assert.Equal((1, 1, 2, 1), (data.Report.Excluded, data.Report.StraddlingTestImages, data.Report.TwinGroups, data.Report.ConflictingGroups));
        Assert.Equal(9, data.Test.Count);
        Assert.DoesNotContain("train/a/003.png", Training(data).SelectMany(s => s.Rows).Select(r => r.Id));
        Assert.Single(Training(data), s => s.Rows.Any(r => r.Id == "train/a/conflict.png") || s.Rows.Any(r => r.Id == "train/b/conflict.png"));
    }

    [Fact]
    public void No_group_stands_on_two_sides()
    {
        pictures.Faces("", 30, "a", "b");
        for (var i = 0; i < 20; i++)
        {
            pictures.File($"a/again{i}.png", TestPictures.Png("a", i % 7));
        }

        var data = DataLoader.Load(Settings());

        var sides = Training(data).Append(data.Test.Images).Select(s => s.Rows.Select(r => r.Group).ToHashSet()).ToList();
        Assert.Equal(sides.Sum(s => s.Count), sides.SelectMany(s => s).Distinct().Count());
    }

    [Fact]
    public void Broken_files_are_skipped_and_counted_and_refused_when_strict()
    {
        pictures.Faces("", 12, "a", "b");
        var jpeg = TestPictures.Jpeg(1);
        pictures.File("a/cut.jpg", jpeg[..(jpeg.Length / 2)]);
        pictures.File("a/cut at the end.jpg", jpeg[..^2]);
        pictures.File("a/note.jpg", "this is no picture\nbut a note"u8.ToArray());
        pictures.File("b/empty.png", []);
        pictures.File("b/cut.png", TestPictures.Png("x", 1)[..100]);
        pictures.File("b/rubbish.bmp", [.. "BM"u8, .. new byte[50]]);
        pictures.File("stray.png", TestPictures.Png("x", 2));
        pictures.File("b/whole.jpg", jpeg);

        var report = DataLoader.Load(Settings()).Report;

        Assert.Equal(25, report.Read);
        Assert.Equal(
            ["a/cut at the end.jpg", "a/cut.jpg", "a/note.jpg", "b/cut.png", "b/empty.png", "b/rubbish.bmp", "stray.png"],
            report.BrokenImages.Select(b => b.Id).Order(StringComparer.Ordinal));
        Assert.Contains(report.BrokenImages, b => b is { Id: "a/cut.jpg", Reason: "is a truncated JPEG" });
        Assert.Contains(report.BrokenImages, b => b is { Id: "a/note.jpg" } && b.Reason.Contains("text", StringComparison.Ordinal));
        var e = Assert.Throws<BadInputException>(() => DataLoader.Load(Settings() with { Strict = true }));
        Assert.Contains("6 more", e.Message);
    }

    [Fact]
    public void A_JPEG_cut_anywhere_is_noticed()
    {
        var jpeg = TestPictures.Jpeg(2);
        for (var length = 1; length < jpeg.Length; length += 37)
        {
            pictures.File($"a/{length:D5}.jpg", jpeg[..length]);
        }

        pictures.Faces("", 5, "a", "b");
        Assert.Equal((jpeg.Length + 35) / 37, DataLoader.Load(Settings()).Report.Broken);
    }

    [Theory]
    [InlineData("test/joy/1.png", "joy")]
    [InlineData("validation/joy/1.png", "joy")]
    public void A_class_that_training_lacks_is_named(string file, string expected)
    {
        pictures.Faces("train/", 9, "a", "b").Faces("test/", 4, "a", "b").File(file, TestPictures.Png("x", 1));

        var e = Assert.Throws<BadInputException>(() => DataLoader.Load(Settings()));

        Assert.Contains(expected, e.Message);
        Assert.Contains("a, b", e.Message);
    }

    [Fact]
    public void Trouble_ends_in_one_sentence_that_says_what_and_where()
    {
        Says("does not exist", Settings() with { Path = Path.Combine(pictures.Root, "nowhere") });
        Says("is empty", Settings());
        Says("no zip archive", Settings() with { Path = pictures.File("x.zip", "no zip"u8.ToArray()) });
        Says("neither a csv nor a zip", Settings() with { Path = pictures.File("x.tar", "x"u8.ToArray()) });
        Says("holds no pictures", Settings());
        pictures.Faces("", 9, "a");
        Says("one class", Settings());
        pictures.Faces("", 9, "b").File("lonely/1.png", TestPictures.Png("x", 1));
        Says("'lonely' has 1 image to train on, at least 2", Settings() with { MinPerClass = 2 });
        Says("'joy' is asked for, but", Settings() with { Classes = ["a", "joy"] });
        Directory.CreateDirectory(Path.Combine(pictures.Root, "nobody"));
        Says("'nobody' has 0 images", Settings() with { Classes = ["a", "nobody"] });
        pictures.Faces("", 2, "pair");
        Says("'pair' is too small to divide", Settings() with { Classes = ["a", "pair"] });
        Says("resample is 'best'", Settings() with { Resample = "best" });

        void Says(string words, DataSettings settings)
        {
            var e = Assert.Throws<BadInputException>(() => DataLoader.Load(settings));
            Assert.Contains(words, e.Message);
            Assert.DoesNotContain('\n', e.Message);
        }
    }

    [Fact]
    public void Training_pictures_that_cannot_be_read_at_all_are_said()
    {
        pictures.File("a/1.jpg", "text"u8.ToArray());
        pictures.File("b/1.jpg", "text"u8.ToArray());

        Assert.Contains("2 are broken", Assert.Throws<BadInputException>(() => DataLoader.Load(Settings())).Message);
    }

    private static IEnumerable<ImageSet> Training(LoadedData data) => [data.Train, data.ValidationA, data.ValidationB];

    private DataSettings Settings() => new() { Path = pictures.Root, ImageSize = 16, MinPerClass = 1 };
}
