using Fer.Models.Data;
using Fer.Models.Generators;
using Fer.Models.Training;

namespace Fer.Models.Tests.Generators;

public class PlaceboTests
{
    private static readonly ImageSet Train = Tiny.Images();

    private static WorkResult Make(string kind, int count = 12, long seed = 4, string @class = "bright", ImageSet? train = null) =>
        Placebo.Make(kind, train ?? Train, @class, count, seed, $"placebo-{@class}-r1-");

    private static ImageSet Kept(WorkResult result) => ImageSet.Read(result.Files["kept"], "kept");

    private static List<string> Pictures(ImageSet set) => [.. Enumerable.Range(0, set.Count).Select(i => Convert.ToHexString(set.Image(i)))];

    [Fact]
    public void Noise_differs_from_image_to_image_and_from_seed_to_seed()
    {
        var (once, other) = (Kept(Make(Placebo.Noise)), Kept(Make(Placebo.Noise, seed: 5)));

        Assert.Equal(24, Pictures(once).Concat(Pictures(other)).Distinct().Count());
        Assert.NotEqual(Pictures(once), Pictures(Kept(Make(Placebo.Noise, @class: "dark"))));
        Assert.InRange(once.Pixels.Average(p => p), 120, 135);
        Assert.True(once.Pixels.Distinct().Count() > 200);
    }

    [Fact]
    public void Copies_are_training_faces_of_the_class_and_not_always_the_same()
    {
        var faces = Pictures(Train.Select(Train.IndicesOf(2)));

        var copies = Pictures(Kept(Make(Placebo.Copies, count: 40)));

        Assert.Subset(faces.ToHashSet(), copies.ToHashSet());
        Assert.True(copies.Distinct().Count() > faces.Count / 2);
        Assert.NotEqual(copies, Pictures(Kept(Make(Placebo.Copies, count: 40, seed: 5))));
    }

    [Theory]
    [InlineData(Placebo.Noise)]
    [InlineData(Placebo.Copies)]
    public void The_same_seed_gives_the_same_bytes_in_the_place_of_kept_images(string kind)
    {
        var made = Make(kind);

        Tiny.AssertSame(made, Make(kind));
        var kept = Kept(made);
        Assert.All(kept.Rows, r => Assert.Equal("bright", kept.Labels.Names[r.Label]));
        Assert.Equal(Enumerable.Range(0, 12).Select(i => $"placebo-bright-r1-{i}"), kept.Rows.Select(r => r.Id));
        Assert.Equal((12, 12), (made.Figures["kept"], made.Figures["drawn"]));
        Assert.All(["rejected", "drawn"], file => Assert.Equal(0, ImageSet.Read(made.Files[file], file).Count));
        Assert.Equal(24 + 12, Train.Concat(kept).Count);
    }

    [Fact]
    public void A_class_without_training_faces_cannot_be_copied()
    {
        var none = Train.Select([.. Train.IndicesOf(0), .. Train.IndicesOf(1)]);

        Assert.Equal("There is no training face of the class 'bright' to copy.", Assert.Throws<BadInputException>(() => Make(Placebo.Copies, train: none)).Message);
        Assert.Equal(12, Kept(Make(Placebo.Noise, train: none)).Count);
    }
}
