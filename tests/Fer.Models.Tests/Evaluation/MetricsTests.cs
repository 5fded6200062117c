using System.Collections.Immutable;
using System.Text.Json;
using Fer.Models.Data;
using Fer.Models.Evaluation;
using FsCheck;
using FsCheck.Xunit;
using Xunit;

namespace Fer.Models.Tests.Evaluation;

public class MetricsTests
{
    private const double Tolerance = 1e-9;

    private static Predictions Of(string arm) => arm == "first" ? Reference.First : Reference.Second;

    [Theory]
    [InlineData("first")]
    [InlineData("second")]
    public void Every_figure_is_that_of_scikit_learn(string arm)
    {
        var expected = Reference.Root.GetProperty(arm + "Figures");
        var metrics = Metrics.Of(Of(arm));
        Assert.Equal(Reference.Number(expected, "accuracy"), metrics.Accuracy, Tolerance);
        Assert.Equal(Reference.Number(expected, "macroPrecision"), metrics.MacroPrecision, Tolerance);
        Assert.Equal(Reference.Number(expected, "macroRecall"), metrics.MacroRecall, Tolerance);
        Assert.Equal(Reference.Number(expected, "macroF1"), metrics.MacroF1, Tolerance);
        Assert.Equal(Reference.Number(expected, "macroAuroc"), metrics.MacroAuroc!.Value, Tolerance);
        Assert.Equal(Reference.Number(expected, "nll"), metrics.Nll, Tolerance);
        Assert.Equal(Reference.Number(expected, "brier"), metrics.Brier, Tolerance);
        Assert.Equal(Reference.Number(expected, "calibrationError"), metrics.CalibrationError, Tolerance);
        Assert.Equal(Reference.Numbers(expected, "precision"), metrics.Classes.Select(c => c.Precision), Close);
        Assert.Equal(Reference.Numbers(expected, "recall"), metrics.Classes.Select(c => c.Recall), Close);
        Assert.Equal(Reference.Numbers(expected, "f1"), metrics.Classes.Select(c => c.F1), Close);
        Assert.Equal(Reference.Numbers(expected, "auroc"), metrics.Classes.Select(c => c.Auroc!.Value), Close);
        Assert.Equal(JsonSerializer.Deserialize<int[][]>(expected.GetProperty("confusion"))!, metrics.Confusion);
        Assert.Equal(metrics.Confusion.Select(r => r.Sum()), metrics.Classes.Select(c => c.Count));
    }

    [Fact]
    public void A_class_with_too_few_images_is_left_out_of_the_means_and_named()
    {
        var metrics = Metrics.Of(Reference.First);
        Assert.Equal(["d"], metrics.LeftOut);
        Assert.Equal([true, true, true, false], metrics.Classes.Select(c => c.InMeans));
    }

    [Fact]
    public void Where_every_class_is_too_small_those_with_an_image_count()
    {
        var metrics = Metrics.Of(Table([0, 0, 1], [[2, 1, 0], [0, 1, 0], [0, 3, 0]]));
        Assert.Equal(["a", "b", "c"], metrics.LeftOut);
        Assert.Equal([true, true, false], metrics.Classes.Select(c => c.InMeans));
        Assert.Equal((2.0 / 3 + 2.0 / 3) / 2, metrics.MacroF1, Tolerance);
        Assert.Null(metrics.Classes[2].Auroc);
        Assert.All(metrics.Figures(), f => Assert.True(double.IsFinite(f.Value)));
    }

    [Fact]
    public void A_set_of_one_class_has_no_area_under_a_curve()
    {
        var metrics = Metrics.Of(Table([1, 1], [[0, 1, 0], [0, 2, 0]]));
        Assert.Null(metrics.MacroAuroc);
        Assert.DoesNotContain("auroc", metrics.Figures().Select(f => f.Name));
    }

    [Fact]
    public void Equal_scores_count_as_halves_in_the_area_under_the_curve()
    {
        var positive = Reference.Root.GetProperty("tiedPositive").EnumerateArray().Select(v => v.GetBoolean()).ToArray();
        Assert.Equal(Reference.Number(Reference.Root, "tiedAuroc"), Auroc.Of(Reference.Numbers(Reference.Root, "tiedScores"), positive)!.Value, Tolerance);
    }

    [Property(MaxTest = 30)]
    public void The_order_of_images_changes_no_figure(int seed)
    {
        var order = Fer.Models.Randomness.Address.Of(seed).Permutation(Reference.First.Count);
        var shuffled = Reference.First with
        {
            Ids = [.. order.Select(i => Reference.First.Ids[i])],
            Groups = [.. order.Select(i => Reference.First.Groups[i])],
            Truth = [.. order.Select(i => Reference.First.Truth[i])],
            Logits = [.. order.SelectMany(i => Reference.First.LogitsOf(i).ToArray())],
        };
        Assert.Equal(Metrics.Of(Reference.First).Figures().Select(f => f.Value), Metrics.Of(shuffled).Figures().Select(f => f.Value), Close);
    }

    [Fact]
    public void Great_logits_neither_overflow_nor_give_an_infinite_loss()
    {
        var metrics = Metrics.Of(Table([0, 1, 2], [[1e30f, 0, 0], [1e30f, 0, 0], [0, 0, -1e30f]]));
        Assert.All(metrics.Figures(), f => Assert.True(double.IsFinite(f.Value)));
    }

    [Fact]
    public void No_prediction_is_no_table() => Assert.Throws<ArgumentException>(() => Metrics.Of(Table([], [])));

    internal static bool Close(double a, double b) => Math.Abs(a - b) < Tolerance;

    internal static Predictions Table(int[] truth, float[][] logits) => new(
        new LabelSpace(["a", "b", "c"]),
        [.. truth.Select((_, i) => $"{i}")],
        [.. truth.Select((_, i) => $"{i}")],
        [.. truth],
        [.. logits.SelectMany(l => l)]);
}
