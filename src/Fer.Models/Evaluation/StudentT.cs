namespace Fer.Models.Evaluation;

/// <summary>Student's t distribution for a whole number of degrees of freedom, where its distribution function is a finite sum.</summary>
public static class StudentT
{
    /// <summary>Chance of a value up to <paramref name="t"/>; <paramref name="freedom"/> ≥ 1.</summary>
    public static double Cdf(double t, int freedom)
    {
        Check(freedom);
        return 0.5 + (t < 0 ? -1 : 1) * Within(Math.Atan(Math.Abs(t) / Math.Sqrt(freedom)), freedom) / 2;
    }

    /// <summary>The value below which lies the share <paramref name="p"/>, 0 … 1 without its ends.</summary>
    public static double Quantile(double p, int freedom)
    {
        Check(freedom);
        if (!(p > 0 && p < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(p), p, "Expected a share above 0 and below 1.");
        }

        // Halving the angle keeps the search bounded: t itself has no greatest value.
        var share = Math.Abs(2 * p - 1);
        var (low, high) = (0.0, Math.PI / 2);
        for (var i = 0; i < 64; i++)
        {
            var middle = (low + high) / 2;
            (low, high) = Within(middle, freedom) < share ? (middle, high) : (low, middle);
        }

        return (p < 0.5 ? -1 : 1) * Math.Sqrt(freedom) * Math.Tan((low + high) / 2);
    }

    /// <summary>Chance of |t| ≤ √ν · tan(angle): Abramowitz and Stegun 26.7.3 and 26.7.4.</summary>
    private static double Within(double angle, int freedom)
    {
        var (sin, cos) = Math.SinCos(angle);
        var odd = freedom % 2 == 1;
        var term = odd ? cos : 1.0;
        var sum = freedom == 1 ? 0 : term;
        for (var k = odd ? 2 : 1; k <= freedom - 3; k += 2)
        {
            term *= k / (k + 1.0) * cos * cos;
            sum += term;
        }

        return odd ? 2 / Math.PI * (angle + sin * sum) : sin * sum;
    }

    private static void Check(int freedom)
    {
        if (freedom < 1)
        {
            throw new ArgumentOutOfRangeException(nameof(freedom), freedom, "Expected at least one degree of freedom.");
        }
    }
}
