namespace Fer.Models.Data.Sketch;

/// <summary>A place on the canvas, in pixels from its left upper corner.</summary>
internal readonly record struct Spot(double X, double Y);

/// <summary>A colour, each part 0 … 255.</summary>
internal readonly record struct Ink(double Red, double Green, double Blue)
{
    public double Grey => 0.299 * Red + 0.587 * Green + 0.114 * Blue;

    public Ink Times(double factor) => new(Red * factor, Green * factor, Blue * factor);

    public static Ink Of(double grey) => new(grey, grey, grey);
}

/// <summary>
/// A small raster for polygons and lines with smooth edges: a pixel takes a shape's ink by the share of it that the
/// shape covers. In plain arithmetic, so that the same drawing gives the same pixels on every machine.
/// </summary>
internal sealed class SketchCanvas(int size, int channels)
{
    private const int LinesPerPixel = 4;
    private const int MostCorners = 64;

    private readonly double[] planes = new double[channels * size * size];
    private readonly double[] row = new double[size];
    private readonly double[] clipRow = new double[size];
    private readonly double[] crossings = new double[MostCorners];

    public int Size => size;

    /// <summary>Fills a polygon; <paramref name="clip"/>, where given, is a second one that it stays within.</summary>
    public void Fill(ReadOnlySpan<Spot> polygon, Ink ink, double alpha = 1, ReadOnlySpan<Spot> clip = default)
    {
        var (_, top, _, bottom) = Bounds(polygon, 0);
        for (var y = top; y <= bottom; y++)
        {
            Cover(polygon, y, row);
            if (clip.Length > 0)
            {
                Cover(clip, y, clipRow);
            }

            for (var x = 0; x < size; x++)
            {
                Blend(x, y, ink, (clip.Length > 0 ? Math.Min(row[x], clipRow[x]) : row[x]) * alpha);
            }
        }
    }

    /// <summary>Draws a line through these places, round at its ends, <paramref name="width"/> pixels thick.</summary>
    public void Stroke(ReadOnlySpan<Spot> line, double width, Ink ink, double alpha = 1)
    {
        if (alpha <= 0)
        {
            return;
        }

        var (left, top, right, bottom) = Bounds(line, width / 2 + 1);
        for (var y = top; y <= bottom; y++)
        {
            for (var x = left; x <= right; x++)
            {
                var nearest = double.MaxValue;
                for (var i = 1; i < line.Length; i++)
                {
                    nearest = Math.Min(nearest, SquaredDistance(line[i - 1], line[i], x + 0.5, y + 0.5));
                }

                // Thinner than a pixel: full width, but fainter.
                var half = Math.Max(width, 1) / 2;
                Blend(x, y, ink, Math.Clamp(half + 0.5 - Math.Sqrt(nearest), 0, 1) * Math.Min(width, 1) * alpha);
            }
        }
    }

    /// <summary>Replaces every pixel: the ink at its centre.</summary>
    public void Paint(Func<double, double, Ink> ink)
    {
        for (var y = 0; y < size; y++)
        {
            for (var x = 0; x < size; x++)
            {
                Blend(x, y, ink(x + 0.5, y + 0.5), 1);
            }
        }
    }

    /// <summary>Multiplies every pixel by a factor of its centre: light and shade.</summary>
    public void Light(Func<double, double, double> factor)
    {
        for (var y = 0; y < size; y++)
        {
            for (var x = 0; x < size; x++)
            {
                var f = factor(x + 0.5, y + 0.5);
                for (var c = 0; c < channels; c++)
                {
                    planes[(c * size + y) * size + x] *= f;
                }
            }
        }
    }

    /// <summary>Mixes each pixel with its neighbours (1 2 1 in both directions): 0 leaves it, 1 is the full blur.</summary>
    public void Soften(double strength)
    {
        for (var c = 0; c < channels; c++)
        {
            Soften(planes.AsSpan(c * size * size, size * size), 1, size, strength);
            Soften(planes.AsSpan(c * size * size, size * size), size, 1, strength);
        }
    }

