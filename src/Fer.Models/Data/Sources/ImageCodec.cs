using System.Text;
using Fer.Models.Native;
using OpenCvSharp;

namespace Fer.Models.Data.Sources;

/// <summary>Decodes picture files to 8-bit planes of one size. Holds no state: several threads may use one codec.</summary>
internal sealed class ImageCodec
{
    private readonly int size;
    private readonly int channels;
    private readonly InterpolationFlags kernel;

    public ImageCodec(DataSettings settings)
    {
        NativeLibraries.RequireOpenCv();
        size = settings.ImageSize;
        channels = settings.Channels;
        kernel = settings.Resample switch
        {
            "area" => InterpolationFlags.Area,
            "linear" => InterpolationFlags.Linear,
            "cubic" => InterpolationFlags.Cubic,
            "lanczos" => InterpolationFlags.Lanczos4,
            _ => throw new BadInputException($"resample is '{settings.Resample}': expected area, linear, cubic or lanczos."),
        };
    }

    /// <summary>What this codec can be given, by the ends of file names.</summary>
    public static bool IsPicture(string file) =>
        Path.GetExtension(file).ToLowerInvariant() is ".jpg" or ".jpeg" or ".png" or ".bmp" or ".webp" or ".tif" or ".tiff" or ".gif" or ".jp2" or ".pgm" or ".ppm" or ".pnm";

    /// <summary>
    /// The picture's pixels <c>[C, H, W]</c> (red, green, blue planes, or one of grey) and its own width and height; or
    /// the reason why there are none. A picture that is not square is stretched to one.
    /// </summary>
    public (byte[]? Pixels, int Width, int Height, string? Reason) Decode(ReadOnlySpan<byte> file)
    {
        if (Complaint(file) is { } complaint)
        {
            return (null, 0, 0, complaint);
        }

        try
        {
            using var image = Cv2.ImDecode(file, channels == 1 ? ImreadModes.Grayscale : ImreadModes.Color);
            return image.Empty() ? (null, 0, 0, "cannot be decoded") : (Planes(image), image.Width, image.Height, null);
        }
        catch (OpenCVException e)
        {
            return (null, 0, 0, $"cannot be decoded ({e.ErrMsg})");
        }
    }

    /// <summary>Brings grey pixels of another size to this codec's size and channels.</summary>
    public byte[] FromGrey(byte[] grey, int width, int height)
    {
        if (channels == 1 && width == size && height == size)
        {
            return grey;
        }

        using var image = Mat.FromPixelData(height, width, MatType.CV_8UC1, grey);
        if (channels == 1)
        {
            return Planes(image);
        }

        using var colour = image.CvtColor(ColorConversionCodes.GRAY2BGR);
        return Planes(colour);
    }

    private unsafe byte[] Planes(Mat image)
    {
        using var resized = image.Width == size && image.Height == size ? null : image.Resize(new Size(size, size), 0, 0, kernel);
        var source = resized ?? image;
        var pixels = new byte[channels * size * size];
        for (var y = 0; y < size; y++)
        {
            var row = new ReadOnlySpan<byte>((void*)source.Ptr(y), channels * size);
            if (channels == 1)
            {
                row.CopyTo(pixels.AsSpan(y * size));
                continue;
            }

            for (var x = 0; x < size; x++)
            {
                for (var c = 0; c < 3; c++)
                {
                    // OpenCV keeps blue first.
                    pixels[(2 - c) * size * size + y * size + x] = row[3 * x + c];
                }
            }
        }

        return pixels;
    }

    /// <summary>
    /// What the first and last bytes give away; null when nothing does. A decoder fills the missing part of a truncated
    /// file with grey and says nothing, so its end is looked for here.
    /// </summary>
    private static string? Complaint(ReadOnlySpan<byte> file)
    {
        if (file.IsEmpty)
        {
            return "is empty";
        }

        if (file.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]))
        {
            return HasJpegEnd(file) ? null : "is a truncated JPEG";
        }

        if (file.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G']))
        {
            return file.LastIndexOf("IEND"u8) > 0 ? null : "is a truncated PNG";
        }

        if (IsOtherPicture(file))
        {
            return null;
        }

        var start = file[..Math.Min(16, file.Length)];
        return start.ContainsAnyExceptInRange((byte)' ', (byte)'~') && start.IndexOfAny((byte)'\n', (byte)'\r', (byte)'\t') < 0
            ? "is no picture"
            : $"is no picture but text ('{Encoding.ASCII.GetString(start).Split('\r', '\n')[0]}…')";
    }

    private static bool IsOtherPicture(ReadOnlySpan<byte> file) =>
        file.StartsWith("BM"u8) || file.StartsWith("GIF8"u8) || file.StartsWith("RIFF"u8) || file.StartsWith("II*\0"u8) || file.StartsWith("MM\0*"u8)
        || file.StartsWith((ReadOnlySpan<byte>)[0, 0, 0, 12, (byte)'j', (byte)'P']) || (file.Length > 2 && file[0] == 'P' && file[1] is >= (byte)'1' and <= (byte)'6' && file[2] is (byte)'\n' or (byte)' ' or (byte)'\r');

    /// <summary>Walks the segments up to the picture's data, so that the end of an embedded preview is not taken for its own.</summary>
    private static bool HasJpegEnd(ReadOnlySpan<byte> file)
    {
        var at = 2;
        while (at + 4 <= file.Length && file[at] == 0xFF)
        {
            var marker = file[at + 1];
            if (marker == 0xDA)
            {
                return file[at..].IndexOf((ReadOnlySpan<byte>)[0xFF, 0xD9]) >= 0;
            }

            at += marker == 0xFF ? 1 : 2 + (file[at + 2] << 8 | file[at + 3]);
        }

        return false;
    }
}
