using System.Text.Json;
using Fer.Models.Data;
using Fer.Models.Evaluation;
using Fer.Models.Tests.Classifiers;
using Fer.Models.Training;
using Xunit;

namespace Fer.Models.Tests.Evaluation;

public class FilterTests
{
    private static readonly ImageSet Train = Blobs.Make(40, seed: 1);
    private static readonly ImageSet HeldOut = Blobs.Make(40, seed: 2, prefix: "held");
    private static readonly ImageSet Fresh = Blobs.Make(20, seed: 3, prefix: "fresh");

    private static readonly Lazy<byte[]> Teacher = new(() =>
    {
        var settings = new ClassifierSettings { Network = "study", Steps = 60, BatchSize = 16, Average = 0, Shift = 1, LearningRate = 0.001 };
        using var work = new ClassifierTraining(settings, new TrainingMix(Train, []), HeldOut, 4, Compute.Cpu, Adjustments.None);
        while (!work.Done)
        {
            work.Advance();
        }

        return work.Finish().Files["weights"];
    });

    private static readonly Lazy<WorkResult> Fitted = new(() => Fit([]));

    private static WorkResult Fit(int[] cuts)
    {
        byte[]? checkpoint = null;
        foreach (var cut in cuts)
        {
            using var part = new FilterFitting(new FilterSettings(), [Teacher.Value], HeldOut, Train, Compute.Cpu, checkpoint);
            while (part.Position < cut)
            {
                part.Advance();
            }

            checkpoint = part.Checkpoint();
        }

        using var work = new FilterFitting(new FilterSettings(), [Teacher.Value], HeldOut, Train, Compute.Cpu, checkpoint);
        while (!work.Done)
        {
            work.Advance();
        }

        return work.Finish();
    }

    private static IReadOnlyList<FilterFacts> Judge(ImageSet candidates)
    {
        using var filter = new CandidateFilter(Fitted.Value.Files["filter"], [Teacher.Value], Train, Compute.Cpu);
        return filter.Judge(candidates);
    }

    [Fact]
    public void Most_fresh_pictures_of_their_class_are_kept_and_their_facts_are_told()
    {
        var facts = Judge(Fresh);
        Assert.InRange(facts.Count(f => f.Reason is null), Fresh.Count / 3, Fresh.Count);
        Assert.All(facts, f => Assert.InRange(f.Confidence, 0, 1));
        Assert.All(facts, f => Assert.Contains(f.Nearest, Train.Rows.Select(r => r.Id)));
    }

    [Fact]
    public void What_is_kept_and_nothing_else_carries_its_probabilities_as_a_soft_label()
    {
        var facts = Judge(Fresh);
        Assert.Contains(facts, f => f.Reason is not null);
        Assert.All(facts, f => Assert.Equal(f.Reason is null, f.Posterior is not null));
        foreach (var (f, row) in facts.Zip(Fresh.Rows).Where(p => p.First.Reason is null))
        {
            Assert.Equal(1, f.Posterior!.Sum(), 1e-6f);
            Assert.Equal(f.Confidence, f.Posterior![row.Label], 1e-6);
            Assert.Equal(row.Label, Probabilities.Top<float>(f.Posterior));
        }
    }

    [Fact]
    public void A_picture_labelled_as_another_class_is_a_wrong_class()
    {
        var wrong = new ImageSet(Fresh.Labels, 1, 16, 16, Fresh.Rows.Select(r => r with { Label = (r.Label + 1) % 3 }), Fresh.Pixels);
        Assert.InRange(Judge(wrong).Count(f => f.Reason == "wrong-class"), Fresh.Count * 9 / 10, Fresh.Count);
    }

    [Fact]
    public void Noise_is_kept_far_less_often_than_pictures()
    {
        var noise = Blobs.Make([20, 20, 20], seed: 8, noise: 90);
        Assert.True(Judge(noise).Count(f => f.Reason is null) < Judge(Fresh).Count(f => f.Reason is null));
    }

