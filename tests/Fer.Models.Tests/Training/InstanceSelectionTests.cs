using Fer.Models.Data;
using Fer.Models.Data.Sketch;
using Fer.Models.Tests.Generators;
using Fer.Models.Training;

namespace Fer.Models.Tests.Training;

public class InstanceSelectionTests
{
    private static readonly LabelSpace Classes = new(["one", "two"]);

    /// <summary>Of class one 30 drawn faces, of which every fifth is noise; of class two 6 of noise.</summary>
    private static ImageSet Faces()
    {
        var random = new Random(4);
        var pixels = new List<byte>();
        var rows = new List<ImageRow>();
        for (var i = 0; i < 36; i++)
        {
            var isNoise = i >= 30 || i % 5 == 0;
            var noise = new byte[32 * 32];
            random.NextBytes(noise);
            pixels.AddRange(isNoise ? noise : SketchFaces.Draw(1, "pool", i, "happy", 32));
            rows.Add(new ImageRow($"{(isNoise ? "noise" : "face")}{i}", i < 30 ? 0 : 1, $"g{i}", "t"));
        }

        return new ImageSet(Classes, 1, 32, 32, rows, [.. pixels]);
    }

    [Fact]
    public void What_is_like_no_other_face_of_its_class_is_left_out_and_a_class_of_few_stays_whole()
    {
        var stay = InstanceSelection.Densest(Faces(), 0.8);

        Assert.Equal([24, 6], stay.CountByClass());
        Assert.All(stay.Rows.Where(r => r.Label == 0), r => Assert.StartsWith("face", r.Id, StringComparison.Ordinal));
        Assert.Equal(stay.Rows.Select(r => r.Id), Faces().Rows.Select(r => r.Id).Where(id => stay.Rows.Any(r => r.Id == id)));
    }

    [Fact]
    public void A_picture_that_is_there_many_times_is_not_called_dense_for_it()
    {
        var faces = Faces();
        int[] odd = [.. Enumerable.Range(0, 36).Where(i => faces.Rows[i].Id == "noise0")];
        var copies = new ImageSet(Classes, 1, 32, 32, Enumerable.Range(0, 7).Select(i => new ImageRow($"noise0-{i}", 0, "g0", "t")), [.. Enumerable.Repeat(faces.Image(odd[0]).ToArray(), 7).SelectMany(p => p)]);

        var stay = InstanceSelection.Densest(faces.Concat([copies]), 0.5);

        Assert.All(stay.Rows.Where(r => r.Label == 0), r => Assert.StartsWith("face", r.Id, StringComparison.Ordinal));
    }

    [Fact]
    public void Where_all_stay_nothing_is_touched_and_another_class_is_not_looked_at()
    {
        var all = Faces();

        Assert.Same(all, InstanceSelection.Densest(all, 1));
        Assert.Equal(all.Rows.Select(r => r.Id), InstanceSelection.Densest(all, 0.5, onlyClass: 1).Rows.Select(r => r.Id));
    }

    [Theory]
    [InlineData("off")]
    [InlineData("moments")]
    public void A_gan_that_learns_from_the_densest_faces_is_another_one_and_goes_on_bit_for_bit(string warmUp)
    {
        var settings = Tiny.Settings with { WarmUp = warmUp, WarmUpSteps = 6, Instances = 0.5 };
        var images = Tiny.Images(60);
        IWork Work(GanSettings s, byte[]? checkpoint) => warmUp == "off"
            ? Tiny.Gan(s, checkpoint: checkpoint, images: images)
            : new WarmUp(s, images, null, 5, null, Compute.Cpu, Adjustments.None, checkpoint);

        var result = Tiny.Run(Work(settings, null));

        Tiny.AssertSame(result, Tiny.RunCut(checkpoint => Work(settings, checkpoint), 2, 4));
        Assert.NotEqual(result.Files["gan"], Tiny.Run(Work(settings with { Instances = 1 }, null)).Files["gan"]);
    }
}
