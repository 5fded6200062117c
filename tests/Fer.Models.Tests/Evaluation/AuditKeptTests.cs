using System.Collections.Immutable;
using Fer.Models.Classifiers;
using Fer.Models.Data;
using Fer.Models.Evaluation;
using Fer.Models.Randomness;
using Fer.Models.Tests.Classifiers;
using Fer.Models.Tests.Generators;
using Fer.Models.Training;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Fer.Models.Tests.Evaluation;

public class AuditKeptTests
{
    private static readonly ImageSet HeldOut = Blobs.Make(30, seed: 1);
    private static readonly ImageSet[] Kept = [Fakes([70, 0, 0], 2), Fakes([0, 5, 15], 3)];
    private static readonly ImageSet[] Rejected = [Fakes([3, 3, 3], 4)];
    private static readonly byte[] Auditor = Stored();

    private static ImageSet Fakes(int[] counts, long seed)
    {
        var images = Blobs.Make(counts, seed, prefix: $"gan-{seed}");
        var rows = images.Rows.Select((r, i) => r with { Facts = new FilterFacts(Address.Of(seed).Uniform(i), 1, "t0", null) });
        return new ImageSet(images.Labels, images.Channels, images.Height, images.Width, rows, images.Pixels);
    }

    private static byte[] Stored(int size = 16)
    {
        using var trained = new TrainedClassifier(ClassifierFactory.Create(new ClassifierShape("auditor", 3, 1, size, size), Address.Of(1)), Blobs.Labels, [0.4, 0.3, 0.3]);
        return trained.ToBytes();
    }

    private static AuditKept Open(byte[]? checkpoint = null, IEnumerable<ImageSet>? kept = null, IEnumerable<ImageSet>? rejected = null) =>
        new(Auditor, kept ?? Kept, rejected ?? Rejected, HeldOut, Compute.Cpu, checkpoint);

    private static bool[] Agrees(ImageSet images)
    {
        using var auditor = TrainedClassifier.Read(Auditor, "auditor", Compute.Cpu);
        var predictions = Evaluator.Predict(auditor.Network, images);
        return [.. Enumerable.Range(0, images.Count).Select(i => Probabilities.Top(predictions.LogitsOf(i)) == images.Rows[i].Label)];
    }

    [Fact]
    public void Agreement_is_the_share_of_images_whose_intended_class_the_auditor_names()
    {
        var figures = Tiny.Run(Open()).Figures;
        var kept = Kept[0].Concat(Kept[1]);
        var agrees = Agrees(kept);
        Assert.Equal(90, figures["count"]);
        Assert.Equal(agrees.Average(a => a ? 1.0 : 0), figures["agreement"], 12);
        Assert.Equal(kept.Rows.Average(r => r.Facts!.Confidence), figures["confidence"], 12);
        Assert.Equal(Agrees(Rejected[0]).Average(a => a ? 1.0 : 0), figures["rejected.agreement"], 12);
        Assert.Equal(Agrees(HeldOut).Average(a => a ? 1.0 : 0), figures["real.accuracy"], 12);
        var surest = Enumerable.Range(0, 90).OrderBy(i => kept.Rows[i].Facts!.Confidence).TakeLast(18).ToArray();
        Assert.Equal(18, figures["bin-5.count"]);
        Assert.Equal(surest.Average(i => agrees[i] ? 1.0 : 0), figures["bin-5.agreement"], 12);
        Assert.Equal(surest.Average(i => kept.Rows[i].Facts!.Confidence), figures["bin-5.confidence"], 12);
    }

    [Fact]
    public void Real_faces_are_also_weighed_as_the_kept_ones_are()
    {
        var agrees = Agrees(HeldOut);
        double Recall(int label) => HeldOut.IndicesOf(label).Average(i => agrees[i] ? 1.0 : 0);
        var figures = Tiny.Run(Open()).Figures;
        Assert.Equal((70 * Recall(0) + 5 * Recall(1) + 15 * Recall(2)) / 90, figures["real.accuracyAtKeptMix"], 12);
    }

    [Fact]
    public void Bins_part_the_images_evenly_by_confidence_and_add_up()
    {
        var labels = Blobs.Labels;
        Gen<(double, bool)[]> images = (from c in Gen.Choose(0, 10) from right in Gen.Elements(true, false) select (c / 10.0, right)).ArrayOf();
        Prop.ForAll(images.ToArbitrary(), given =>
        {
            var predictions = new Predictions(
                labels, [.. given.Select((_, i) => $"{i}")], [.. given.Select((_, i) => $"{i}")], [.. given.Select(_ => 1)],
                [.. given.SelectMany(g => g.Item2 ? new float[] { 0, 1, 0 } : [1, 0, 0])]);
            var table = AuditTable.Of(predictions, [.. given.Select(g => g.Item1)]);
            Assert.Equal(given.Length, table.Bins.Sum(b => b.Count));
            Assert.Equal(Math.Min(given.Length, AuditTable.BinCount), table.Bins.Length);
            Assert.Equal(given.Length == 0, table.All is null);
            if (table.All is { } all)
            {
                Assert.True(table.Bins.Max(b => b.Count) - table.Bins.Min(b => b.Count) <= 1);
                Assert.Equal(table.Bins.Select(b => b.Confidence).Order(), table.Bins.Select(b => b.Confidence));
                Assert.Equal(given.Average(g => g.Item2 ? 1.0 : 0), all.Agreement, 12);
                Assert.Equal(all.Agreement, table.Bins.Sum(b => b.Count * b.Agreement) / all.Count, 12);
                Assert.Equal(all.Confidence, table.Bins.Sum(b => b.Count * b.Confidence) / all.Count, 12);
            }
        }).Check(Config.QuickThrowOnFailure.WithReplay(1, 3));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1, 2)]
    [InlineData(1, 3, 5)]
    [InlineData(2, 2, 4)]
    public void Cut_anywhere_and_opened_again_it_makes_the_same_figures(params int[] cuts)
    {
        using (var work = Open())
        {
            Assert.Equal(5, work.Length);
        }

        Tiny.AssertSame(Tiny.Run(Open()), Tiny.RunCut(checkpoint => Open(checkpoint), cuts));
    }

    [Fact]
    public void Nothing_kept_is_a_result_too()
    {
        var result = Tiny.Run(Open(kept: [], rejected: []));
        Assert.Equal(["count", "real.accuracy", "rejected.count"], result.Figures.Keys);
        Assert.Equal(0, result.Figures["count"]);
    }

    [Fact]
    public void What_cannot_be_audited_is_refused_in_one_sentence()
    {
        Assert.Equal("The image blob-0-0 has no facts of a filter.", Assert.Throws<BadInputException>(() => Open(kept: [HeldOut])).Message);
        Assert.Equal(
            "A rejected set holds images of 1×12×12, the auditor takes 1×16×16.",
            Assert.Throws<BadInputException>(() => Open(rejected: [Blobs.Make(1, seed: 1, size: 12)])).Message);
        Assert.Equal(
            "There is no held-out face to measure the auditor on.",
            Assert.Throws<BadInputException>(() => new AuditKept(Auditor, Kept, Rejected, HeldOut.Select([]), Compute.Cpu)).Message);
    }
}
