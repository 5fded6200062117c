namespace Fer.Host.Reports.Charts;

/// <summary>Maps figures onto lengths of a drawing, straight.</summary>
internal readonly record struct Scale(double Low, double High, double From, double To)
{
    /// <summary>Of fewer figures none passes for wild.</summary>
    private const int Many = 40;

    public double Map(double value) => High <= Low ? (From + To) / 2 : From + (Math.Clamp(value, Low, High) - Low) / (High - Low) * (To - From);

    /// <summary>Round figures within the scale, about so many: steps of 1, 2 or 5 times a power of ten.</summary>
    public IReadOnlyList<double> Ticks(int about)
    {
        if (High <= Low)
        {
            return [Low];
        }

        var step = Step(about);
        var first = Math.Ceiling(Low / step - 1e-9);
        var count = (int)(Math.Floor(High / step + 1e-9) - first) + 1;
        return [.. Enumerable.Range(0, Math.Max(0, count)).Select(i => (first + i) * step)];
    }

    /// <summary>A tick's label: as many decimals as its step needs.</summary>
    public string Label(double tick, int about)
    {
        var decimals = High <= Low ? 2 : Math.Max(0, (int)Math.Ceiling(-Math.Log10(Step(about)) - 1e-9));
        return Say.Number(tick == 0 ? 0 : tick, decimals == 0 ? "#,0" : "0." + new string('0', Math.Min(decimals, 8)));
    }

    /// <summary>The scale of these figures with a little air, so that a constant has room too.</summary>
    public static Scale Around(IEnumerable<double> values, double from, double to)
    {
        var finite = values.Where(double.IsFinite).DefaultIfEmpty(0).ToArray();
        double low = finite.Min(), high = finite.Max();
        var air = high > low ? (high - low) * 0.05 : Math.Max(Math.Abs(high) * 0.05, 0.01);
        return new Scale(low - air, high + air, from, to);
    }

    /// <summary>The same; but a few wild figures, as at the very start of a training, must not press all others flat: far beyond the middle 90 % the axis ends, and says so.</summary>
    public static Scale OfMost(double[] finite, double from, double to, out bool cut)
    {
        cut = false;
        Array.Sort(finite);
        if (finite.Length >= Many)
        {
            double low = finite[finite.Length / 20], high = finite[^(finite.Length / 20 + 1)], wide = high - low;
            cut = wide > 0 && (finite[^1] > high + 3 * wide || finite[0] < low - 3 * wide);
            finite = cut ? [.. finite.Where(v => v >= low - wide && v <= high + wide)] : finite;
        }

        return Around(finite, from, to);
    }

    private double Step(int about)
    {
        var rough = (High - Low) / Math.Max(1, about);
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        return power * ((rough / power) switch { < 1.5 => 1, < 3.5 => 2, < 7.5 => 5, _ => 10 });
    }
}
