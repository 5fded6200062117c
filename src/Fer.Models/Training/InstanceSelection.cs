using System.Security.Cryptography;
using Fer.Models.Data;
using Fer.Models.Evaluation;
using TorchSharp;
using static TorchSharp.torch;

namespace Fer.Models.Training;

/// <summary>
/// Leaves out the faces of each class that have the fewest others like them, before a GAN is trained: it then spends its weights on what there is much of (DeVries, Drozdzal,
/// Taylor 2020, instance selection). How dense it is around a face says the distance to its fifth neighbour in the class, one of that paper's three measures, between
/// the features of <see cref="FaceDistance"/>, contrast-normalised 16×16 pixels, which no network has learned. Pure.
/// </summary>
/// <remarks>Not by a Gaussian, the paper's first choice: among some hundred faces each odd one stretches it along a direction of its own and so looks dense itself.</remarks>
public static class InstanceSelection
{
    // Of fewer pictures no density can be told.
    private const int Least = 10;

    /// <param name="images">Real faces.</param>
    /// <param name="share">Share of each class that stays, rounded up; 1: all of them.</param>
    /// <param name="onlyClass">The one class that is looked at; null: all.</param>
    /// <returns>The faces that stay, in their order.</returns>
    public static ImageSet Densest(ImageSet images, double share, int? onlyClass = null)
    {
        if (share >= 1)
        {
            return images;
        }

        var stay = new List<int>();
        for (var label = 0; label < images.Labels.Count; label++)
        {
            var places = images.IndicesOf(label);
            var pictures = places.Select(i => Convert.ToHexStringLower(SHA256.HashData(images.Image(i)))).ToArray();
            int[] distinct = [.. Enumerable.Range(0, places.Length).DistinctBy(i => pictures[i])];
            if (distinct.Length < Least || (onlyClass is { } only && only != label))
            {
                stay.AddRange(places);
                continue;
            }

            // Each picture once: one that is there six times is near to nothing but itself.
            var radii = Diversity.Radii(FaceDistance.Features(images.Select([.. distinct.Select(i => places[i])]), CPU));
            var radius = distinct.Zip(radii).ToDictionary(p => pictures[p.First], p => p.Second, StringComparer.Ordinal);
            stay.AddRange(places.Zip(pictures, (place, picture) => (First: place, Second: radius[picture])).OrderBy(p => p.Second).ThenBy(p => p.First).Take((int)Math.Ceiling(share * places.Length)).Select(p => p.First));
        }

        return images.Select([.. stay.Order()]);
    }
}
