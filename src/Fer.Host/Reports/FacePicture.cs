using System.Xml.Linq;
using Fer.Models.Data;
using OpenCvSharp;
using static Fer.Host.Reports.Html;

namespace Fer.Host.Reports;

/// <summary>Faces of a page: each an own small PNG inside it, with its exact pixels, so that a strip wraps on a phone and every face has its words.</summary>
internal static class FacePicture
{
    private const int BestCompression = 9;

    /// <summary>One face, shown twice its size or more, pixels left square.</summary>
    public static XElement Of(ImageSet set, int index, string words) => E("img",
        A("src", "data:image/png;base64," + Convert.ToBase64String(Png(set, index))),
        A("width", Say.Text($"{set.Width * Zoom(set)}")), A("height", Say.Text($"{set.Height * Zoom(set)}")), A("alt", words), A("title", words));

    /// <summary>So many places spread evenly over a set: the first faces of a step are no better or worse than its last, but they are of one batch.</summary>
    public static int[] Spread(int count, int wanted) =>
        count <= wanted ? [.. Enumerable.Range(0, count)] : [.. Enumerable.Range(0, wanted).Select(i => (int)((long)i * count / wanted))];

    public static byte[] Png(ImageSet set, int index)
    {
        var planes = set.Image(index);
        var area = set.Height * set.Width;
        var pixels = new byte[planes.Length];
        for (var i = 0; i < area; i++)
        {
            for (var c = 0; c < set.Channels; c++)
            {
                // Planes in the order red, green, blue; OpenCV wants blue first.
                pixels[i * set.Channels + c] = planes[(set.Channels - 1 - c) * area + i];
            }
        }

        using var mat = Mat.FromPixelData(set.Height, set.Width, set.Channels == 1 ? MatType.CV_8UC1 : MatType.CV_8UC3, pixels);
        return Cv2.ImEncode(".png", mat, out var png, [(int)ImwriteFlags.PngCompression, BestCompression])
            ? png
            : throw new InvalidOperationException($"Image {set.Rows[index].Id} cannot be encoded as PNG.");
    }

    private static int Zoom(ImageSet set) => Math.Max(1, 72 / set.Width);
}
