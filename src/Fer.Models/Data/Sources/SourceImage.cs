using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace Fer.Models.Data.Sources;

/// <summary>Where a source itself puts an image.</summary>
internal enum Split
{
    Train,
    Validation,
    Test,
}

/// <summary>An image as read: named, at the size that was asked for, with the hash of those pixels.</summary>
/// <param name="Id">Its name in the source.</param>
/// <param name="Split">The source's own split; everything is <see cref="Split.Train"/> where it has none.</param>
/// <param name="Class">Class by name.</param>
/// <param name="Pixels"><c>[C, H, W]</c>, 8 bits.</param>
/// <param name="PixelHash">SHA-256 of the pixels: twins share it.</param>
/// <param name="Width">Width in the source, in pixels.</param>
/// <param name="Height">Height in the source, in pixels.</param>
/// <param name="Group">The source's own group (an identity), or null.</param>
internal sealed record SourceImage(string Id, Split Split, string Class, byte[] Pixels, string PixelHash, int Width, int Height, string? Group = null)
{
    public static string HashOf(ReadOnlySpan<byte> pixels) => Convert.ToHexStringLower(SHA256.HashData(pixels));
}

/// <summary>All that a source holds of the classes asked for.</summary>
/// <param name="Kind">What kind of source it is, for reports.</param>
/// <param name="Source">The word for <see cref="ImageRow.Source"/>.</param>
/// <param name="Classes">Names in label order: as asked for, else alphabetical.</param>
/// <param name="Images">In the source's order, which does not depend on the machine.</param>
/// <param name="Broken">What could not be read.</param>
internal sealed record SourceContent(string Kind, string Source, ImmutableArray<string> Classes, IReadOnlyList<SourceImage> Images, IReadOnlyList<BrokenImage> Broken)
{
    /// <summary>SHA-256 (hex) over split, class and pixels of all images in order.</summary>
    public string ContentHash()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var image in Images)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{image.Split} {image.Class} {image.PixelHash}\n"));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
