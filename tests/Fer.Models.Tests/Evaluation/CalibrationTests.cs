using System.Collections.Immutable;
using Fer.Models.Evaluation;
using Xunit;

namespace Fer.Models.Tests.Evaluation;

public class CalibrationTests
{
    [Theory]
    [InlineData("first")]
    [InlineData("second")]
    public void The_temperature_is_that_of_scipys_search(string arm)
    {
        var table = arm == "first" ? Reference.First : Reference.Second;
        var expected = Reference.Root.GetProperty(arm + "Figures");
        Assert.Equal(Reference.Number(expected, "temperature"), Calibration.FitTemperature(table), 1e-5);
        Assert.Equal(
            Reference.Number(expected, "temperatureWithPrior"),
            Calibration.FitTemperature(table, [.. Reference.Numbers(expected, "prior")]), 1e-5);
    }

    [Fact]
    public void Probabilities_are_corrected_from_the_prior_to_a_uniform_one()
    {
        var expected = Reference.Root.GetProperty("firstFigures");
        var corrected = Probabilities.Softmax(Reference.First.LogitsOf(0), 2, [.. Reference.Numbers(expected, "prior")]);
        Assert.Equal(Reference.Numbers(expected, "corrected"), corrected, MetricsTests.Close);
    }

    [Fact]
    public void A_temperature_mends_overconfidence_and_renames_nothing()
    {
        var temperature = Calibration.FitTemperature(Reference.First);
        var (before, after) = (Metrics.Of(Reference.First), Metrics.Of(Reference.First, temperature));
        Assert.True(after.CalibrationError < before.CalibrationError);
        Assert.True(after.Nll < before.Nll);
        Assert.Equal(before.Confusion, after.Confusion);
    }

    [Fact]
    public void A_temperature_fitted_on_other_predictions_changes_the_figures_as_in_scipy()
    {
        var expected = Reference.Root.GetProperty("tempered");
        var change = CalibrationChange.Of(validation: Reference.First, test: Reference.Second);
        Assert.Equal(Reference.Number(expected, "temperature"), change.Temperature, 1e-5);
        Assert.Equal(Reference.Number(expected, "calibrationError"), change.After.CalibrationError, 1e-6);
        var figures = change.Figures().ToDictionary(f => f.Name, f => f.Value);
        Assert.Equal(Reference.Number(expected, "nll"), figures["nllAfter"], 1e-6);
        Assert.Equal(Reference.Number(expected, "brier"), figures["brierAfter"], 1e-6);
        Assert.Equal(Reference.Number(Reference.Root.GetProperty("secondFigures"), "nll"), figures["nllBefore"], 1e-9);
    }

    [Fact]
    public void A_table_without_a_mistake_gets_the_least_temperature()
    {
        var table = MetricsTests.Table([0, 1], [[1, 0, 0], [0, 1, 0]]);
        Assert.Equal(Calibration.LeastTemperature, Calibration.FitTemperature(table), 1e-6);
    }

    [Fact]
    public void Reliability_bins_hold_every_image_once_and_differ_by_at_most_one()
    {
        var bins = Metrics.Of(Reference.First).Reliability;
        Assert.Equal(15, bins.Length);
        Assert.Equal(Reference.First.Count, bins.Sum(b => b.Count));
        Assert.InRange(bins.Max(b => b.Count) - bins.Min(b => b.Count), 0, 1);
        Assert.Equal(bins.OrderBy(b => b.From), bins);
        Assert.All(bins, b => Assert.InRange(b.Confidence, b.From, b.To));
    }

    [Fact]
    public void Fewer_images_than_bins_make_a_bin_each() =>
        Assert.Equal([1, 1], Metrics.Of(MetricsTests.Table([0, 1], [[1, 0, 0], [0, 2, 0]])).Reliability.Select(b => b.Count));
}
