namespace Fer.Models.Training;

/// <summary>
/// Says when a loss has exploded: it is not finite, or more than <see cref="Factor"/> times both the median of
/// the last <see cref="Window"/> losses and <paramref name="usual"/>. The second bound is there because a loss near its end
/// is small and one odd batch may be many times its median without harm. Until so many losses are known the bound is
/// <see cref="EarlyFactor"/> times: the first steps of Adam may jump and come back.
/// </summary>
/// <param name="usual">What the loss costs before anything is learned: ln K for cross-entropy over K classes.</param>
public sealed class LossGuard(double usual)
{
    public const int Window = 32;

    public const double Factor = 10;

    public const double EarlyFactor = 1000;

    private readonly List<double> recent = [];

    /// <summary>The last losses, oldest first: what a checkpoint keeps.</summary>
    public IReadOnlyList<double> Recent => recent;

    public void Restore(IEnumerable<double> losses)
    {
        recent.Clear();
        recent.AddRange(losses);
    }

    /// <summary>Takes note of a loss, or throws <see cref="NonFiniteLossException"/>.</summary>
    public void Check(string name, double loss, long position)
    {
        if (!double.IsFinite(loss) || loss > (recent.Count < Window ? EarlyFactor : Factor) * Math.Max(usual, Median()))
        {
            throw new NonFiniteLossException(name, loss, position);
        }

        recent.Add(loss);
        if (recent.Count > Window)
        {
            recent.RemoveAt(0);
        }
    }

    private double Median()
    {
        var sorted = recent.Order().ToArray();
        return sorted.Length == 0 ? 0 : sorted[sorted.Length / 2];
    }
}
