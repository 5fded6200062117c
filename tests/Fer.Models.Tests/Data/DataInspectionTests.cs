using System.Text.Json;
using Fer.Models.Data;
using OpenCvSharp;
using Xunit;

namespace Fer.Models.Tests.Data;

public sealed class DataInspectionTests
{
    [Fact]
    public void Twins_conflicts_sizes_and_broken_files_are_reported()
    {
        using var pictures = new TestPictures().Faces("train/", 5, "a", "b").Faces("test/", 2, "a", "b");
        pictures.File("train/b/twin.png", TestPictures.Png("train/a", 1));
        pictures.File("test/b/twin.png", TestPictures.Png("train/b", 2));
        pictures.File("test/a/large.png", TestPictures.Png("large", 2, size: 24));
        pictures.File("train/a/note.jpg", "not a picture"u8.ToArray());

        var report = DataInspection.Inspect(pictures.Root, new DataSettings { ImageSize = 16 });

        Assert.Equal([("train", 11), ("test", 6)], report.Splits.Select(s => (s.Split, s.Total())));
        Assert.Equal([new SizeCount(16, 16, 16), new SizeCount(24, 24, 1)], report.Sizes);
        Assert.Equal((2, 4), (report.TwinGroups, report.TwinImages));
        Assert.Equal((1, 1), (report.StraddlingGroups, report.StraddlingTestImages));
        Assert.Equal([new("train/a/001.png", "a"), new LabelledImage("train/b/twin.png", "b")], Assert.Single(report.Conflicts).Images);
        Assert.Equal("train/a/note.jpg", Assert.Single(report.BrokenImages).Id);
        Assert.Contains("TwinGroups", JsonSerializer.Serialize(report));
        using var sheet = Cv2.ImDecode(report.Sheet.ToArray(), ImreadModes.Grayscale);
        Assert.Equal((12 * 17 - 1, 2 * 17 - 1), (sheet.Width, sheet.Height));
    }

    [Fact]
    public void Drawn_faces_can_be_inspected_too() =>
        Assert.Equal(140, DataInspection.Inspect("", new DataSettings { SketchCount = 70, SketchTestCount = 70 }).Splits.Sum(s => s.Total()));

    [Fact]
    public void A_report_can_be_read_again()
    {
        var report = DataLoader.Load(new DataSettings { SketchCount = 140, SketchTestCount = 70 }).Report;

        Assert.Equal(JsonSerializer.Serialize(report), JsonSerializer.Serialize(JsonSerializer.Deserialize<DataReport>(JsonSerializer.Serialize(report))));
    }
}
