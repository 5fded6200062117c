using TorchSharp;
using static TorchSharp.torch;

namespace Fer.Models.Evaluation;

/// <summary>
/// What a judge's network sees in each image of a set: N rows of D numbers, row after row. Distances between two sets of pictures
/// are pure functions of two such tables.
/// </summary>
public sealed class FeatureTable
{
    private readonly float[] values;

    /// <param name="width">D; at most some hundred, well below N, or covariances have no meaning.</param>
    /// <param name="values">N · D numbers.</param>
    public FeatureTable(int width, float[] values)
    {
        if (width < 1 || values.Length % width != 0)
        {
            throw new ArgumentException($"{values.Length} numbers are no rows of {width}.", nameof(values));
        }

        Width = width;
        this.values = values;
    }

    /// <summary>N.</summary>
    public int Count => values.Length / Width;

    /// <summary>D.</summary>
    public int Width { get; }

    internal IReadOnlyList<float> Values => values;

    /// <summary><c>[N, D]</c>, Float64, on the CPU, in the caller's dispose scope.</summary>
    internal Tensor ToTensor() => tensor(values, [Count, Width], dtype: ScalarType.Float64);

    /// <summary>The rows at these places, in this order.</summary>
    public FeatureTable Select(IReadOnlyList<int> rows)
    {
        var selected = new float[rows.Count * Width];
        for (var i = 0; i < rows.Count; i++)
        {
            values.AsSpan(rows[i] * Width, Width).CopyTo(selected.AsSpan(i * Width));
        }

        return new FeatureTable(Width, selected);
    }

    internal static void CheckComparable(FeatureTable first, FeatureTable second, int least)
    {
        if (first.Width != second.Width)
        {
            throw new ArgumentException($"Features of {first.Width} and of {second.Width} numbers cannot be compared.");
        }

        if (Math.Min(first.Count, second.Count) < least)
        {
            throw new ArgumentException($"{Math.Min(first.Count, second.Count)} images are too few to compare: at least {least} are needed.");
        }
    }
}
