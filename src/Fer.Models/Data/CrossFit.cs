using System.Collections.Immutable;
using Fer.Models.Randomness;

namespace Fer.Models.Data;

/// <summary>
/// Cross-fitting (Chernozhukov et al. 2018): the training images in k folds, so that k classifiers, each trained without one fold, can judge every image by one
/// that has never seen it. Folds are stratified by class and keep groups whole (<see cref="GroupSplit"/>). Pure: the same images and address give the same folds.
/// </summary>
public static class CrossFit
{
    /// <summary>Places of the images of each fold, ascending; every image is in one.</summary>
    /// <param name="train">The images to divide.</param>
    /// <param name="k">Folds, 2 … images.</param>
    /// <param name="address">Where the draw is made.</param>
    public static ImmutableArray<ImmutableArray<int>> Folds(ImageSet train, int k, Address address)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 2);
        var places = GroupSplit.Divide(
            [.. train.Rows.Select(r => r.Label)], [.. train.Rows.Select(r => r.Group)], [.. Enumerable.Repeat(new SplitPart(1.0 / k, 0), k)], address);
        ImmutableArray<ImmutableArray<int>> folds = [.. Enumerable.Range(0, k).Select(fold => Enumerable.Range(0, train.Count).Where(i => places[i] == fold).ToImmutableArray())];
        return folds.All(f => f.Length > 0)
            ? folds
            : throw new BadInputException($"{train.Count} training images in {train.Rows.Select(r => r.Group).Distinct(StringComparer.Ordinal).Count()} groups are too few for {k} folds.");
    }

    /// <summary>What the classifier of a fold is trained on: all images but the fold's, in their order.</summary>
    /// <param name="fold">0 … <paramref name="k"/> − 1.</param>
    public static ImageSet Without(ImageSet train, int k, int fold, Address address)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(fold);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(fold, k);
        var folds = Folds(train, k, address);
        return train.Select([.. folds.Where((_, f) => f != fold).SelectMany(f => f).Order()]);
    }
}