    /// <summary>Contrast around middle grey, brightness, then the noise of each pixel; rounded to 8 bits, <c>[C, H, W]</c>.</summary>
    public byte[] Develop(double contrast, double brightness, Func<int, double> noise)
    {
        var pixels = new byte[planes.Length];
        for (var i = 0; i < pixels.Length; i++)
        {
            pixels[i] = (byte)Math.Clamp(Math.Round((planes[i] - 128) * contrast + 128 + brightness + noise(i % (size * size))), 0, 255);
        }

        return pixels;
    }

    private void Soften(Span<double> plane, int along, int across, double strength)
    {
        for (var line = 0; line < size; line++)
        {
            var before = plane[line * across];
            for (var i = 0; i < size; i++)
            {
                var at = line * across + i * along;
                var here = plane[at];
                var after = plane[i + 1 < size ? at + along : at];
                plane[at] = here + strength * ((before + after) / 4 - here / 2);
                before = here;
            }
        }
    }

    private void Blend(int x, int y, Ink ink, double share)
    {
        if (share <= 0)
        {
            return;
        }

        var at = y * size + x;
        if (channels == 1)
        {
            planes[at] += (ink.Grey - planes[at]) * share;
            return;
        }

        var plane = size * size;
        planes[at] += (ink.Red - planes[at]) * share;
        planes[at + plane] += (ink.Green - planes[at + plane]) * share;
        planes[at + 2 * plane] += (ink.Blue - planes[at + 2 * plane]) * share;
    }

    private (int Left, int Top, int Right, int Bottom) Bounds(ReadOnlySpan<Spot> spots, double margin)
    {
        var (left, top, right, bottom) = (double.MaxValue, double.MaxValue, double.MinValue, double.MinValue);
        foreach (var (x, y) in spots)
        {
            (left, right) = (Math.Min(left, x), Math.Max(right, x));
            (top, bottom) = (Math.Min(top, y), Math.Max(bottom, y));
        }

        return (Inside(left - margin), Inside(top - margin), Inside(right + margin), Inside(bottom + margin));
    }

    private int Inside(double at) => (int)Math.Clamp(Math.Floor(at), 0, size - 1);

    /// <summary>The polygon's share of each pixel in a row: exact along the row, the mean of a few lines across it (even-odd rule).</summary>
    private void Cover(ReadOnlySpan<Spot> polygon, int y, double[] shares)
    {
        Array.Clear(shares);
        for (var line = 0; line < LinesPerPixel; line++)
        {
            var at = y + (line + 0.5) / LinesPerPixel;
            var count = 0;
            var from = polygon[^1];
            foreach (var to in polygon)
            {
                if (from.Y > at != to.Y > at)
                {
                    crossings[count++] = Math.Clamp(from.X + (to.X - from.X) * (at - from.Y) / (to.Y - from.Y), 0, size);
                }

                from = to;
            }

            Array.Sort(crossings, 0, count);
            for (var i = 0; i + 1 < count; i += 2)
            {
                var (left, right) = (crossings[i], crossings[i + 1]);
                for (var x = (int)left; x < right; x++)
                {
                    shares[x] += (Math.Min(right, x + 1) - Math.Max(left, x)) / LinesPerPixel;
                }
            }
        }
    }

    private static double SquaredDistance(Spot a, Spot b, double x, double y)
    {
        var (dx, dy) = (b.X - a.X, b.Y - a.Y);
        var length = dx * dx + dy * dy;
        var t = length > 0 ? Math.Clamp(((x - a.X) * dx + (y - a.Y) * dy) / length, 0, 1) : 0;
        var (ex, ey) = (a.X + t * dx - x, a.Y + t * dy - y);
        return ex * ex + ey * ey;
    }
}
