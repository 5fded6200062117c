using Fer.Models.Classifiers;
using Fer.Models.Data;
using Fer.Models.Evaluation;
using Fer.Models.Randomness;
using Fer.Models.Tests.Classifiers;
using Xunit;

namespace Fer.Models.Tests.Evaluation;

public class CorruptionsTests
{
    private static readonly Address Here = Address.Of(4);

    /// <summary>The reference's picture of 10×32 as three planes: as it is, mirrored in tone, and of one grey.</summary>
    private static readonly ImageSet Picture = Of(3, 10, 32, [.. Tones, .. Tones.Select(t => (byte)(255 - t)), .. Enumerable.Repeat((byte)77, 10 * 32)]);

    private static byte[] Tones => [.. Reference.Numbers(Reference.Root, "picture").Select(v => (byte)v)];

    private static ImageSet Of(int channels, int height, int width, params byte[][] images) => new(
        new LabelSpace(["a", "b"]), channels, height, width, images.Select((_, i) => new ImageRow($"picture-{i}", 0, $"{i}", "test")), [.. images.SelectMany(i => i)]);

    private static ImageSet Grey(int side, int count = 1) => Of(1, side, side, [.. Enumerable.Range(0, count).Select(_ => Enumerable.Repeat((byte)120, side * side).ToArray())]);

    [Theory]
    [InlineData(Corruption.Blur, "blurred", 1)]
    [InlineData(Corruption.Contrast, "flat", 0.5 + 1e-6)]
    public void Blur_and_contrast_are_those_of_scipy_to_a_grey(Corruption corruption, string name, double most)
    {
        for (var strength = 1; strength <= Corruptions.Strengths; strength++)
        {
            var expected = Reference.Rows(name)[strength - 1];
            var changed = Corruptions.Apply(Picture, corruption, strength, Here).Pixels;
            foreach (var (value, i) in expected.Select((v, i) => (v, i)))
            {
                Assert.InRange(changed[i] - value, -most, most);
                Assert.InRange(255 - changed[expected.Length + i] - value, -most, most);
                Assert.Equal(77, changed[2 * expected.Length + i]);
            }
        }
    }

    [Fact]
    public void Noise_has_mean_0_the_deviation_asked_for_and_is_fresh_in_every_image()
    {
        var grey = Grey(64, count: 2);
        for (var strength = 1; strength <= Corruptions.Strengths; strength++)
        {
            var noise = Corruptions.Apply(grey, Corruption.Noise, strength, Here).Pixels.Select(p => p - 120.0).ToArray();
            var deviation = 255 * Corruptions.Noise[strength - 1];
            Assert.InRange(noise.Average(), -4 * deviation / 90, 4 * deviation / 90);
            Assert.Equal(1, Math.Sqrt(noise.Average(v => v * v)) / deviation, 0.03);
            Assert.Equal(0.6827, noise.Count(v => Math.Abs(v) < deviation) / (double)noise.Length, 0.03);
            var product = noise[..4096].Zip(noise[4096..], (a, b) => a * b).Average() / (deviation * deviation);
            Assert.InRange(product, -4.0 / 64, 4.0 / 64);
        }
    }

    [Theory]
    [InlineData(1, 12)]
    [InlineData(2, 18)]
    [InlineData(3, 24)]
    public void A_face_of_48_pixels_is_covered_by_a_square_that_lies_within_it(int strength, int side)
    {
        var faces = Grey(48, count: 60);
        var covered = Corruptions.Apply(faces, Corruption.Occlusion, strength, Here);
        var corners = Enumerable.Range(0, faces.Count).Select(i =>
        {
            var places = Enumerable.Range(0, 48 * 48).Where(p => covered.Image(i)[p] != 120).ToArray();
            var (top, left) = (places.Min(p => p / 48), places.Min(p => p % 48));
            Assert.All(places, p => Assert.Equal(128, covered.Image(i)[p]));
            Assert.Equal((side * side, top + side - 1, left + side - 1), (places.Length, places.Max(p => p / 48), places.Max(p => p % 48)));
            return (top, left);
        }).ToArray();
        Assert.True(corners.Distinct().Count() > 40);
    }

