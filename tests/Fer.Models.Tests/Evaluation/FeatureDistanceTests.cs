using Fer.Models.Classifiers;
using Fer.Models.Data;
using Fer.Models.Data.Sketch;
using Fer.Models.Evaluation;
using Fer.Models.Randomness;
using Fer.Models.Tests.Generators;
using Fer.Models.Training;
using Xunit;

namespace Fer.Models.Tests.Evaluation;

public class FeatureDistanceTests
{
    private static readonly LabelSpace Labels = new(["happy", "sad"]);
    private static readonly ImageSet Train = Faces(0, 80, "train");
    private static readonly ImageSet HeldOut = Faces(500, 70, "held");
    private static readonly byte[] Witness = Network(ClassifierFactory.Study, 3);
    private static readonly byte[] Teacher = Network(ClassifierFactory.Default, 4);
    private static readonly FilterSettings Settings = new() { NearCopy = FilterSettings.AndFeatures, Rule = FilterSettings.RightClass };

    private static ImageSet Faces(int from, int count, string prefix) => new(
        Labels, 1, 32, 32, Enumerable.Range(0, count).Select(i => new ImageRow($"{prefix}{i}", i % 2, $"{prefix}{i}", "sketch")),
        [.. Enumerable.Range(0, count).SelectMany(i => SketchFaces.Draw(1, "pool", from + 8 * i, Labels[i % 2], 32))]);

    private static byte[] Network(string name, int seed)
    {
        using var trained = new TrainedClassifier(ClassifierFactory.Create(new ClassifierShape(name, 2, 1, 32, 32), Address.Of(seed)), Labels, [0.5, 0.5]);
        return trained.ToBytes();
    }

    private static ImageSet Altered(ImageSet images, Func<byte[], byte[]> alter) => new(
        images.Labels, 1, 32, 32, images.Rows, [.. Enumerable.Range(0, images.Count).SelectMany(i => alter(images.Image(i).ToArray()))]);

    private static FilterFitting Fitting(byte[]? checkpoint) => new(Settings, [Teacher], HeldOut, Train, Compute.Cpu, checkpoint, Witness);

    [Fact]
    public void A_copy_and_its_mirror_image_have_no_distance_and_other_faces_have_some()
    {
        using var distance = new FeatureDistance(Witness, Train, Compute.Cpu);

        Assert.All(distance.Nearest(Train), d => Assert.Equal(0, d, 1e-4));
        Assert.All(distance.Nearest(Altered(Train, p => [.. p.Chunk(32).SelectMany(row => row.Reverse())])), d => Assert.Equal(0, d, 1e-4));
        Assert.All(distance.Nearest(HeldOut), d => Assert.True(d > 0.01, $"{d}"));
    }

    [Fact]
    public void A_copy_with_a_little_noise_is_nearer_than_nearly_all_other_faces()
    {
        using var distance = new FeatureDistance(Witness, Train, Compute.Cpu);
        var random = new Random(5);

        var copies = distance.Nearest(Altered(Train, p => [.. p.Select(v => (byte)Math.Clamp(v + random.Next(-4, 5), 0, 255))]));

        Assert.True(copies.Order().ElementAt(72) < distance.Nearest(HeldOut).Order().ElementAt(7));
    }

    [Fact]
    public void An_images_distance_does_not_depend_on_how_many_come_with_it()
    {
        using var distance = new FeatureDistance(Witness, Train, Compute.Cpu);

        var all = distance.Nearest(HeldOut);

        Assert.Equal(all.Take(5), distance.Nearest(HeldOut.Select([0, 1, 2, 3, 4])));
    }

    [Fact]
    public void The_filter_learns_how_near_held_out_faces_come_and_goes_on_bit_for_bit()
    {
        var result = Tiny.Run(Fitting(null));

        using var distance = new FeatureDistance(Witness, Train, Compute.Cpu);
        Assert.Equal(FilterFit.Quantile(distance.Nearest(HeldOut), Settings.NearCopyQuantile), result.Figures["nearCopyFeatures"]);
        Assert.Equal(result.Figures["nearCopyFeatures"], FilterFit.Read(result.Files["filter"], "filter").NearCopyFeatures);
        Tiny.AssertSame(result, Tiny.RunCut(Fitting, 1, 3, 6, 8));
    }

    [Fact]
    public void What_is_near_in_either_is_a_near_copy()
    {
        var fit = FilterFit.Read(Tiny.Run(Fitting(null)).Files["filter"], "filter") with { NearCopy = 0.3, NearCopyFeatures = 0.2, Rule = FilterSettings.RightClass };
        string? Reason(double pixels, double? features) => fit.Judge(0, [9f, 0f], pixels, features).Reason;

        Assert.Equal(["near-copy", "near-copy", null], [Reason(0.1, 0.9), Reason(0.9, 0.1), Reason(0.9, 0.9)]);
        Assert.Null((fit with { NearCopyFeatures = null }).Judge(0, [9f, 0f], 0.9).Reason);
    }

    [Fact]
    public void Candidates_say_how_near_they_came_and_a_filter_without_its_network_is_refused()
    {
        var file = Tiny.Run(Fitting(null)).Files["filter"];
        using var filter = new CandidateFilter(file, [Teacher], Train, Compute.Cpu, Witness);

        var facts = filter.Judge(Train.Select([0, 1, 2]));

        Assert.All(facts, f => Assert.Equal(0, f.FeatureDistance!.Value, 1e-4));
        Assert.Contains("for a network's features, and no network was given", Assert.Throws<BadInputException>(() => new CandidateFilter(file, [Teacher], Train, Compute.Cpu)).Message);
    }
}
