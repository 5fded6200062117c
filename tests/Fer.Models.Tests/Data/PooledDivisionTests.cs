using System.Text.Json;
using Fer.Models.Data;
using Xunit;

namespace Fer.Models.Tests.Data;

/// <summary>The published study's division: all faces in one pool, and twins wherever they fall.</summary>
public sealed class PooledDivisionTests : IDisposable
{
    private readonly TestPictures pictures = new();
    private readonly DataSettings settings;

    public PooledDivisionTests()
    {
        pictures.Faces("train/", 40, "a", "b").Faces("test/", 20, "a", "b");
        for (var i = 0; i < 30; i++)
        {
            pictures.File($"train/a/again{i:D2}.png", TestPictures.Png("train/a", i));
            pictures.File($"test/b/again{i:D2}.png", TestPictures.Png("train/b", i));
        }

        settings = new DataSettings { Path = pictures.Root, ImageSize = 16, Pool = true, TestFraction = 0.2, ValidationFraction = 0.25 };
    }

    public void Dispose() => pictures.Dispose();

    [Fact]
    public void A_pool_forgets_the_sources_splits_and_is_divided_by_the_fractions()
    {
        var data = DataLoader.Load(settings);

        // 90 of a class: twins stand together, so shares are met to within a group.
        Assert.All(data.Test.CountByClass(), n => Assert.InRange(n, 17, 19));
        Assert.All(data.ValidationA.CountByClass().Zip(data.ValidationB.CountByClass(), (a, b) => a + b), n => Assert.InRange(n, 16, 20));
        Assert.Equal(180, Sides(data).Sum(s => s.Count));
        Assert.Contains(data.Test.Images.Rows, r => r.Id.StartsWith("train/", StringComparison.Ordinal));
        Assert.Contains(data.Train.Rows, r => r.Id.StartsWith("test/", StringComparison.Ordinal));
        Assert.True(data.Report is { Pooled: true, LeakedTestImages: null, Excluded: 0, StraddlingTestImages: 0 });
    }

    [Fact]
    public void Pooled_twins_stand_together_unless_they_are_to_come_as_they_are()
    {
        var groups = Sides(DataLoader.Load(settings)).Select(s => s.Rows.Select(r => r.Group).ToHashSet()).ToList();

        Assert.Equal(groups.Sum(g => g.Count), groups.SelectMany(g => g).Distinct().Count());
    }

    [Fact]
    public void Twins_as_they_come_fall_on_both_sides_and_are_counted()
    {
        var data = DataLoader.Load(settings with { Twins = "as-they-come" });

        Assert.Equal([18, 18], data.Test.CountByClass());
        Assert.Equal(180, Sides(data).Sum(s => s.Count));
        var trained = new[] { data.Train, data.ValidationA, data.ValidationB }.SelectMany(Pictures).ToHashSet();
        var leaked = Pictures(data.Test.Images).Count(trained.Contains);
        Assert.True(leaked > 5);
        Assert.Equal(leaked, data.Report.LeakedTestImages);
        Assert.Equal((60, 0), (data.Report.TwinGroups, data.Report.Excluded));
    }

    [Fact]
    public void Twins_as_they_come_are_still_one_unit_to_statistics()
    {
        var rows = Sides(DataLoader.Load(settings with { Twins = "as-they-come" })).SelectMany(s => s.Rows).ToList();

        Assert.Equal(120, rows.Select(r => r.Group).Distinct().Count());
    }

    [Fact]
    public void In_the_sources_own_splits_twins_as_they_come_stay_where_the_source_has_them()
    {
        var data = DataLoader.Load(settings with { Pool = false, Twins = "as-they-come" });

        Assert.Equal((70, 30), (data.Test.Count, data.Report.LeakedTestImages));
        Assert.Equal(110, data.Train.Count + data.ValidationA.Count + data.ValidationB.Count);
    }

    [Theory]
    [InlineData("together")]
    [InlineData("as-they-come")]
    public void Groups_of_the_source_itself_are_never_parted(string twins)
    {
        var data = DataLoader.Load(new DataSettings { SketchCount = 280, SketchTestCount = 140, ImageSize = 16, Pool = true, Twins = twins });

        var people = Sides(data).Select(s => s.Rows.Select(r => r.Group).ToHashSet()).ToList();
        Assert.Equal(people.Sum(g => g.Count), people.SelectMany(g => g).Distinct().Count());
        Assert.InRange(data.Test.Count, 74, 94);
    }

    [Fact]
    public void A_report_of_before_there_were_pools_is_read_and_one_without_is_written_as_it_was()
    {
        var report = JsonSerializer.Serialize(DataLoader.Load(settings with { Pool = false }).Report);

        Assert.DoesNotContain("Pooled", report);
        Assert.DoesNotContain("LeakedTestImages", report);
        Assert.True(JsonSerializer.Deserialize<DataReport>(report) is { Pooled: false, LeakedTestImages: null });
    }

    private static IEnumerable<ImageSet> Sides(LoadedData data) => [data.Train, data.ValidationA, data.ValidationB, data.Test.Images];

    private static IEnumerable<string> Pictures(ImageSet set) => Enumerable.Range(0, set.Count).Select(i => Convert.ToHexString(set.Image(i)));
}