    [Theory]
    [InlineData(Corruption.Noise)]
    [InlineData(Corruption.Blur)]
    [InlineData(Corruption.Contrast)]
    [InlineData(Corruption.Occlusion)]
    public void A_corruption_is_pure_hangs_on_an_images_id_and_grows_with_strength(Corruption corruption)
    {
        var images = Blobs.Make(8, seed: 5, size: 32);
        var before = images.Pixels.ToArray();
        var all = Corruptions.Apply(images, corruption, 2, Here);
        Assert.Equal(before, images.Pixels);
        Assert.Equal(images.Rows, all.Rows);
        Assert.Equal(all.Pixels, Corruptions.Apply(images, corruption, 2, Here).Pixels);
        int[] some = [20, 3];
        Assert.Equal(all.Select(some).Pixels, Corruptions.Apply(images.Select(some), corruption, 2, Here).Pixels);
        var errors = Enumerable.Range(1, Corruptions.Strengths)
            .Select(s => Corruptions.Apply(images, corruption, s, Here).Pixels.Zip(before, (a, b) => Math.Pow(a - b, 2)).Average()).ToArray();
        Assert.True(0 < errors[0] && errors[0] < errors[1] && errors[1] < errors[2], string.Join(" ", errors));
        Assert.Throws<ArgumentOutOfRangeException>(() => Corruptions.Apply(images, corruption, 4, Here));
    }

    [Fact]
    public void Every_classifier_gets_a_row_for_each_corruption_and_strength_from_the_same_pictures()
    {
        var images = Blobs.Make(12, seed: 6);
        var test = new TestSet(images);
        using var first = Trained(1);
        using var second = Trained(2);
        var table = Robustness.Table([("real", first), ("refined", second), ("again", first)], test, Here);
        Assert.Equal(36, table.Length);
        Assert.Equal(Enumerable.Repeat("real", 12).Concat(Enumerable.Repeat("refined", 12)).Concat(Enumerable.Repeat("again", 12)), table.Select(r => r.Classifier));
        Assert.Equal(table.Take(12), table.Skip(24).Select(r => r with { Classifier = "real" }));
        var clean = Metrics.Of(Evaluator.Predict(first.Network, test)).MacroF1;
        var corrupted = Metrics.Of(Evaluator.Predict(first.Network, Corruptions.Apply(images, Corruption.Contrast, 3, Here)));
        Assert.Equal(new RobustnessRow("real", Corruption.Contrast, 3, corrupted.Accuracy, corrupted.MacroF1, clean - corrupted.MacroF1), table[8]);
        var figures = Robustness.Figures(table).ToDictionary(f => f.Name, f => f.Value);
        Assert.Equal(corrupted.MacroF1, figures["real.contrast-3.macroF1"]);
        Assert.Equal(table.Take(12).Average(r => r.Lost), figures["real.corrupted.lost"], 12);
        Assert.Equal(3 * (2 * 12 + 2), figures.Count);
    }

    [Fact]
    public void A_classifier_for_other_pictures_is_named()
    {
        using var classifier = Trained(1);
        Assert.Equal(
            "The test set holds images of 1×48×48, real takes 1×16×16.",
            Assert.Throws<BadInputException>(() => Robustness.Table([("real", classifier)], new TestSet(new ImageSet(Blobs.Labels, 1, 48, 48, Grey(48).Rows, Grey(48).Pixels)), Here)).Message);
    }

    private static TrainedClassifier Trained(long seed) =>
        new(ClassifierFactory.Create(new ClassifierShape("study", 3, 1, 16, 16), Address.Of(seed)), Blobs.Labels, [1 / 3.0, 1 / 3.0, 1 / 3.0]);
}
