namespace Fer.Models.Evaluation;

/// <summary>A classifier's figures before and after a temperature that other images gave, so that the mending is not measured on what mended it.</summary>
/// <param name="Temperature">Fitted on the validation images.</param>
/// <param name="Before">Of the test images.</param>
/// <param name="After">Of the same with logits divided by the temperature.</param>
public sealed record CalibrationChange(double Temperature, Metrics Before, Metrics After)
{
    public static CalibrationChange Of(Predictions validation, Predictions test)
    {
        var temperature = Calibration.FitTemperature(validation);
        return new CalibrationChange(temperature, Metrics.Of(test), Metrics.Of(test, temperature));
    }

    /// <summary>The figures by their stable names.</summary>
    public IEnumerable<(string Name, double Value)> Figures() =>
    [
        ("temperature", Temperature),
        ("calibrationErrorBefore", Before.CalibrationError), ("calibrationErrorAfter", After.CalibrationError),
        ("nllBefore", Before.Nll), ("nllAfter", After.Nll),
        ("brierBefore", Before.Brier), ("brierAfter", After.Brier),
    ];
}
