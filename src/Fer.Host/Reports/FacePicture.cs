using System.Xml.Linq;
using Fer.Models.Data;
using static Fer.Host.Reports.Html;

namespace Fer.Host.Reports;

/// <summary>Faces of a page: each an own small PNG inside it, with its exact pixels, so that a strip wraps on a phone and every face has its words.</summary>
internal static class FacePicture
{
    /// <summary>One face, shown twice its size or more, pixels left square.</summary>
    public static XElement Of(ImageSet set, int index, string words) => E("img",
        A("src", "data:image/png;base64," + Convert.ToBase64String(PngFile.Encode(set.Image(index), set.Channels, set.Height, set.Width))),
        A("width", Say.Text($"{set.Width * Zoom(set)}")), A("height", Say.Text($"{set.Height * Zoom(set)}")), A("alt", words), A("title", words));

    /// <summary>So many places spread evenly over a set: the first faces of a step are no better or worse than its last, but they are of one batch.</summary>
    public static int[] Spread(int count, int wanted) =>
        count <= wanted ? [.. Enumerable.Range(0, count)] : [.. Enumerable.Range(0, wanted).Select(i => (int)((long)i * count / wanted))];

    private static int Zoom(ImageSet set) => Math.Max(1, 72 / set.Width);
}
