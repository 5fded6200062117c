using Fer.Models.Native;
using OpenCvSharp;

namespace Fer.Models.Data;

/// <summary>Images as PNG files; lossless, and the same pixels give the same bytes.</summary>
public static class PngFile
{
    private const int BestCompression = 9;

    /// <summary>Encodes one image <c>[C, H, W]</c> of 8 bits, grey (1) or red, green, blue (3 planes).</summary>
    public static byte[] Encode(ReadOnlySpan<byte> pixels, int channels, int height, int width)
    {
        if (channels is not (1 or 3) || pixels.Length != channels * height * width)
        {
            throw new ArgumentException($"{pixels.Length} bytes are no image of {channels}×{height}×{width} with 1 or 3 channels.", nameof(pixels));
        }

        NativeLibraries.RequireOpenCv();
        var plane = height * width;
        var data = pixels.ToArray();
        if (channels == 3)
        {
            for (var i = 0; i < plane; i++)
            {
                // OpenCV wants pixels, blue first.
                (data[3 * i], data[3 * i + 1], data[3 * i + 2]) = (pixels[2 * plane + i], pixels[plane + i], pixels[i]);
            }
        }

        using var image = Mat.FromPixelData(height, width, channels == 1 ? MatType.CV_8UC1 : MatType.CV_8UC3, data);
        Cv2.ImEncode(".png", image, out var file, new ImageEncodingParam(ImwriteFlags.PngCompression, BestCompression));
        return file;
    }
}
