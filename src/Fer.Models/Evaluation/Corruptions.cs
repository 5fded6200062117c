using System.Collections.Immutable;
using Fer.Models.Data;
using Fer.Models.Native;
using Fer.Models.Randomness;
using OpenCvSharp;

namespace Fer.Models.Evaluation;

/// <summary>What is done to test pictures to see how much a classifier can bear.</summary>
public enum Corruption
{
    /// <summary>Normal noise on every pixel.</summary>
    Noise,

    /// <summary>Gaussian blur.</summary>
    Blur,

    /// <summary>Every pixel drawn towards its image's mean.</summary>
    Contrast,

    /// <summary>A square of mid grey.</summary>
    Occlusion,
}

/// <summary>
/// Corrupted copies of 8-bit pictures, a pure function of picture, id and address. Noise, blur and contrast are those of CIFAR-10-C
/// (Hendrycks and Dietterich 2019) at severities 1, 3 and 5: its pictures of 32×32 are the nearest in size to faces of 48×48, where ImageNet-C's constants
/// (noise up to 0.38, blur up to 6 pixels) would leave nothing to see. Blur is in pixels, so it grows with the picture's width over 32; noise and
/// contrast do not know of size. They round to the nearest grey where the authors cut fractions off.
/// </summary>
public static class Corruptions
{
    public const int Strengths = 3;

    private const byte MidGrey = 128;

    public static ImmutableArray<Corruption> All { get; } = [.. Enum.GetValues<Corruption>()];

    /// <summary>Deviation of the noise, share of the range of greys.</summary>
    public static ImmutableArray<double> Noise { get; } = [0.04, 0.08, 0.10];

    /// <summary>Deviation of the blur's kernel, pixels of a picture 32 wide; at 48: 0.6, 1.05, 1.5.</summary>
    public static ImmutableArray<double> Blur { get; } = [0.4, 0.7, 1.0];

    /// <summary>Share of each pixel's distance from the mean that is left.</summary>
    public static ImmutableArray<double> Contrast { get; } = [0.75, 0.4, 0.15];

    /// <summary>
    /// Side of the square, share of the picture's shorter side: 6, 14 and 25 % of the area. At 48 they are 12, 18 and 24 pixels: an eye, a
    /// mouth, both eyes; cutout (DeVries and Taylor 2017) takes a half of CIFAR-10's.
    /// </summary>
    public static ImmutableArray<double> Occlusion { get; } = [0.25, 0.375, 0.5];

    /// <summary>
    /// The same rows with corrupted pixels. An image's draw hangs on its id, not on its place or the strength: stronger noise is the same noise, louder.
    /// </summary>
    /// <param name="images">8-bit pictures of any size and number of channels.</param>
    /// <param name="corruption">What to do.</param>
    /// <param name="strength">1 … 3.</param>
    /// <param name="address">Where noise and places are drawn.</param>
    public static ImageSet Apply(ImageSet images, Corruption corruption, int strength, Address address)
    {
        if (strength is < 1 or > Strengths)
        {
            throw new ArgumentOutOfRangeException(nameof(strength), strength, $"Expected 1 to {Strengths}.");
        }

        var pixels = images.Pixels.ToArray();
        var draws = address.At(corruption.ToString());
        for (var i = 0; i < images.Count; i++)
        {
            var image = pixels.AsSpan(i * images.ImageBytes, images.ImageBytes);
            var draw = draws.At(images.Rows[i].Id);
            switch (corruption)
            {
                case Corruption.Noise:
                    AddNoise(image, 255 * Noise[strength - 1], draw);
                    break;
                case Corruption.Blur:
                    Smooth(image, images.Width, images.Height, Blur[strength - 1] * images.Width / 32);
                    break;
                case Corruption.Contrast:
                    Flatten(image, images.Width * images.Height, Contrast[strength - 1]);
                    break;
                case Corruption.Occlusion:
                    Cover(image, images.Width, images.Height, Occlusion[strength - 1], draw);
                    break;
                default:
                    throw new ArgumentOutOfRangeException(nameof(corruption), corruption, "No such corruption.");
            }
        }

        return new ImageSet(images.Labels, images.Channels, images.Height, images.Width, images.Rows, pixels);
    }

    /// <summary>The same behind the wall.</summary>
    public static TestSet Apply(TestSet test, Corruption corruption, int strength, Address address) => new(Apply(test.Images, corruption, strength, address));

    private static void AddNoise(Span<byte> image, double deviation, Address draw)
    {
        for (var i = 0; i < image.Length; i++)
        {
            image[i] = Grey(image[i] + deviation * draw.Normal(i));
        }
    }

    private static unsafe void Smooth(Span<byte> image, int width, int height, double deviation)
    {
        NativeLibraries.RequireOpenCv();
        fixed (byte* start = image)
        {
            // A kernel up to four deviations and repeated edges, as in scikit-image, which the authors used.
            var side = 2 * (int)Math.Ceiling(4 * deviation) + 1;
            for (var plane = 0; plane < image.Length; plane += width * height)
            {
                using var source = Mat.FromPixelData(height, width, MatType.CV_8UC1, (nint)(start + plane));
                using var blurred = new Mat();
                Cv2.GaussianBlur(source, blurred, new Size(side, side), deviation, deviation, BorderTypes.Replicate);
                blurred.CopyTo(source);
            }
        }
    }

    private static void Flatten(Span<byte> image, int planeBytes, double left)
    {
        for (var plane = 0; plane < image.Length; plane += planeBytes)
        {
            var pixels = image.Slice(plane, planeBytes);
            var sum = 0L;
            foreach (var pixel in pixels)
            {
                sum += pixel;
            }

            var mean = (double)sum / planeBytes;
            foreach (ref var pixel in pixels)
            {
                pixel = Grey(mean + (pixel - mean) * left);
            }
        }
    }

    private static void Cover(Span<byte> image, int width, int height, double share, Address draw)
    {
        var side = (int)Math.Round(share * Math.Min(width, height));
        var (top, left) = ((int)(draw.Uniform(0) * (height - side + 1)), (int)(draw.Uniform(1) * (width - side + 1)));
        for (var plane = 0; plane < image.Length; plane += width * height)
        {
            for (var y = top; y < top + side; y++)
            {
                image.Slice(plane + y * width + left, side).Fill(MidGrey);
            }
        }
    }

    private static byte Grey(double value) => (byte)Math.Clamp(Math.Round(value), 0, 255);
}