    [Fact]
    public void A_copy_of_a_training_face_is_a_near_copy_even_mirrored_and_shifted()
    {
        var filter = FilterFit.Read(Fitted.Value.Files["filter"], "filter");
        var copies = Enumerable.Range(0, 16).Select(i => Mirrored(Shifted(Train, i * 7))).ToArray();
        var set = new ImageSet(Train.Labels, 1, 16, 16, Enumerable.Range(0, 16).Select(i => Train.Rows[i * 7]), [.. copies.SelectMany(c => c)]);
        var facts = Judge(set);
        Assert.Equal(set.Rows.Select(r => r.Id), facts.Select(f => f.Nearest));
        Assert.All(facts, f => Assert.True(f.Distance < filter.NearCopy));
        Assert.All(facts, f => Assert.NotNull(f.Reason));
        Assert.Contains("near-copy", facts.Select(f => f.Reason));
    }

    [Fact]
    public void The_distance_is_nothing_for_a_copy_and_knows_no_light_or_contrast()
    {
        using var distance = new FaceDistance(Train, TorchSharp.torch.CPU);
        Assert.All(distance.Nearest(Train).Select((n, i) => (n, i)), x =>
        {
            Assert.Equal(x.i, x.n.Nearest);
            Assert.InRange(x.n.Distance, 0, 2e-3);
        });
        // Each pixel is 2·p/4 + 20: even values halve without rounding.
        var even = new ImageSet(Train.Labels, 1, 16, 16, Train.Rows, [.. Train.Pixels.Select(p => (byte)(p / 2 * 2))]);
        var darker = new ImageSet(Train.Labels, 1, 16, 16, Train.Rows, [.. even.Pixels.Select(p => (byte)(p / 2 + 20))]);
        using var same = new FaceDistance(even, TorchSharp.torch.CPU);
        Assert.All(same.Nearest(darker), n => Assert.InRange(n.Distance, 0, 2e-3));
    }

    [Fact]
    public void Judging_is_pure_and_an_images_facts_do_not_depend_on_what_comes_after_it()
    {
        // As text: records with arrays are equal only where the arrays are the same object.
        static IEnumerable<string> Told(IEnumerable<FilterFacts> facts) => facts.Select(f => JsonSerializer.Serialize(f));
        var all = Judge(Fresh);
        Assert.Equal(Told(all), Told(Judge(Fresh)));
        Assert.Equal(Told(all.Take(17)), Told(Judge(Fresh.Select([.. Enumerable.Range(0, 17)]))));
        Assert.Empty(Judge(Fresh.Select([])));
    }

    [Fact]
    public void Of_accepted_pictures_those_are_chosen_that_differ_and_twins_among_real_ones_do_not_hide_what_is_alike()
    {
        int[] middle = [.. Fresh.IndicesOf(1)];
        var accepted = Fresh.Select([.. middle, .. middle]);
        using var filter = new CandidateFilter(Fitted.Value.Files["filter"], [Teacher.Value], Train.Concat(Train), Compute.Cpu);
        var chosen = filter.Choose(accepted, 12);
        Assert.Equal(12, chosen.Count(c => c is null));
        Assert.All(chosen.Skip(middle.Length), c => Assert.Equal("too-alike", c));
        Assert.Empty(filter.Choose(Fresh.Select([]), 3));
    }

    [Theory]
    [InlineData(new[] { 1 })]
    [InlineData(new[] { 2, 5 })]
    [InlineData(new[] { 10 })]
    public void Fitting_cut_anywhere_makes_the_same_filter(int[] cuts)
    {
        var cut = Fit(cuts);
        Assert.Equal(Fitted.Value.Files["filter"], cut.Files["filter"]);
        Assert.Equal(Fitted.Value.Figures, cut.Figures);
    }

    [Fact]
    public void A_threshold_is_the_quantile_of_confidence_on_rightly_named_faces()
    {
        var fit = FilterFit.Of(new FilterSettings { Quantile = 0.3 }, Reference.First, [1.0, 2.0, 3.0], [0.25, 0.25, 0.25, 0.25]);
        Assert.Equal(Calibration.FitTemperature(Reference.First, fit.Prior), fit.Temperature);
        foreach (var k in new[] { 0, 1 })
        {
            var right = Enumerable.Range(0, Reference.First.Count)
                .Where(i => Reference.First.Truth[i] == k)
                .Select(i => Probabilities.Softmax(Reference.First.LogitsOf(i), fit.Temperature, fit.Prior))
                .Where(p => Probabilities.Top<double>(p) == k).Select(p => p[k]).ToArray();
            Assert.Equal(right.Length, fit.Correct[k]);
            var below = right.Count(c => c < fit.Thresholds[k]);
            Assert.InRange(below, 0.3 * (right.Length - 1) - 1, 0.3 * (right.Length - 1) + 1);
        }
    }

