namespace Fer.Bench;

/// <summary>Medians with their interval.</summary>
internal static class Figures
{
    public static double Median(IReadOnlyList<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>95 % interval of the median by order statistics (distribution-free); for few values the extremes.</summary>
    public static (double Low, double High) Interval(IReadOnlyList<double> values)
    {
        var sorted = values.Order().ToArray();
        var n = sorted.Length;
        var low = Math.Max(0, (int)Math.Floor((n - (1.96 * Math.Sqrt(n))) / 2));
        return (sorted[low], sorted[n - 1 - low]);
    }

    public static string Say(IReadOnlyList<double> values, string format = "0.000")
    {
        var (low, high) = Interval(values);
        return $"{Median(values).ToString(format)} ({low.ToString(format)} to {high.ToString(format)}, n = {values.Count})";
    }
}