    [Fact]
    public void A_class_with_too_few_rightly_named_faces_takes_the_threshold_of_all_together()
    {
        var fit = FilterFit.Of(new FilterSettings(), Reference.First, [1.0], [0.25, 0.25, 0.25, 0.25]);
        Assert.Equal(["d"], fit.Pooled);
        var all = Enumerable.Range(0, Reference.First.Count)
            .Select(i => (i, P: Probabilities.Softmax(Reference.First.LogitsOf(i), fit.Temperature)))
            .Where(x => Probabilities.Top<double>(x.P) == Reference.First.Truth[x.i]).Select(x => x.P.Max()).ToArray();
        Assert.Equal(FilterFit.Quantile(all, 0.3), fit.Thresholds[3], 1e-9);
    }

    [Fact]
    public void Where_nothing_was_named_rightly_the_thresholds_let_the_likeliest_class_pass()
    {
        var fit = FilterFit.Of(new FilterSettings(), MetricsTests.Table([0, 0], [[0, 1, 0], [0, 1, 0]]), [1.0, 1.0], [0.4, 0.3, 0.3]);
        Assert.Equal([1 / 3.0, 1 / 3.0, 1 / 3.0], fit.Thresholds);
    }

    [Fact]
    public void Quantiles_are_numpys()
    {
        var values = Reference.Numbers(Reference.Root, "values");
        Assert.All(Reference.Rows("quantiles"), q => Assert.Equal(q[1], FilterFit.Quantile(values, q[0]), 1e-12));
    }

    [Fact]
    public void Reasons_come_in_order_of_what_is_most_wrong()
    {
        var fit = new FilterFit(["a", "b"], 1, [0.5, 0.5], [0.9, 0.6], [20, 20], [], NearCopy: 0.2);
        Assert.Equal("wrong-class", fit.Judge(0, [0, 3], 0.1).Reason);
        Assert.Equal("confidence", fit.Judge(0, [1, 0], 0.1).Reason);
        Assert.Equal("near-copy", fit.Judge(0, [3, 0], 0.1).Reason);
        Assert.Null(fit.Judge(0, [3, 0], 0.2).Reason);
        Assert.Null(fit.Judge(1, [0, 1], 0.3).Reason);
        Assert.Equal(1 / (1 + Math.Exp(-1)), fit.Judge(1, [0, 1], 0.3).Posterior[1], 12);
    }

    [Theory]
    [InlineData("quantile", "wrong-class", "confidence", "near-copy", "confidence", null)]
    [InlineData("top", "wrong-class", null, "near-copy", null, null)]
    [InlineData("band", "wrong-class", null, "near-copy", "margin", "margin")]
    [InlineData("none", null, null, null, null, null)]
    public void Each_rule_asks_for_what_it_says(string rule, string? another, string? likely, string? copy, string? unsure, string? sure)
    {
        // Logits of (x, 0) have the margin tanh(x / 2): 0.46 for 1, 0.1 for 0.2, 0.96 for 4.
        var fit = new FilterFit(["a", "b"], 1, [0.5, 0.5], [0.9, 0.9], [20, 20], [], NearCopy: 0.2) { Rule = rule, Bands = [new(0.2, 0.5), new(0, 0)] };
        Assert.Equal(another, fit.Judge(0, [0, 3], 1).Reason);
        Assert.Equal(likely, fit.Judge(0, [1, 0], 1).Reason);
        Assert.Equal(copy, fit.Judge(0, [rule == "quantile" ? 3 : 1, 0], 0.1).Reason);
        Assert.Equal(unsure, fit.Judge(0, [0.2f, 0], 1).Reason);
        Assert.Equal(sure, fit.Judge(0, [4, 0], 1).Reason);
    }

    [Fact]
    public void The_band_holds_the_middle_three_fifths_of_rightly_named_real_faces()
    {
        var fit = FilterFit.Of(new FilterSettings { Rule = "band" }, Reference.First, [1.0, 2.0, 3.0], [0.25, 0.25, 0.25, 0.25]);
        foreach (var k in new[] { 0, 1 })
        {
            var right = Enumerable.Range(0, Reference.First.Count).Where(i => Reference.First.Truth[i] == k)
                .Where(i => Probabilities.Top<double>(fit.Judge(k, Reference.First.LogitsOf(i), 9).Posterior) == k).ToArray();
            Assert.Equal(0.6 * right.Length, right.Count(i => fit.Judge(k, Reference.First.LogitsOf(i), 9).Reason is null), 1.5);
        }

        Assert.All(fit.Bands, b => Assert.InRange(b.Low, 0, b.High));
    }

    [Fact]
    public void Where_nothing_was_named_rightly_the_band_lets_every_margin_pass() => Assert.All(
        FilterFit.Of(new FilterSettings { Rule = "band" }, MetricsTests.Table([0, 0], [[0, 1, 0], [0, 1, 0]]), [1.0, 1.0], [0.4, 0.3, 0.3]).Bands,
        b => Assert.Equal(new MarginBand(0, 1), b));

    [Fact]
    public void A_filter_comes_back_from_its_file_and_one_of_before_there_were_rules_goes_by_quantile()
    {
        var fit = FilterFit.Of(new FilterSettings { Rule = "band" }, Reference.First, [1.0], [0.25, 0.25, 0.25, 0.25]);
        var read = FilterFit.Read(fit.ToBytes(), "it");
        Assert.Equal(("band", fit.Bands), (read.Rule, read.Bands), (a, b) => a.Item1 == b.Item1 && a.Item2.SequenceEqual(b.Item2));
        var old = FilterFit.Read("""{"Classes":["a","b"],"Temperature":1,"Prior":[0.5,0.5],"Thresholds":[0.9,0.6],"Correct":[20,20],"Pooled":[],"NearCopy":0.2}"""u8, "it");
        Assert.Equal("confidence", old.Judge(0, [1, 0], 1).Reason);
        Assert.Equal(
            "it has the rule 'band', which is unknown or lacks its bands of margins.",
            Assert.Throws<BadInputException>(() => FilterFit.Read((old with { Rule = "band" }).ToBytes(), "it")).Message);
    }

    [Fact]
    public void What_a_teacher_owes_to_its_classes_sizes_is_taken_off_before_it_judges()
    {
        // Nine of ten training faces were of class a; a posterior of 80 % for it says less than the 90 % that it began with.
        var fit = new FilterFit(["a", "b"], 2, [0.9, 0.1], [0.5, 0.5], [20, 20], [], NearCopy: 0);
        float[] logits = [2 * MathF.Log(0.8f), 2 * MathF.Log(0.2f)];
        Assert.Equal("wrong-class", fit.Judge(0, logits, 1).Reason);
        Assert.Null(fit.Judge(1, logits, 1).Reason);
        Assert.Equal(0.2 / 0.1 / (0.8 / 0.9 + 0.2 / 0.1), fit.Judge(1, logits, 1).Posterior[1], 1e-6);
    }

    [Fact]
    public void Targets_balance_the_classes_or_are_a_number()
    {
        Assert.Equal([0, 30, 20], new FilterSettings().Targets([50, 20, 30]));
        Assert.Equal([7, 7, 7], new FilterSettings { Target = "7" }.Targets([50, 20, 30]));
        Assert.Equal(
            "fer.filter.target is 'many', expected balance or a whole number of images.",
            Assert.Throws<BadInputException>(() => new FilterSettings { Target = "many" }.Targets([1])).Message);
    }

    [Fact]
    public void A_file_that_is_no_filter_is_refused_in_one_sentence()
    {
        var teacher = Teacher.Value;
        Assert.Equal(
            "the filter's file is no filter's file: it lacks classes, shares or thresholds.",
            Assert.Throws<BadInputException>(() => new CandidateFilter("{}"u8.ToArray(), [teacher], Train, Compute.Cpu)).Message);
        Assert.StartsWith(
            "the filter's file is no filter's file: ",
            Assert.Throws<BadInputException>(() => new CandidateFilter("classes"u8.ToArray(), [teacher], Train, Compute.Cpu)).Message);
    }

    private static byte[] Shifted(ImageSet set, int image) =>
        [.. Enumerable.Range(0, 256).Select(p => set.Image(image)[Math.Clamp(p / 16 - 1, 0, 15) * 16 + Math.Clamp(p % 16 - 1, 0, 15)])];

    private static byte[] Mirrored(byte[] image) => [.. Enumerable.Range(0, 256).Select(p => image[p / 16 * 16 + 15 - p % 16])];
}
